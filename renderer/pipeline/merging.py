"""What merging does in each cluster in which something differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.identical import Identical
from renderer.impacts.judging import judge
from renderer.impacts.model import Sides

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.judging import Judged
    from renderer.impacts.model import Syncer
    from renderer.kubernetes.manifests import Manifest
    from renderer.pipeline.side_trees import SideTrees


class Merged(NamedTuple):
    """What merging does, by cluster; `added` and `removed` are those that are on one side only."""

    judged: Mapping[str, Sequence[Judged]]
    added: tuple[str, ...]
    removed: tuple[str, ...]


class _Alike(NamedTuple):
    """How the changes of a cluster were judged, and which few of its objects were asked for on
    each side; None where all were."""

    judged: list[Judged]
    asked: tuple[Mapping[tuple[str, str], Sequence[Manifest]] | None, ...]

    @classmethod
    def of(cls, judged: list[Judged], sides: Sides) -> _Alike:
        return cls(judged, (sides.old.asked, sides.new.asked))

    def fits(self, sides: Sides) -> bool:
        """Whether another cluster, whose changes are the same, is judged so."""
        return all(
            asked is not None
            and all(_keys(side.few(*one)) == _keys(few) for one, few in asked.items())
            for asked, side in zip(self.asked, (sides.old, sides.new), strict=True)
        )


def _keys(manifests: Sequence[Manifest]) -> list[Identical[Manifest]]:
    return [*map(Identical, manifests)]


def merge(
    compared: Mapping[str, Sequence[Changed]],
    old: SideTrees,
    new: SideTrees,
    syncers: Mapping[str, Sequence[Syncer]],
) -> Merged:
    """Judges the changes of each cluster; what a cluster holds is let go before the next.

    Clusters that change alike are judged once, if nothing else that they hold was asked for, or
    only a few objects that they have in common.
    """
    judged, added, removed = {}, [], []
    alike: dict[Hashable, list[_Alike]] = {}
    for name, changes in compared.items():
        sides = Sides(
            old=old.cluster(name),
            new=new.cluster(name),
            kubernetes=new.minor_of(name),
            validity=new.validity_of(name),
            syncers=syncers,
        )
        key = sides.kubernetes, *(_judged_by(one, syncers) for one in changes)
        same = alike.setdefault(key, [])
        found = next((one for one in same if one.fits(sides)), None)
        if found is None:
            found = _Alike.of(judge(changes, sides), sides)
            if None not in found.asked:
                same.append(found)
        judged[name] = found.judged
        if all(one.old is None for one in changes) and not sides.old.all:
            added.append(name)
        elif all(one.new is None for one in changes) and not sides.new.all:
            removed.append(name)
    return Merged(judged, tuple(added), tuple(removed))


def _judged_by(one: Changed, syncers: Mapping[str, Sequence[Syncer]]) -> Hashable:
    """All that a change is judged by: what differs follows from the manifests, but for names."""
    change = one.change
    trees = [held and held.tree for held in (change.old, change.new)]
    return (
        Identical(one.old),
        Identical(one.new),
        tuple(field.follows for field in change.fields),
        trees[0] != trees[1] and tuple(trees),
        tuple(tuple(syncers.get(tree, ())) if tree else () for tree in trees),
    )


def syncers_of(
    old: SideTrees, new: SideTrees, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, list[Syncer]]:
    """What syncs each tree afterwards; of one that may be gone, what has synced it.

    `before` and `after` are the outputs of the trees by name.
    """
    outputs = {name: (output, output) for name, output in before.items()}
    outputs |= {name: (before.get(name, output), output) for name, output in after.items()}
    found = {}
    for name, (was, now) in outputs.items():
        known = old.syncers.of(was)
        there = new.syncers.of(now) or ([] if name in after else known)
        found[name] = [*_pruning_as_before(known, there)]
    return found


def _pruning_as_before(old: Sequence[Syncer], new: Iterable[Syncer]) -> Iterator[Syncer]:
    """Lets prune what does not do so any more, or was not there: what is merged may be synced by
    what is in the cluster before that is told."""
    kept = {one.label for one in old if not one.prunes}
    pruned = any(one.prunes for one in old)
    for one in new:
        yield one._replace(prunes=one.prunes or pruned or one.label not in kept)
