"""What syncs the trees of a side, as far as its repository says it.

Where a kustomization stands beside the objects that say so, what it makes of them counts: it is
composed, and where it cannot be, what it is made of is compared.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping
from renderer.errors import RenderError
from renderer.history.paths import Paths
from renderer.history.stored import Stored
from renderer.kustomize.files import KUSTOMIZATION_FILES
from renderer.pipeline.composer import Composer
from renderer.pipeline.feeding import Feeding
from renderer.pipeline.holdings import ASKED_ALWAYS
from renderer.pipeline.kustomizations import Kustomizations
from renderer.pipeline.syncers import (
    BROKEN,
    MADE,
    PLUGIN,
    Found,
    Read,
    Stated,
    is_named,
    label_of,
    may_meet,
    may_patch,
    meets,
    read_document,
    read_objects,
    sources_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from renderer.history.listing import Listing
    from renderer.impacts.model import Syncer
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.pipeline.kustomizations import ParsedFiles, Reach
    from renderer.pipeline.sources import SideSources

_YAML = (".yaml", ".yml")
# How the files of such objects begin in trees (tree/names), and those of kustomizations: git
# compares each name with each of these, so that there are few.
_IN_TREES = (
    *("application", "bucket-", "configmanagementplugin-", "gitrepository-"),
    *("kustomization", "Kustomization", "ocirepository-"),
)
# Of the sources of Flux, those that hold what a Kustomization syncs.
_FOR_FILES = ("Bucket", "ExternalArtifact", "GitRepository", "OCIRepository")


class Known:
    """What was read and composed of one side, for the other."""

    def __init__(self, composer: Composer | None = None) -> None:
        self.texts: dict[bytes, Read] = {}
        self.parsed: ParsedFiles = {}
        self.patching: dict[str, bool] = {}
        self.composer = composer or Composer(None)

    def read(self, content: bytes) -> Read:
        """What a document says."""
        if content not in self.texts:
            self.texts[content] = read_document(content)
        return self.texts[content]


class Places(NamedTuple):
    """What the settings of a side say of directories: whether a tree is made from one, and of a
    path the output of the tree that it is in, or nothing."""

    is_source: Callable[[str], bool] = lambda _: False
    output_of: Callable[[str], str] = lambda _: ""


_ANYWHERE = Places()


class _Entry(NamedTuple):
    """A syncer as it is synced itself, from a directory."""

    stated: Stated
    found: Found
    directory: str


class SyncersOfSide:
    """What syncs the trees of a side.

    `outputs` are the directories that hold all trees, `sources` what is outside of these; `known`
    is what was read of another side, and takes in what this one reads.
    """

    def __init__(
        self,
        listing: Listing,
        outputs: Iterable[str],
        sources: SideSources,
        known: Known,
        places: Places = _ANYWHERE,
    ) -> None:
        self._listing = listing
        self._outputs = sorted(filter(None, outputs))
        self._known = known
        self._output_of = places.output_of
        side = listing.side
        self._above = side.repository.prefix if isinstance(side, Stored) else ""
        self._in_trees: dict[str, str] = {}
        if self._outputs:
            listed = listing.files(Paths.below(self._outputs, (*_IN_TREES, *ASKED_ALWAYS)))
            self._in_trees = {
                path: one for path, one in listed.items() if _name(path).startswith(_IN_TREES)
            }
        self._kustomizations = Kustomizations(
            listing, self._outputs, self._in_trees, places.is_source, known.parsed
        )
        self._feeding = Feeding(
            listing, self._outputs, sources, self._above, self._kustomizations.files_of
        )
        self._entries: list[_Entry] = []
        self._sources: list[tuple[ObjectRef, Stated]] = []
        # Whoever composes a list, too, leaves out what asks for that.
        self._local = {
            path
            for path, texts in sources.by_path.items()
            if any(b"local-config" in one for one in texts)
        }
        self._look(sources)
        self._read(dict(self._plain(sources)))
        self._found = [one.found for one in self._entries if one.found.steps]

    def _plain(self, sources: SideSources) -> Iterator[tuple[str, list[Read]]]:
        """What each file says by itself; the files of trees that hold one by their names, for of
        most others git says nothing."""
        files = {
            path: one
            for path, one in self._in_trees.items()
            if path.endswith(_YAML) and _name(path) not in KUSTOMIZATION_FILES
        }
        in_trees = zip(files, self._listing.read(files.values()), strict=True)
        of_people = sources.by_path.items()
        for path, texts in (*of_people, *((path, (one,)) for path, one in in_trees)):
            reads = [self._known.read(one) for one in texts]
            if any(one.syncers or one.sources for one in reads):
                yield path, reads

    def _read(self, plain: dict[str, list[Read]]) -> None:
        """Takes what is synced: of files that a kustomization beside them lists, what that makes
        of them, of others what they say."""
        self._over = [one for one in self._kustomizations.all if self._leads_to_tree(one)]
        made = [one for one in self._kustomizations.all if self._makes(one, plain)]
        composed = self._known.composer.compose(made, self._listing.read)
        self._broken = [one for one, objects in zip(made, composed, strict=True) if objects is None]
        replaced = set[str]()
        for reach, objects in zip(made, composed, strict=True):
            if objects is not None:
                self._take(read_objects(objects), reach.directory)
                self._feeding.take(objects)
                replaced |= {path for path in reach.files if _folder(path) == reach.directory}
        listed = {path for one in self._kustomizations.all for path in one.files}
        unknown = {path for one in self._broken for path in one.files}
        for path, reads in plain.items():
            if path not in replaced:
                above = "" if path in listed else self._kustomizations.above(_folder(path))
                for one in reads:
                    self._take(one, _folder(path), above, is_patched=path in unknown)

    def _take(
        self, read: Read, directory: str, left_out: str = "", *, is_patched: bool = False
    ) -> None:
        for stated, found in read.syncers:
            if is_patched:  # somehow
                found = found._replace(syncer=found.syncer._replace(prunes=True, held=""))
            self._entries.append(_Entry(stated._replace(left_out=left_out), found, directory))
        self._sources += read.sources

    def _leads_to_tree(self, reach: Reach) -> bool:
        return any(map(self._output_of, reach.files))

    def _makes(self, reach: Reach, plain: Mapping[str, list[Read]]) -> bool:
        """Whether a kustomization gives syncers, or their sources, or may, that are not what their
        files say."""
        are_read = all(path.endswith(_YAML) for path in reach.manifests)
        if reach.is_list and are_read and self._local.isdisjoint(reach.files):
            return False
        for path in reach.files:
            for read in plain.get(path, ()):
                if read.syncers or any(ref.kind in _FOR_FILES for ref, _ in read.sources):
                    return True
        return any(self._known.patching.get(one) for one in reach.files.values())

    def _look(self, sources: SideSources) -> None:
        """Looks at what may make a syncer of something else, in all files that are read for any
        kustomization: each file once."""
        known = self._known.patching
        wanted = {
            one: path
            for reach in self._kustomizations.all
            for path, one in reach.files.items()
            if one and one not in known
        }
        for one, path in wanted.items():
            if path in sources.by_path:
                known[one] = any(map(may_patch, sources.by_path[path]))
        rest = [one for one in wanted if one not in known]
        with contextlib.suppress(RenderError):  # as in a clone that left sources out
            for one, content in zip(rest, self._listing.read(rest), strict=True):
                known[one] = may_patch(content)

    def of(self, output: str) -> list[Syncer]:
        """What syncs a directory, part of it, or one that it is in, or a kustomization that leads
        there.

        Their paths begin at the root of a git repository: of this one, or of one to which this
        directory is pushed alone.
        """
        over = (one.directory for one in self._over if self._leads_to(one, output))
        steps = [*self._steps([output, *over])]
        return [one.syncer for one in self._found if any(meets(one.steps, at) for at in steps)]

    def takes(self, path: str) -> bool:
        """Whether something that is known syncs the directory of a file."""
        steps = [*self._steps([_folder(path)])]
        return any(meets(one.steps, at) for one in self._found for at in steps)

    def _leads_to(self, reach: Reach, directory: str) -> bool:
        parts = directory.split("/")
        found = (self._output_of(one).split("/") for one in reach.files)
        return any(one[0] and _touch(one, parts) for one in found)

    def _steps(self, directories: Iterable[str]) -> Iterator[list[str]]:
        for one in directories:
            for name in {one, f"{self._above}{one}"}:
                yield [part for part in name.split("/") if part]

    def stated(self, directories: Collection[str]) -> dict[str, list[Stated]]:
        """What is said of all that may sync something in some directories, or these, of what syncs
        those, and of their sources and what they are fed with, by label: in a repository that
        holds several clusters, an object may stand twice."""
        over = [one for one in self._over if any(self._leads_to(one, at) for at in directories)]
        relevant = self._relevant([*directories, *(one.directory for one in over)])
        result: dict[str, list[Stated]] = {}
        for label, stated in (
            *((one.found.syncer.label, one.stated) for one in relevant),
            *self._sources_of(relevant),
            *self._feeding.of([(one.found.syncer, one.stated) for one in relevant]),
            *self._made_of(over),
        ):
            result.setdefault(label, []).append(stated)
        return result

    def _sources_of(self, syncers: Sequence[_Entry]) -> Iterator[tuple[str, Stated]]:
        """The sources that some syncers name, and the plugins, where one of them uses any."""
        wanted = {one.found.source for one in syncers if one.found.source}
        has_plugin = any(_has_plugin(one.stated.spec) for one in syncers)
        for ref, stated in self._sources:
            is_plugin = (ref.group, ref.kind) == PLUGIN
            if has_plugin if is_plugin else any(is_named(ref, name) for name in wanted):
                yield label_of(ref), stated
        for name in wanted:
            if not any(is_named(ref, name) for ref, _ in self._sources):
                yield label_of(name), Stated(name.group, {}, is_missing=True)

    def _made_of(self, over: Sequence[Reach]) -> Iterator[tuple[str, Stated]]:
        """What makes something of trees, or of syncers that nobody knows, by its file: of trees
        themselves what differs is told."""
        broken = {one.directory for one in self._broken}
        for one in {one.directory: one for one in (*over, *self._broken)}.values():
            files = {path: id_ for path, id_ in one.files.items() if not self._output_of(path)}
            if files:
                yield one.file, Stated(BROKEN if one.directory in broken else MADE, files)

    def _relevant(self, directories: Iterable[str]) -> list[_Entry]:
        """All that may sync something in some directories, and all that syncs these."""
        steps = [*self._steps(directories)]
        found = {
            number
            for number, one in enumerate(self._entries)
            if any(may_meet(one.found.steps, at) for at in steps)
        }
        more = found
        while more:
            places = {self._entries[number].directory for number in more}
            steps = [*self._steps(places)]
            more = {
                number
                for number, one in enumerate(self._entries)
                if number not in found and any(meets(one.found.steps, at) for at in steps)
            }
            found |= more
        return [self._entries[number] for number in sorted(found)]


def _has_plugin(spec: Mapping[str, Any]) -> bool:
    template = mapping(mapping(spec.get("template")).get("spec"))
    return any("plugin" in one for some in (spec, template) for one in sources_of(some))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _touch(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one of two directories is the other, or in it."""
    return all(a == b for a, b in zip(one, other, strict=False))
