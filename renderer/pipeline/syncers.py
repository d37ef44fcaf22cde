"""The Kustomizations of Flux and Applications of Argo CD in a repository, and what they sync."""

from __future__ import annotations

import codecs
import json
import posixpath
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.checks.policy import with_stars
from renderer.impacts.model import Controller, Syncer
from renderer.kubernetes.manifests import ObjectRef, annotations_of, object_ref
from renderer.yamldoc.composing import read_documents
from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.stream import read_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    _Data = Mapping[str, Any]

FLUX, ARGO_CD = "kustomize.toolkit.fluxcd.io", "argoproj.io"
FLUX_SOURCE = "source.toolkit.fluxcd.io"
PLUGIN = (ARGO_CD, "ConfigManagementPlugin")
_ARGO, _SKIPPED = Controller.ARGO_CD, "argocd.argoproj.io/skip-reconcile"
# In the place of a group, of what is no object of these: what is then said of it.
DATA, FILES, MADE, BROKEN = "data", "files", "made of", "not composed, made of"
# What a document has that says who syncs; but a string in quotes can be written in other ways.
_SYNCING = (FLUX.encode(), ARGO_CD.encode(), FLUX_SOURCE.encode())
# A letter, digit or sign of these as a code, or a break of a line in the midst of one.
_ESCAPED = re.compile(
    rb"\\(?:x|u00|U000000)(?:2[d-f]|3\d|[46][1-9a-f]|[57][\da])|\"[a-z.]{0,60}\\\r?\n",
    re.IGNORECASE,
)
# kustomize takes base64 with this tag for the text that it is.
_BINARY = re.compile(
    rb"!(?:!binary|<tag:yaml\.org,2002:binary>)[ \t]+[\"']?([\w+/=]{1,400})(?![\w+/=])[\"']?"
)
_VARIABLE = re.compile(r"\{\{.*?\}\}")
_ONLY_VARIABLE = re.compile(r"\{\{[^}]*\}\}")
# What generators of directories and files set: the paths that they find.
_DIRECTORY = re.compile(r"\{\{\s*\.?path(\.path)?\s*\}\}")


class Found(NamedTuple):
    """A syncer, and a pattern for each step of the path to the directory that it syncs; of one
    that syncs the whole repository there is none. `source` is the object of Flux that says where
    that is, or nothing."""

    syncer: Syncer
    steps: tuple[re.Pattern[str], ...]
    source: ObjectRef | None = None


class Stated(NamedTuple):
    """What a repository says of a syncer, or of something that it is made of or fed with: the
    group of its kind, or a word for what is none, and its specification.

    `left_out` is the kustomization beside it, or above, that does not lead to it; `is_missing` says
    that something else names it, and the repository does not hold it.
    """

    group: str
    spec: _Data
    left_out: str = ""
    is_missing: bool = False


class Read(NamedTuple):
    """What objects say: of syncers, of sources of Flux, and of plugins of Argo CD."""

    syncers: tuple[tuple[Stated, Found], ...] = ()
    sources: tuple[tuple[ObjectRef, Stated], ...] = ()


def meets(steps: Sequence[re.Pattern[str]], parts: Sequence[str]) -> bool:
    """Whether a pattern is that of a directory, or of one that it is in."""
    return len(steps) <= len(parts) and may_meet(steps, parts)


def may_meet(steps: Sequence[re.Pattern[str]], parts: Sequence[str]) -> bool:
    """Whether a pattern is that of a directory, of one that it is in, or of one in it."""
    return all(step.match(part) for step, part in zip(steps, parts, strict=False))


def may_sync(content: bytes) -> bool:
    """Whether a document may be one that says who syncs, or from where: fast."""
    if any(mark in content for mark in _SYNCING) or _BINARY.search(content):
        return True
    return b"\\" in content and _ESCAPED.search(content) is not None


def may_patch(content: bytes) -> bool:
    """Whether a file that no object is in may make an object of this kind from another."""
    content = in_utf8(content)
    if FLUX.encode() in content or FLUX_SOURCE.encode() in content:
        return True
    return ARGO_CD.encode() in content and b"Application" in content


def in_utf8(content: bytes) -> bytes:
    """A file that begins with the mark of UTF-16, which kustomize reads too, as one of UTF-8."""
    if not content.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return content
    return content.decode("utf-16", "replace").encode()


def read_document(content: bytes) -> Read:
    """What a document of people says; nothing where it cannot be read."""
    return read_objects(objects_in(content)) if may_sync(content) else Read()


def read_objects(objects: Iterable[_Data]) -> Read:
    """What some objects say."""
    syncers, sources = [], []
    for one in objects:
        ref, spec = object_ref(one), mapping(one.get("spec"))
        if isinstance(one.get("operation"), dict):  # of Argo CD: what is synced now, and as what
            spec = {**spec, "operation": one["operation"]}
        for found in _syncers(ref, spec):
            if annotations_of(one).get(_SKIPPED) == "true" and found.syncer.by is _ARGO:
                held = f"until its annotation {_SKIPPED} is gone"
                found = found._replace(syncer=found.syncer._replace(held=held))
            syncers.append((Stated(ref.group, spec), found))
        if ref.group == FLUX_SOURCE:
            sources.append((ref, Stated(ref.group, spec)))
        elif (ref.group, ref.kind) == PLUGIN:
            sources.append((ref, Stated(ref.kind, spec)))
    return Read(tuple(syncers), tuple(sources))


def objects_in(content: bytes) -> Iterator[dict[str, Any]]:
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


def label_of(ref: ObjectRef) -> str:
    """What people call an object, whatever its group."""
    return str(ref._replace(group=""))


def is_named(ref: ObjectRef, named: ObjectRef) -> bool:
    """Whether an object is the one that a syncer names; a kustomization may set the namespace."""
    is_there = ref.namespace == named.namespace or not (ref.namespace and named.namespace)
    return is_there and (ref.kind, ref.name) == (named.kind, named.name)


def _source_of(ref: ObjectRef, spec: _Data) -> ObjectRef:
    named = mapping(spec.get("sourceRef"))
    namespace = text(named.get("namespace")) or ref.namespace
    return ObjectRef(FLUX_SOURCE, text(named.get("kind")), namespace, text(named.get("name")))


def _syncers(ref: ObjectRef, spec: _Data) -> Iterator[Found]:
    name = label_of(ref)
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


def _application(name: str, spec: _Data, generated: Iterable[str] = ()) -> Iterator[Found]:
    policy = mapping(spec.get("syncPolicy"))
    automated = policy.get("automated")
    is_automated = isinstance(automated, dict) and automated.get("enabled") is not False
    options = policy.get("syncOptions")
    syncer = Syncer(
        label=name,
        held="" if is_automated else "until somebody syncs it",
        prunes=not is_automated or mapping(automated).get("prune") is True,
        forces=isinstance(options, list) and "Force=true" in options,
        by=_ARGO,
    )
    for path in (*generated, *(one.get("path") for one in sources_of(spec) if _is_files(one))):
        yield from _at(syncer, path)


def _is_files(source: _Data) -> bool:
    """Whether a source is a directory: not a chart, and not only values for one."""
    return (
        bool(source)
        and not source.get("chart")
        and bool(source.get("path") or not source.get("ref"))
    )


def sources_of(spec: _Data) -> list[_Data]:
    """The sources of an Application; one without anything where there is no single one."""
    return [mapping(spec.get("source")), *(one for _, one in mappings(spec.get("sources")))]


def _at(syncer: Syncer, path: Any) -> Iterator[Found]:
    written = posixpath.normpath(text(path) or ".").lstrip("/")
    if _ONLY_VARIABLE.fullmatch(written) and not _DIRECTORY.fullmatch(written):
        yield Found(syncer, ())  # wherever that is
    elif not _ONLY_VARIABLE.fullmatch(written):
        steps = [] if written in ("", ".") else _VARIABLE.sub("*", written).split("/")
        yield Found(syncer, tuple(map(_step, steps)))


def _step(written: str) -> re.Pattern[str]:
    """A step in which * stands for one or more characters, without going back and forth: many of
    them would take years."""
    return re.compile(translate(re.sub(r"\*+", "?*", with_stars(written))))
