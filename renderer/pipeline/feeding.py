"""What syncers are fed with: values of ConfigMaps and Secrets, and files of generators.

Flux: https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution,
Argo CD: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.history.paths import Paths
from renderer.kubernetes.manifests import ObjectRef, object_ref
from renderer.pipeline.syncers import (
    DATA,
    FILES,
    Stated,
    is_named,
    label_of,
    objects_in,
    sources_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from renderer.history.listing import Listing
    from renderer.impacts.model import Syncer
    from renderer.pipeline.sources import SideSources

    _Data = Mapping[str, Any]

_KINDS = ("ConfigMap", "Secret")
_FIELDS = ("data", "stringData", "binaryData")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_WILD = re.compile(r"\{\{.*?\}\}|[*?]+|\[[^]]*\]|\{[^}]*\}")


class Feeding:
    """What feeds the syncers of a side; `above` is where it is below the root of git, `reach` gives
    the files that a directory of a kustomization may read, with their ids."""

    def __init__(
        self,
        listing: Listing,
        outputs: Sequence[str],
        sources: SideSources,
        above: str,
        reach: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._listing = listing
        self._outputs = outputs
        self._sources = sources
        self._above = above
        self._reach = reach
        self._composed: list[_Data] = []

    def take(self, objects: Iterable[_Data]) -> None:
        """Takes what a kustomization composes."""
        self._composed += [one for one in objects if one.get("kind") in _KINDS]

    def of(self, syncers: Sequence[tuple[Syncer, Stated]]) -> Iterator[tuple[str, Stated]]:
        """What some syncers are fed with, by label."""
        for syncer, stated in syncers:
            patterns = [*_patterns(stated.spec.get("generators"))]
            files = {path: one for pattern in patterns for path, one in self._files(pattern)}
            directories = [*_components(stated.spec)]
            for one in directories:
                files |= self._reach(one.removeprefix(self._above))
            if patterns or directories:
                yield syncer.label, Stated(FILES, files)
        named = {ref for one in syncers for ref in _substitutes(*one)}
        if named:
            yield from self._values(named)

    def _files(self, pattern: str) -> Iterator[tuple[str, str]]:
        """The files that a generator reads, or may: a star is taken for any characters."""
        parts = _WILD.split(pattern.lstrip("/").removeprefix(self._above))
        below = Paths.below([parts[0].rpartition("/")[0]])
        for path, one in self._listing.files(below).items():
            if _fits(parts, path):
                yield path, one

    def _values(self, named: Iterable[ObjectRef]) -> Iterator[tuple[str, Stated]]:
        wanted = [*named]
        names = sorted({one.name for one in wanted if _NAME.fullmatch(one.name)})
        documents = [*self._sources.naming(*names), *self._in_trees(names)]
        found = set[ObjectRef]()
        plain = (one for document in documents for one in objects_in(document))
        for one in (*self._composed, *plain):
            ref = object_ref(one)
            if ref.kind in _KINDS and any(is_named(ref, name) for name in wanted):
                found.add(ref)
                fields = (mapping(one.get(field)) for field in _FIELDS)
                yield label_of(ref), Stated(DATA, {k: v for one in fields for k, v in one.items()})
        for name in wanted:
            if not any(is_named(ref, name) for ref in found):
                yield label_of(name), Stated(DATA, {}, is_missing=True)

    def _in_trees(self, names: Iterable[str]) -> Iterator[bytes]:
        files = tuple(f"{kind.lower()}-{name}" for kind in _KINDS for name in names)
        if self._outputs and files:
            found = self._listing.files(Paths.below(self._outputs, files))
            yield from self._listing.read(found.values())


def _fits(parts: Sequence[str], path: str) -> bool:
    """Whether a path is made of some parts, with anything between them: each is looked for once."""
    first, *others = parts
    if not others:
        return path == first
    *middle, last = others
    if not path.startswith(first):
        return False
    at = len(first)
    for one in middle:
        at = path.find(one, at)
        if at < 0:
            return False
        at += len(one)
    return path.endswith(last) and len(path) - len(last) >= at


def _patterns(node: Any) -> Iterator[str]:
    """The paths of files that generate the parameters of an ApplicationSet, at any depth."""
    if isinstance(node, dict):
        for _, one in mappings(mapping(node.get("git")).get("files")):
            path = text(one.get("path"))
            if path and one.get("exclude") is not True:
                yield path
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in below:
        yield from _patterns(one)


def _components(spec: _Data) -> Iterator[str]:
    """The directories of components that who syncs adds to another one, which they are relative
    to; what leads out of the repository is none."""
    template = mapping(mapping(spec.get("template")).get("spec"))
    sources = (*sources_of(spec), *sources_of(template))
    given = [
        (spec.get("path"), spec.get("components")),
        *((one.get("path"), mapping(one.get("kustomize")).get("components")) for one in sources),
    ]
    for path, components in given:
        for one in texts(components):
            yield posixpath.normpath(posixpath.join(text(path).lstrip("/"), one))


def _substitutes(syncer: Syncer, stated: Stated) -> Iterator[ObjectRef]:
    """What the variables of a Kustomization of Flux are taken from, in its own namespace."""
    namespace = syncer.label.rpartition(" ")[2].rpartition("/")[0]
    for _, one in mappings(mapping(stated.spec.get("postBuild")).get("substituteFrom")):
        yield ObjectRef("", text(one.get("kind")), namespace, text(one.get("name")))
