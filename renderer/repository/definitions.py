"""CustomResourceDefinitions: which kinds a repository defines itself, and how."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.cache import own_fingerprint
from renderer.errors import RenderError
from renderer.kubernetes.definitions import definitions_in, scopes_of
from renderer.kubernetes.manifests import DEFINITION
from renderer.kustomize.files import KUSTOMIZATION_FILES, is_below
from renderer.repository.source_file import read_source
from renderer.tree.disk import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from renderer.cache import Cache
    from renderer.kubernetes.kinds import Kind

_ENDINGS = (".yaml", ".yml", ".json")


class Definition(NamedTuple):
    """A kind that the repository defines; `content` names the bytes of the file that does."""

    namespaced: bool
    content: str
    path: str


class Definitions:
    """The definitions in all sources of a repository.

    `without` are paths relative to the repository that define nothing: the outputs, and every
    cluster.yaml. Files that cannot be read as YAML define nothing. What a file defines is kept
    in the cache by its content, because such files are large.
    """

    def __init__(self, repository: str, without: Iterable[str], cache: Cache | None) -> None:
        self._repository = repository
        self._without = frozenset(without)
        self._cache = cache

    def find(self) -> None:
        """Looks for them now: before processes part, or while there is time."""
        self._known  # noqa: B018 # the first use reads them

    @property
    def kinds(self) -> Collection[Kind]:
        """The kinds that are defined."""
        return self._known.keys()

    def get(self, kind: Kind) -> tuple[Definition, ...]:
        """The definitions of a kind, by path: clusters may bring along different ones."""
        return self._known.get(kind, ())

    def objects(self, kinds: Iterable[Kind]) -> list[dict[str, Any]]:
        """The definitions of kinds as objects, each that differs; a kind may have none."""
        found: dict[str, dict[str, Any]] = {}
        for kind in kinds:
            for definition in self.get(kind):
                for other, data in definitions_in(self._objects(definition)):
                    if other == kind:
                        found.setdefault(json.dumps(data, sort_keys=True), data)
        return [*found.values()]

    def _objects(self, definition: Definition) -> list[dict[str, Any]]:
        kept = self._cache.get("definitions", definition.content) if self._cache else None
        if kept:
            objects: list[dict[str, Any]] = json.loads(kept)
            return objects
        return read_definitions(read_source(self._repository, definition.path) or b"")

    @cached_property
    def _known(self) -> dict[Kind, tuple[Definition, ...]]:
        known: dict[Kind, tuple[Definition, ...]] = {}
        for path in yaml_files(self._repository, self._without):
            try:
                content = read_source(self._repository, path) or b""
            except RenderError:
                continue
            if DEFINITION.encode() in content:
                digest = hashlib.sha256(own_fingerprint().encode() + content).hexdigest()
                for kind, namespaced in self._scopes(content, digest).items():
                    before = known.get(kind, ())
                    if all(one.content != digest for one in before):
                        known[kind] = (*before, Definition(namespaced, digest, path))
        return known

    def _scopes(self, content: bytes, digest: str) -> dict[Kind, bool]:
        kept = self._cache.get("scopes", digest) if self._cache else None
        if kept:
            return {(group, kind): namespaced for group, kind, namespaced in json.loads(kept)}
        objects = read_definitions(content)
        scopes = scopes_of(objects)
        if self._cache:
            rows = [[*kind, namespaced] for kind, namespaced in scopes.items()]
            self._cache.put("definitions", digest, json.dumps(objects).encode())
            self._cache.put("scopes", digest, json.dumps(rows).encode())
        return scopes


def read_definitions(content: bytes) -> list[dict[str, Any]]:
    """The definitions in a file; none if it cannot be read."""
    from renderer.yamldoc.reading import YamlError, check_safe, read_documents

    try:
        check_safe(content)
        return [data for _, data in definitions_in(one.data for one in read_documents(content))]
    except YamlError:
        return []


def may_define(path: str) -> bool:
    """Whether a file could define a kind, by its path in the repository; hidden ones could not."""
    name = path.rpartition("/")[2]
    is_hidden = path.startswith(".") or "/." in path
    return not is_hidden and name.endswith(_ENDINGS) and name not in KUSTOMIZATION_FILES


def yaml_files(repository: str, without: Collection[str] = (), base: str = "") -> Iterator[str]:
    """The paths of all files that could define a kind."""
    try:
        entries = listed(os.path.join(repository, base))
    except OSError:
        return
    for entry in entries:
        name = entry.name
        path = f"{base}{name}"
        if name.startswith(".") or path in without:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from yaml_files(repository, without, f"{path}/")
        elif may_define(path) and (
            not entry.is_symlink() or is_below(os.path.realpath(entry.path), repository)
        ):
            yield path
