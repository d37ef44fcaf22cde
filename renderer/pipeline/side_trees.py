"""The trees of one side of a review: whose each file is, and what holds their objects."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.comparing import Comparer, body_of
from renderer.changes.declared import SecretFields
from renderer.errors import RenderError
from renderer.history.blobs import EVERYTHING
from renderer.history.listing import Listing
from renderer.history.paths import Paths
from renderer.impacts.model import ClusterObjects
from renderer.impacts.validity import Validity
from renderer.kustomize.files import is_below
from renderer.pipeline.composer import Composer
from renderer.pipeline.declared import expected_secrets, secret_targets
from renderer.pipeline.holdings import Holdings
from renderer.pipeline.shapes import SideDefinitions, SideShapes
from renderer.pipeline.side_syncers import Known, Places, SyncersOfSide
from renderer.pipeline.sources import SideSources
from renderer.pipeline.versions import settings_of
from renderer.repository.settings import Settings
from renderer.repository.trees import Patterns
from renderer.tree.header import read_header
from renderer.yamldoc.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from renderer.checks.policy import RuleException
    from renderer.history.sides import Change, Side
    from renderer.pipeline.composer import Composing
    from renderer.tree.header import Header
    from renderer.yamldoc.documents import YamlError

_FEW = 50  # clusters, whose directories are looked up by their names


def unreadable(side: Side, path: str, content: bytes, error: YamlError) -> RenderError:
    """The error for a file of a tree that is no YAML."""
    line = error.line + content[: len(content) - len(body_of(content))].count(b"\n")
    return RenderError(
        f"{path}:{line}:{error.column}: in {side.name}: {error.message}",
        hint="a tree is written by render: render it again",
    )


class Place(NamedTuple):
    """Whose a file is."""

    tree: str
    cluster: str
    output: str


_NOWHERE = Place("", "", "")


class SideTrees:
    """The trees of a side, by its own settings; with `whole` all files are those of one cluster."""

    def __init__(
        self,
        side: Side,
        repository: str,
        whole: str = "",
        stated: Side | None = None,
        composing: Composing | None = None,
    ) -> None:
        self.side = side
        self._listing = Listing(side)
        # Where it is stated who syncs the trees.
        self._stated = Listing(stated) if stated else self._listing
        self._whole = whole
        self._settings = Settings() if whole else settings_of(side, repository)
        self._patterns = Patterns(self._settings)
        self._places: dict[Header, Place | None] = {}
        self._at: dict[str, Place | None] = {}
        self._is_source = cache(self._patterns.is_source)
        self._comparers: dict[str, Comparer] = {}
        self._validities: dict[str, Validity] = {}
        outputs = {one.literal_output for one in self._patterns.entries}
        self._sources = SideSources(
            self._stated, outputs, repository if whole else "", self.is_source
        )
        self._definitions = SideDefinitions(self._listing, self.prefixes, self._sources)
        self._secret = SecretFields()
        self._reader = Sharing()
        self._known_syncers = Known(Composer(composing))
        self._expected = sorted(self.prefixes)

    @cached_property
    def _holdings(self) -> Holdings:
        return Holdings(
            self._listing,
            self._expected,
            self._reader,
            cluster_of=lambda *file: (self.place_of(*file) or _NOWHERE).cluster or None,
            unreadable=lambda *file_and_error: unreadable(self.side, *file_and_error),
        )

    def expect(self, clusters: Collection[str], outputs: Iterable[str]) -> None:
        """Tells which clusters are asked for: of a few, git lists only where their trees can be.

        `outputs` are those of their trees that are known.
        """
        if len(clusters) <= _FEW:
            found = {one for name in clusters for one in self._patterns.outputs_of(name)}
            self._expected = sorted({*found, *outputs})

    @property
    def is_whole(self) -> bool:
        return bool(self._whole)

    @property
    def exceptions(self) -> tuple[RuleException, ...]:
        return self._settings.exceptions

    @cached_property
    def expected_secrets(self) -> list[str]:
        """The Secrets that its sources expect to be made before, as patterns."""
        return expected_secrets(self._sources)

    @property
    def prefixes(self) -> set[str]:
        """The directories that hold all outputs; the whole repository is an empty one."""
        if self._whole:
            return {*EVERYTHING}
        return {one.literal_output for one in self._patterns.entries}

    def directories_of(self, names: Collection[str]) -> set[str]:
        """The directories that hold the trees of some clusters, or all where none is named."""
        return {one for name in names for one in self._patterns.outputs_of(name)} or self.prefixes

    def contents(self, ids: Iterator[str | None]) -> Iterator[bytes | None]:
        """The files of these ids; None for none."""
        listed = list(ids)
        found = self._listing.read(one for one in listed if one is not None)
        for one in listed:
            yield None if one is None else next(found)

    def place_of(self, path: str, content: bytes | None) -> Place | None:
        """Whose a file is; None if it is of no tree, or is not where its header says."""
        header = read_header(content) if content else None
        if header is None or not header.is_of_tree:
            return None
        if self._whole:
            return Place(self._whole, self._whole, "")
        if not path.startswith(f"{header.output}/"):
            return None
        if header not in self._places:
            tree = self._patterns.tree_of(header.source, header.output)
            self._places[header] = tree and Place(header.owner, tree.cluster, header.output)
        return self._places[header]

    def holder_of(self, path: str) -> Place | None:
        """The tree in whose directory something stands, whatever it is; None if it is in none."""
        steps = path.split("/")
        above = ("/".join(steps[:count]) for count in range(len(steps), 0, -1))
        return next(filter(None, map(self._place_at, above)), None)

    def _place_at(self, directory: str) -> Place | None:
        """The tree that is written to a directory, as the files in it say."""
        if directory not in self._at:
            known = self._patterns.is_output(directory)
            files = self._listing.files(Paths.below([directory])) if known else {}
            found = map(self.place_of, files, self._listing.read(files.values()))
            here = (one for one in found if one and one.output == directory)
            self._at[directory] = next(here, None)
        return self._at[directory]

    def take_over(self, other: SideTrees, changes: Sequence[Change], paths: Paths) -> None:
        """Lets the other, later side answer what it can: it has the same files but for all the
        `changes` at some paths, the same settings say the same of a file, and what both read alike
        is one value."""
        self._listing.precede(other._listing, changes, paths)
        self._sources.take_over(other._sources)
        self._reader = other._reader
        self._known_syncers = other._known_syncers
        if (self._settings, self._whole) == (other._settings, other._whole):
            self._places = other._places
            self._is_source = other._is_source

    @cached_property
    def syncers(self) -> SyncersOfSide:
        """What the repository says that syncs trees."""
        return SyncersOfSide(
            self._stated,
            self.prefixes,
            self._sources,
            self._known_syncers,
            Places(self.is_source, self._output_of),
        )

    def takes(self, path: str, only: Collection[str]) -> bool:
        """Whether something that is known syncs the directory of a file in no tree, and with it
        trees of some clusters, or of any."""
        directory = path.rpartition("/")[0]
        return self.syncers.takes(path) and any(
            is_below(one, directory) or is_below(directory, one)
            for one in self.directories_of(only)
        )

    def is_source(self, directory: str) -> bool:
        """Whether a directory has the form of a source of this side, whether or not it is there."""
        return self._is_source(directory)

    def _output_of(self, path: str) -> str:
        place = self.holder_of(path)
        return place.output if place else ""

    def hide(self, other: SideTrees) -> None:
        """Hides what the sources of any of both sides declare secret."""
        found = [*secret_targets(other._sources), *secret_targets(self._sources)]
        self._secret = SecretFields(tuple(dict.fromkeys(found)))

    def names(self, prefixes: Sequence[str]) -> Iterator[str]:
        """The names of all trees and clusters of this side."""
        files = self._listing.files(Paths.below(prefixes))
        for path, content in zip(files, self._listing.read(files.values()), strict=True):
            place = self.place_of(path, content)
            if place:
                yield from (place.tree, place.cluster)

    def comparer_of(self, cluster: str) -> Comparer:
        """What compares the objects of a cluster: one for all that run one version."""
        minor = self.minor_of(cluster)
        if minor not in self._comparers:
            shapes = SideShapes(minor, self._definitions)
            self._comparers[minor] = Comparer(shapes, self._secret, self._reader)
        return self._comparers[minor]

    def minor_of(self, cluster: str) -> str:
        """The minor version of Kubernetes that a cluster runs."""
        return self._settings.kubernetes_of(cluster)[0]

    def validity_of(self, cluster: str) -> Validity:
        """What judges the objects of a cluster: one for all that run one version."""
        minor = self.minor_of(cluster)
        if minor not in self._validities:
            self._validities[minor] = Validity(minor, self._definitions.of)
        return self._validities[minor]

    def cluster(self, name: str) -> ClusterObjects:
        """All that a cluster holds, which is read when somebody asks."""
        return ClusterObjects(
            lambda: self._holdings.of(name),
            lambda kind, ending: self._holdings.few(name, kind, ending),
        )
