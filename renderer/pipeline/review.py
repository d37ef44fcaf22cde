"""Two sides of a repository, from their files to what differs in each cluster."""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.comparing import Comparer, FilePair, body_of
from renderer.changes.declared import SecretFields
from renderer.changes.grouping import ObjectGroup, grouped
from renderer.changes.images import ImageChange, image_changes
from renderer.errors import RenderError, UsageError
from renderer.history.blobs import EVERYTHING
from renderer.history.sides import compare
from renderer.impacts.grouping import ConsequenceGroup, excused, needless
from renderer.impacts.grouping import grouped as grouped_consequences
from renderer.impacts.judging import judge
from renderer.impacts.model import ClusterObjects, Sides
from renderer.impacts.syncing import HeldBack, held_back
from renderer.pipeline.declared import secret_targets
from renderer.pipeline.holdings import Holdings
from renderer.pipeline.shapes import SideDefinitions, SideShapes
from renderer.pipeline.sources import SideSources
from renderer.pipeline.syncers import SyncersOfSide
from renderer.pipeline.versions import settings_of
from renderer.repository.settings import Settings
from renderer.repository.trees import Patterns
from renderer.suggesting import nearest
from renderer.tree.header import read_header
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed, ObjectChange
    from renderer.checks.policy import RuleException
    from renderer.history.sides import Change, Side
    from renderer.impacts.model import Syncer
    from renderer.pipeline.causes import Causes, GroupCauses
    from renderer.tree.header import Header

_ENDING = ".yaml"  # of all files of a tree
_FEW = 50  # clusters, whose directories are looked up by their names


class Reviewed(NamedTuple):
    """What differs between two sides.

    `clusters` are those in which something differs, `files` the files of trees that do, by path;
    `foreign` are other files in the directories of trees that differ. `consequences` are what
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


def review(
    base: Side,
    head: Side,
    repository: str,
    only: Collection[str] = (),
    doubtful: Collection[str] = (),
    *,
    sources: tuple[Side, Side] | None = None,
    causes: Causes | None = None,
    today: str = "",
) -> Reviewed:
    """Compares the trees of two sides by the settings of each.

    `repository` is the directory that their paths are relative to; `only` names clusters or trees,
    all if it is empty; `doubtful` are those of which it is not known whether there is one.
    `sources` are the sides with all their files, where `base` and `head` hold trees only; `causes`
    is what knows the sources of both, `today` the day by which exceptions expire, empty for none.
    Raises RenderError for a side that cannot be read: nothing of it is gone, and UsageError for a
    name that neither side knows.
    """
    before, after = sources or (None, None)
    sides = [_Trees(base, repository, stated=before), _Trees(head, repository, stated=after)]
    prefixes = sorted({prefix for one in sides for prefix in one.prefixes})
    if doubtful:
        known = {name for one in sides for name in one.names(prefixes)}
        check_known(doubtful, known, base, head)
    return _reviewed(sides[0], sides[1], compare(base, head, prefixes), only, causes, today)


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
    old, new = (_Trees(side, repository, whole=head.name) for side in (base, head))
    return _reviewed(old, new, compare(base, head), ())


def _reviewed(
    old: _Trees,
    new: _Trees,
    files: list[Change],
    only: Collection[str],
    causes: Causes | None = None,
    today: str = "",
) -> Reviewed:
    new.take_over(old)
    if files:
        new.hide(old)
    pairs: dict[str, list[FilePair]] = {}
    outputs: tuple[dict[str, str], ...] = ({}, {})  # of the trees that differ, by side and name
    foreign = []
    contents = zip(
        files,
        old.contents(one.old for one in files),
        new.contents(one.new for one in files),
        strict=True,
    )
    for file, before, after in contents:
        was, now = old.place_of(file.path, before), new.place_of(file.path, after)
        found = (now or was) if file.path.endswith(_ENDING) else None
        if found is None or file.is_other:
            foreign.append(file.path)
        if found and (not only or not {found.tree, found.cluster}.isdisjoint(only)):
            # Whoever syncs the directory takes also what has no header of ours any more.
            pair = FilePair(tree=found.tree, path=file.path, old=before, new=after)
            pairs.setdefault(found.cluster, []).append(pair)
            for place, known in zip((was, now), outputs, strict=True):
                if place:
                    known[place.tree] = place.output
    compared = {name: _compared(pairs[name], old, new, name) for name in sorted(pairs)}
    for name, some in compared.items() if causes else ():
        if causes:
            causes.note(name, some)
    changes = {name: [one.change for one in some] for name, some in compared.items() if some}
    groups = tuple(grouped(changes))
    merged = {} if new.is_whole else changes  # nobody merges one directory into another
    syncers = _syncers(old, new, *outputs) if merged else {}
    old.expect(merged, outputs[0].values())
    new.expect(merged, outputs[1].values())
    judged = {name: judge(compared[name], _sides(old, new, name, syncers)) for name in merged}
    consequences = grouped_consequences(judged)
    return Reviewed(
        base=old.side,
        head=new.side,
        clusters=tuple(changes),
        groups=groups,
        causes=tuple(map(causes.of, groups)) if causes else (),
        images=tuple(image_changes(changes)),
        consequences=tuple(excused(consequences, new.exceptions, today)),
        held_back=tuple(held_back(changes, syncers)),
        needless=tuple(() if only else needless(consequences, old.exceptions, new.exceptions)),
        files=_files(pairs, new),
        foreign=tuple(foreign),
        added=tuple(name for name in merged if _is_new(name, changes[name], old)),
        removed=tuple(name for name in merged if _is_gone(name, changes[name], new)),
    )


def _is_new(cluster: str, changes: Sequence[ObjectChange], old: _Trees) -> bool:
    return all(one.old is None for one in changes) and not old.cluster(cluster).all


def _is_gone(cluster: str, changes: Sequence[ObjectChange], new: _Trees) -> bool:
    return all(one.new is None for one in changes) and not new.cluster(cluster).all


def _files(pairs: Mapping[str, Sequence[FilePair]], trees: _Trees) -> tuple[FilePair, ...]:
    """The files of all clusters by path, with what is to be hidden of them."""
    files = [
        pair._replace(is_secret=trees.comparer_of(name).holds_secrets(pair))
        for name, some in pairs.items()
        for pair in some
    ]
    return tuple(sorted(files, key=attrgetter("path")))


def _sides(
    old: _Trees, new: _Trees, cluster: str, syncers: Mapping[str, Sequence[Syncer]]
) -> Sides:
    return Sides(
        old=old.cluster(cluster),
        new=new.cluster(cluster),
        kubernetes=new.minor_of(cluster),
        syncers=syncers,
    )


def _syncers(
    old: _Trees, new: _Trees, before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, list[Syncer]]:
    """What syncs each tree afterwards; of one that may be gone, what has synced it.

    `before` and `after` are the outputs of the trees by name.
    """
    found = {name: new.syncers.of(output) for name, output in after.items()}
    for name, output in before.items():
        if name not in found:
            found[name] = new.syncers.of(output) or old.syncers.of(output)
    return found


def _compared(pairs: list[FilePair], old: _Trees, new: _Trees, name: str) -> list[Changed]:
    comparer = new.comparer_of(name)
    try:
        return comparer.changes(pairs)
    except YamlError:
        for pair in pairs:  # which of them it is
            for side, content in ((old, pair.old), (new, pair.new)):
                try:
                    comparer.changes([FilePair(pair.tree, pair.path, content, None)])
                except YamlError as error:
                    raise _unreadable(side.side, pair.path, content or b"", error) from None
        raise


def _unreadable(side: Side, path: str, content: bytes, error: YamlError) -> RenderError:
    line = error.line + content[: len(content) - len(body_of(content))].count(b"\n")
    return RenderError(
        f"{path}:{line}:{error.column}: in {side.name}: {error.message}",
        hint="a tree is written by render: render it again",
    )


class _Place(NamedTuple):
    """Whose a file is."""

    tree: str
    cluster: str
    output: str


_NOWHERE = _Place("", "", "")


class _Trees:
    """The trees of a side, by its own settings; with `whole` all files are those of one cluster."""

    def __init__(
        self, side: Side, repository: str, whole: str = "", stated: Side | None = None
    ) -> None:
        self.side = side
        self._stated = stated or side  # where it is stated who syncs the trees
        self._whole = whole
        self._settings = Settings() if whole else settings_of(side, repository)
        self._patterns = Patterns(self._settings)
        self._places: dict[Header, _Place | None] = {}
        self._comparers: dict[str, Comparer] = {}
        outputs = {one.literal_output for one in self._patterns.entries}
        self._sources = SideSources(self._stated, outputs, repository if whole else "")
        self._definitions = SideDefinitions(side, self.prefixes, self._sources)
        self._secret = SecretFields()
        self._holdings = self._held(sorted(self.prefixes))

    def _held(self, prefixes: Sequence[str]) -> Holdings:
        return Holdings(
            self.side,
            prefixes,
            cluster_of=lambda *file: (self.place_of(*file) or _NOWHERE).cluster or None,
            unreadable=lambda path, content, error: _unreadable(self.side, path, content, error),
        )

    def expect(self, clusters: Collection[str], outputs: Iterable[str]) -> None:
        """Tells which clusters are asked for: of a few, git lists only where their trees can be.

        `outputs` are those of their trees that are known.
        """
        if len(clusters) <= _FEW:
            found = {one for name in clusters for one in self._patterns.outputs_of(name)}
            self._holdings = self._held(sorted({*found, *outputs}))

    @property
    def is_whole(self) -> bool:
        return bool(self._whole)

    @property
    def exceptions(self) -> tuple[RuleException, ...]:
        return self._settings.exceptions

    @property
    def prefixes(self) -> set[str]:
        """The directories that hold all outputs; the whole repository is an empty one."""
        if self._whole:
            return {*EVERYTHING}
        return {one.literal_output for one in self._patterns.entries}

    def contents(self, ids: Iterator[str | None]) -> Iterator[bytes | None]:
        """The files of these ids; None for none."""
        listed = list(ids)
        found = self.side.read(one for one in listed if one is not None)
        for one in listed:
            yield None if one is None else next(found)[1]

    def place_of(self, path: str, content: bytes | None) -> _Place | None:
        """Whose a file is; None if it is of no tree, or is not where its header says."""
        header = read_header(content) if content else None
        if header is None or not header.is_of_tree:
            return None
        if self._whole:
            return _Place(self._whole, self._whole, "")
        if not path.startswith(f"{header.output}/"):
            return None
        if header not in self._places:
            tree = self._patterns.tree_of(header.source, header.output)
            self._places[header] = tree and _Place(header.owner, tree.cluster, header.output)
        return self._places[header]

    def take_over(self, other: _Trees) -> None:
        """Lets the other side answer what it can: the same settings say the same of a file."""
        if (self._settings, self._whole) == (other._settings, other._whole):
            self._places = other._places

    @cached_property
    def syncers(self) -> SyncersOfSide:
        """What the repository says that syncs trees."""
        return SyncersOfSide(self._stated, self.prefixes)

    def hide(self, other: _Trees) -> None:
        """Hides what the sources of any of both sides declare secret."""
        found = [*secret_targets(other._sources), *secret_targets(self._sources)]
        self._secret = SecretFields(tuple(dict.fromkeys(found)))

    def names(self, prefixes: Sequence[str]) -> Iterator[str]:
        """The names of all trees and clusters of this side."""
        files = self.side.files(prefixes)
        for path, (_, content) in zip(files, self.side.read(files.values()), strict=True):
            place = self.place_of(path, content)
            if place:
                yield from (place.tree, place.cluster)

    def comparer_of(self, cluster: str) -> Comparer:
        """What compares the objects of a cluster: one for all that run one version."""
        minor = self.minor_of(cluster)
        if minor not in self._comparers:
            self._comparers[minor] = Comparer(SideShapes(minor, self._definitions), self._secret)
        return self._comparers[minor]

    def minor_of(self, cluster: str) -> str:
        """The minor version of Kubernetes that a cluster runs."""
        return self._settings.kubernetes_of(cluster)[0]

    def cluster(self, name: str) -> ClusterObjects:
        """All that a cluster holds, which is read when somebody asks."""
        return ClusterObjects(lambda: self._holdings.of(name))
