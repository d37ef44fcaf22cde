"""What merging does in each cluster in which something differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.judging import judge
from renderer.impacts.model import Sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.judging import Judged
    from renderer.impacts.model import Syncer
    from renderer.pipeline.side_trees import SideTrees


class Merged(NamedTuple):
    """What merging does, by cluster; `added` and `removed` are those that are on one side only."""

    judged: Mapping[str, Sequence[Judged]]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def merge(
    compared: Mapping[str, Sequence[Changed]],
    old: SideTrees,
    new: SideTrees,
    syncers: Mapping[str, Sequence[Syncer]],
) -> Merged:
    """Judges the changes of each cluster; what a cluster holds is let go before the next."""
    judged, added, removed = {}, [], []
    for name, changes in compared.items():
        sides = Sides(
            old=old.cluster(name),
            new=new.cluster(name),
            kubernetes=new.minor_of(name),
            validity=new.validity_of(name),
            syncers=syncers,
        )
        judged[name] = judge(changes, sides)
        if all(one.old is None for one in changes) and not sides.old.all:
            added.append(name)
        elif all(one.new is None for one in changes) and not sides.new.all:
            removed.append(name)
    return Merged(judged, tuple(added), tuple(removed))


def syncers_of(
    old: SideTrees, new: SideTrees, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, list[Syncer]]:
    """What syncs each tree afterwards; of one that may be gone, what has synced it.

    `before` and `after` are the outputs of the trees by name.
    """
    found = {name: new.syncers.of(output) for name, output in after.items()}
    for name, output in before.items():
        if name not in found:
            found[name] = new.syncers.of(output) or old.syncers.of(output)
    return found
