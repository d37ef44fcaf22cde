"""The Kustomizations of Flux and Applications of Argo CD in a repository, and what they sync."""

from __future__ import annotations

import json
import posixpath
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.checks.policy import with_stars
from renderer.history.paths import Paths
from renderer.history.stored import Stored
from renderer.impacts.model import Controller, Syncer
from renderer.kubernetes.manifests import ObjectRef, object_ref
from renderer.yamldoc.composing import read_documents
from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.stream import read_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.history.listing import Listing
    from renderer.pipeline.sources import SideSources

    _Data = Mapping[str, Any]

FLUX, ARGO_CD = "kustomize.toolkit.fluxcd.io", "argoproj.io"
FLUX_SOURCE = "source.toolkit.fluxcd.io"
# What a document has that says who syncs; but a string in quotes can be written in other ways.
_SYNCING = (FLUX.encode(), ARGO_CD.encode(), FLUX_SOURCE.encode())
# A letter, digit or sign of these as a code, or a break of a line in the midst of one.
_ESCAPED = re.compile(
    rb"\\(?:x|u00|U000000)(?:2[d-f]|3\d|[46][1-9a-f]|[57][\da])|\"[a-z.]{1,60}\\\r?\n",
    re.IGNORECASE,
)
# kustomize takes base64 with this tag for the text that it is.
_BINARY = re.compile(
    rb"!(?:!binary|<tag:yaml\.org,2002:binary>)[ \t]+[\"']?([\w+/=]{1,400})(?![\w+/=])[\"']?"
)
_YAML = (".yaml", ".yml")
# How the files of such objects begin in trees (tree/names).
_IN_TREES = (
    *("application-", "applicationset-", "bucket-", "gitrepository-", "kustomization-"),
    "ocirepository-",
)
_VARIABLE = re.compile(r"\{\{.*?\}\}")
_ONLY_VARIABLE = re.compile(r"\{\{[^}]*\}\}")


class _Found(NamedTuple):
    """A syncer, and a pattern for each step of the path to the directory that it syncs; of one
    that syncs the whole repository there is none. `source` is the object of Flux that says where
    that is, or nothing."""

    syncer: Syncer
    steps: tuple[re.Pattern[str], ...]
    source: ObjectRef | None = None


class Stated(NamedTuple):
    """What a repository says of a syncer, or of its source: the group of its kind, and its
    specification."""

    group: str
    spec: _Data


class _Read(NamedTuple):
    """What a document says: of syncers, and of sources of Flux."""

    syncers: tuple[tuple[Stated, _Found], ...] = ()
    sources: tuple[tuple[ObjectRef, Stated], ...] = ()


Known = dict[bytes, _Read]


class SyncersOfSide:
    """What syncs the trees of a side, as far as its repository says it.

    `outputs` are the directories that hold all trees, `sources` what is outside of these; `known`
    is what was read of texts on another side, and takes in what this one reads.
    """

    def __init__(
        self, listing: Listing, outputs: Iterable[str], sources: SideSources, known: Known
    ) -> None:
        texts = [*sources.documents, *_in_trees(listing, sorted(filter(None, outputs)))]
        for one in texts:
            if one not in known:
                known[one] = _read(one)
        self._all = [pair for one in texts for pair in known[one].syncers]
        self._sources = [pair for one in texts for pair in known[one].sources]
        self._found = [found for _, found in self._all if found.steps]
        side = listing.side
        self._above = side.repository.prefix if isinstance(side, Stored) else ""

    def of(self, output: str) -> list[Syncer]:
        """What syncs a directory, part of it, or one that it is in.

        Their paths begin at the root of a git repository: of this one, or of one to which this
        directory is pushed alone.
        """
        names = [one.split("/") for one in {output, f"{self._above}{output}"}]
        return [one.syncer for one in self._found if any(_meets(one.steps, at) for at in names)]

    def stated(self, directories: Iterable[str]) -> dict[str, list[Stated]]:
        """What is said of all that may sync something in some directories, or these, and of their
        sources, by label: in a repository that holds several clusters, an object may stand twice.
        """
        steps = [
            [part for part in name.split("/") if part]
            for one in directories
            for name in {one, f"{self._above}{one}"}
        ]
        result: dict[str, list[Stated]] = {}
        wanted = set[ObjectRef]()
        for stated, found in self._all:
            if any(_may_meet(found.steps, at) for at in steps):
                result.setdefault(found.syncer.label, []).append(stated)
                wanted |= {found.source} if found.source else set()
        for ref, stated in self._sources:
            if any(_is_source(ref, one) for one in wanted):
                result.setdefault(_label(ref), []).append(stated)
        return result


def _meets(steps: Sequence[re.Pattern[str]], parts: Sequence[str]) -> bool:
    """Whether a pattern is that of a directory, or of one that it is in."""
    return len(steps) <= len(parts) and _may_meet(steps, parts)


def _may_meet(steps: Sequence[re.Pattern[str]], parts: Sequence[str]) -> bool:
    """Whether a pattern is that of a directory, of one that it is in, or of one in it."""
    return all(step.match(part) for step, part in zip(steps, parts, strict=False))


def _in_trees(listing: Listing, outputs: Sequence[str]) -> Iterator[bytes]:
    """The files of trees that hold one by their names; of most others git says nothing."""
    if not outputs:
        return
    files = listing.files(Paths.below(outputs, _IN_TREES))
    yield from listing.read(one for path, one in files.items() if path.endswith(_YAML))


def may_sync(content: bytes) -> bool:
    """Whether a document may be one that says who syncs, or from where: fast."""
    if any(mark in content for mark in _SYNCING) or _BINARY.search(content):
        return True
    return b"\\" in content and _ESCAPED.search(content) is not None


def _read(content: bytes) -> _Read:
    if not may_sync(content):
        return _Read()
    syncers, sources = [], []
    for one in _objects(content):
        ref, spec = object_ref(one), mapping(one.get("spec"))
        stated = Stated(ref.group, spec)
        syncers += [(stated, found) for found in _syncers(ref, spec)]
        sources += [(ref, stated)] if ref.group == FLUX_SOURCE else []
    return _Read(tuple(syncers), tuple(sources))


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    """The objects in a document that people may have written, also those of a List."""
    content = _BINARY.sub(_as_text, content)
    try:
        waiting: list[Any] = [*read_stream(content)]
    except YamlError:  # also an alias, which no machine writes
        try:
            waiting = [one.data for one in read_documents(content)]
        except YamlError:
            return  # a template, or nothing of ours
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            is_list = text(one.get("kind")).endswith("List")
            items = one.get("items") if is_list else None
            waiting[:0] = items if isinstance(items, list) else []
            yield one


def _as_text(found: re.Match[bytes]) -> bytes:
    from base64 import b64decode

    try:
        return json.dumps(b64decode(found[1]).decode()).encode()
    except ValueError:
        return found[0]


def _label(ref: ObjectRef) -> str:
    return str(ref._replace(group=""))


def _is_source(ref: ObjectRef, named: ObjectRef) -> bool:
    """Whether an object is the one that a syncer names; a kustomization may set the namespace."""
    is_there = ref.namespace == named.namespace or not (ref.namespace and named.namespace)
    return is_there and (ref.kind, ref.name) == (named.kind, named.name)


def _source_of(ref: ObjectRef, spec: _Data) -> ObjectRef:
    named = mapping(spec.get("sourceRef"))
    namespace = text(named.get("namespace")) or ref.namespace
    return ObjectRef(FLUX_SOURCE, text(named.get("kind")), namespace, text(named.get("name")))


def _syncers(ref: ObjectRef, spec: _Data) -> Iterator[_Found]:
    name = _label(ref)
    if (ref.group, ref.kind) == (FLUX, "Kustomization"):
        held = "until it is resumed" if spec.get("suspend") is True else ""
        syncer = Syncer(
            label=name,
            held=held,
            prunes=spec.get("prune") is True,
            forces=spec.get("force") is True,
            by=Controller.FLUX,
        )
        source = _source_of(ref, spec)
        yield from (one._replace(source=source) for one in _at(syncer, spec.get("path")))
    elif (ref.group, ref.kind) == (ARGO_CD, "Application"):
        yield from _application(name, spec)
    elif (ref.group, ref.kind) == (ARGO_CD, "ApplicationSet"):
        template = mapping(mapping(spec.get("template")).get("spec"))
        yield from _application(name, template, _paths(spec.get("generators")))


def _paths(node: Any) -> Iterator[str]:
    """The paths that the generators of an ApplicationSet give its template."""
    if isinstance(node, dict):
        path = node.get("path")
        if isinstance(path, str) and node.get("exclude") is not True:
            yield path
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in below:
        yield from _paths(one)


def _application(name: str, spec: _Data, generated: Iterable[str] = ()) -> Iterator[_Found]:
    policy = mapping(spec.get("syncPolicy"))
    automated = policy.get("automated")
    is_automated = isinstance(automated, dict) and automated.get("enabled") is not False
    options = policy.get("syncOptions")
    syncer = Syncer(
        label=name,
        held="" if is_automated else "until somebody syncs it",
        prunes=not is_automated or mapping(automated).get("prune") is True,
        forces=isinstance(options, list) and "Force=true" in options,
        by=Controller.ARGO_CD,
    )
    for path in (*generated, *(source.get("path") for source in sources_of(spec))):
        yield from _at(syncer, path)


def sources_of(spec: _Data) -> list[_Data]:
    """The sources of an Application; one without anything where there is no single one."""
    return [mapping(spec.get("source")), *(one for _, one in mappings(spec.get("sources")))]


def _at(syncer: Syncer, path: Any) -> Iterator[_Found]:
    written = posixpath.normpath(text(path) or ".").lstrip("/")
    if not _ONLY_VARIABLE.fullmatch(written):
        steps = [] if written in ("", ".") else _VARIABLE.sub("*", written).split("/")
        yield _Found(syncer, tuple(map(_step, steps)))


def _step(written: str) -> re.Pattern[str]:
    """A step in which * stands for one or more characters, without going back and forth: many of
    them would take years."""
    return re.compile(translate(re.sub(r"\*+", "?*", with_stars(written))))
