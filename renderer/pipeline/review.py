"""Two sides of a repository, from their files to what differs in each cluster."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.comparing import FilePair
from renderer.changes.grouping import ObjectGroup, grouped
from renderer.changes.images import ImageChange, image_changes
from renderer.errors import UsageError
from renderer.history.paths import Paths
from renderer.history.sides import compare
from renderer.impacts.grouping import ConsequenceGroup, excused, expected, meant_for, needless
from renderer.impacts.grouping import grouped as grouped_consequences
from renderer.impacts.syncing import HeldBack, held_back
from renderer.pipeline.merging import merge, syncers_of
from renderer.pipeline.resyncing import resynced
from renderer.pipeline.side_trees import SideTrees, unreadable
from renderer.suggesting import nearest
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.policy import RuleException
    from renderer.history.sides import Change, Side
    from renderer.pipeline.causes import Causes, GroupCauses
    from renderer.pipeline.composer import Composing

_ENDING = ".yaml"  # of all files of a tree
# What Flux and Argo CD read in a directory beside manifests: some of it says what else they take.
_TAKEN = (_ENDING, ".yml", ".json", ".jsonnet", "/Kustomization")
# What Flux leaves out of a repository, in all directories below (source-controller, GitRepository).
_IGNORES = ".sourceignore"


class Unjudged(NamedTuple):
    """A file in the directory of a tree that is not compared, though whoever syncs it takes it; or,
    by its name, who syncs trees in another way, `how`.

    `meant` are the impacts from which an exception in the settings names it.
    """

    path: str
    meant: frozenset[str]
    how: str = ""


class Reviewed(NamedTuple):
    """What differs between two sides.

    `clusters` are those in which something differs, `files` the files of trees that do, by path;
    `foreign` are other files in the directories of outputs that differ, `unjudged` those of them
    that do something in a cluster, nobody knows what. `consequences` are what
    merging does, the worst first, and `held_back` who does nothing of it by himself; `needless`
    are exceptions of the settings for what was merged already. `causes` are what brought each of
    the groups, where that was looked for. `added` and `removed` are the clusters that one side has
    nothing of.
    """

    base: Side
    head: Side
    clusters: tuple[str, ...]
    groups: tuple[ObjectGroup, ...]
    images: tuple[ImageChange, ...]
    consequences: tuple[ConsequenceGroup, ...]
    held_back: tuple[HeldBack, ...]
    needless: tuple[RuleException, ...]
    files: tuple[FilePair, ...]
    foreign: tuple[str, ...]
    causes: tuple[GroupCauses, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()


def review(
    base: Side,
    head: Side,
    repository: str,
    only: Collection[str] = (),
    doubtful: Collection[str] = (),
    *,
    sources: tuple[Side, Side] | None = None,
    causes: Causes | None = None,
    composing: Composing | None = None,
    today: Callable[[], str] = str,
) -> Reviewed:
    """Compares the trees of two sides by the settings of each.

    `repository` is the directory that their paths are relative to; `only` names clusters or trees,
    all if it is empty; `doubtful` are those of which it is not known whether there is one.
    `sources` are the sides with all their files, where `base` and `head` hold trees only; `causes`
    is what knows the sources of both, `composing` composes what syncs trees,
    `today` gives the day by which exceptions expire, empty for none; it is asked if there is one
    that does.
    Raises RenderError for a side that cannot be read: nothing of it is gone, and UsageError for a
    name that neither side knows.
    """
    before, after = sources or (None, None)
    sides = [
        SideTrees(side, repository, stated=stated, composing=composing)
        for side, stated in ((base, before), (head, after))
    ]
    prefixes = sorted({prefix for one in sides for prefix in one.prefixes})
    if doubtful:
        known = {name for one in sides for name in one.names(prefixes)}
        check_known(doubtful, known, base, head)
    paths = Paths.below(sorted({*prefixes, *_ignores_of(prefixes)}))
    files = compare(base, head, paths)
    sides[0].take_over(sides[1], files, paths)
    return _reviewed(sides[0], sides[1], files, only, causes, today)


def _ignores_of(prefixes: Iterable[str]) -> Iterator[str]:
    """The paths that tell what Flux leaves out, above some directories."""
    for one in prefixes:
        steps = one.split("/")
        yield from ("/".join([*steps[:count], _IGNORES]) for count in range(len(steps)))


def check_known(names: Iterable[str], known: Collection[str], base: Side, head: Side) -> None:
    """Raises UsageError for a name of a cluster or tree that neither side knows."""
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no cluster {name} in {base.name} or {head.name}",
                hint=nearest(name, known),
            )


def review_directories(base: Side, head: Side, repository: str) -> Reviewed:
    """Compares two directories, each as one: of two clusters, what tells them apart.

    `repository` is the directory with the sources, which only tell what is secret.
    """
    old, new = (SideTrees(side, repository, whole=head.name) for side in (base, head))
    files = compare(base, head)
    old.take_over(new, files, Paths())
    return _reviewed(old, new, files, ())


def _reviewed(
    old: SideTrees,
    new: SideTrees,
    files: list[Change],
    only: Collection[str],
    causes: Causes | None = None,
    today: Callable[[], str] = str,
) -> Reviewed:
    if files:
        new.hide(old)
    paired = _paired(old, new, files, only)
    pairs, outputs = paired.pairs, paired.outputs
    compared = {name: _compared(pairs[name], old, new, name) for name in sorted(pairs)}
    if causes:
        for name, some in compared.items():
            causes.note(name, some)
    changes = {name: [one.change for one in some] for name, some in compared.items() if some}
    groups = tuple(grouped(changes))
    # Nobody merges one directory into another.
    to_merge = {} if new.is_whole else {name: compared[name] for name in changes}
    syncers = syncers_of(old, new, *outputs) if to_merge else {}
    old.expect(to_merge, outputs[0].values())
    new.expect(to_merge, outputs[1].values())
    merged = merge(to_merge, old, new, syncers)
    consequences = grouped_consequences(merged.judged)
    day = today() if any(one.expires for one in new.exceptions) else ""
    gone = {one.change.ref for some in compared.values() for one in some if one.new is None}
    unjudged = [] if new.is_whole else [*_unjudged(paired.foreign, old, new, only)]
    ways = {} if new.is_whole else _ways(old, new, only)
    ways = {name: how for name, how in ways.items() if name not in unjudged}
    return Reviewed(
        base=old.side,
        head=new.side,
        clusters=tuple(changes),
        groups=groups,
        causes=tuple(map(causes.of, groups)) if causes else (),
        images=tuple(image_changes(changes)),
        consequences=tuple(
            expected(excused(consequences, new.exceptions, day), lambda: new.expected_secrets, gone)
        ),
        held_back=tuple(held_back(changes, syncers)),
        needless=tuple(
            ()
            if only
            else needless(consequences, old.exceptions, new.exceptions, files={*unjudged, *ways})
        ),
        files=_files(pairs, new),
        foreign=tuple(one.path for one in paired.foreign),
        added=merged.added,
        removed=merged.removed,
        unjudged=tuple(
            Unjudged(path, frozenset(meant_for(path, new.exceptions, day)), ways.get(path, ""))
            for path in (*unjudged, *ways)
        ),
    )


class _Paired(NamedTuple):
    """The files of trees on both sides, by cluster; the outputs of the trees that differ, by side
    and name; and what is of no tree."""

    pairs: dict[str, list[FilePair]]
    outputs: tuple[dict[str, str], dict[str, str]]
    foreign: list[Change]


def _paired(
    old: SideTrees, new: SideTrees, files: Sequence[Change], only: Collection[str]
) -> _Paired:
    found = _Paired({}, ({}, {}), [])
    contents = zip(
        files,
        old.contents(one.old for one in files),
        new.contents(one.new for one in files),
        strict=True,
    )
    for file, before, after in contents:
        was, now = old.place_of(file.path, before), new.place_of(file.path, after)
        place = (now or was) if file.path.endswith(_ENDING) else None
        if place is None or file.is_other:
            found.foreign.append(file)
        if place and (not only or not {place.tree, place.cluster}.isdisjoint(only)):
            # Whoever syncs the directory takes also what has no header of ours any more.
            pair = FilePair(tree=place.tree, path=file.path, old=before, new=after)
            found.pairs.setdefault(place.cluster, []).append(pair)
            for one, known in zip((was, now), found.outputs, strict=True):
                if one:
                    known[one.tree] = one.output
    return found


def _unjudged(
    foreign: Iterable[Change], old: SideTrees, new: SideTrees, only: Collection[str]
) -> Iterator[str]:
    """The paths of what is in a tree, or was, and is taken by whoever syncs it; and of what says
    what is taken of all."""
    for one in foreign:
        if f"/{one.path}".endswith(f"/{_IGNORES}"):
            yield one.path
        elif one.is_other or f"/{one.path}".endswith(_TAKEN):
            place = new.holder_of(one.path) or old.holder_of(one.path)
            if (
                not only or not {place.tree, place.cluster}.isdisjoint(only)
                if place
                else any(side.takes(one.path, only) for side in (old, new))
            ):
                yield one.path


def _ways(old: SideTrees, new: SideTrees, only: Collection[str]) -> dict[str, str]:
    """Who syncs trees in another way, by name, with what is another: other things run then, though
    the trees are the same."""
    before, after = (side.syncers.stated(side.directories_of(only)) for side in (old, new))
    return resynced(before, after)


def _files(pairs: Mapping[str, Sequence[FilePair]], trees: SideTrees) -> tuple[FilePair, ...]:
    """The files of all clusters by path, with what is to be hidden of them."""
    files = [
        pair._replace(is_secret=trees.comparer_of(name).holds_secrets(pair))
        for name, some in pairs.items()
        for pair in some
    ]
    return tuple(sorted(files, key=attrgetter("path")))


def _compared(pairs: list[FilePair], old: SideTrees, new: SideTrees, name: str) -> list[Changed]:
    comparer = new.comparer_of(name)
    try:
        return comparer.changes(pairs)
    except YamlError:
        for pair in pairs:  # which of them it is
            for side, content in ((old, pair.old), (new, pair.new)):
                try:
                    comparer.changes([FilePair(pair.tree, pair.path, content, None)])
                except YamlError as error:
                    raise unreadable(side.side, pair.path, content or b"", error) from None
        raise
