"""Which kinds that Kubernetes does not serve itself live in namespaces: the repository's CRDs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from renderer.errors import RenderError
from renderer.kinds import is_namespaced
from renderer.layout.clusters import KUSTOMIZATION_FILES
from renderer.sourcefile import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.kinds import Kind
    from renderer.manifests import Manifest

_CRD = "CustomResourceDefinition"
_ENDINGS = (".yaml", ".yml", ".json")


def unknown_kinds(manifests: Sequence[Manifest]) -> frozenset[Kind]:
    """The kinds that neither Kubernetes nor a definition among the manifests explains."""
    kinds = {(one.ref.group, one.ref.kind) for one in manifests}
    defined = scopes_of(one.data for one in manifests if one.ref.kind == _CRD)
    return frozenset(kind for kind in kinds if is_namespaced(*kind) is None and kind not in defined)


def scopes_of(definitions: Iterable[Any]) -> dict[Kind, bool]:
    """Whether the kinds that definitions define live in a namespace."""
    scopes = {}
    for data in _listed(definitions):
        spec = data.get("spec") if data.get("kind") == _CRD else None
        names = spec.get("names") if isinstance(spec, dict) else None
        if isinstance(spec, dict) and isinstance(names, dict):
            kind = str(spec.get("group", "")), str(names.get("kind", ""))
            scopes[kind] = spec.get("scope") != "Cluster"
    return scopes


def _listed(objects: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The mappings among the objects, and those in the items of a list, whatever else is there."""
    for data in objects:
        if isinstance(data, dict):
            yield data
            items = data.get("items")
            yield from _listed(items if isinstance(items, list) else ())


def repository_scopes(repository: str, without: Iterable[str]) -> dict[Kind, bool]:
    """The scopes that all definitions in a repository's sources give.

    `without` are paths relative to the repository that define nothing: the outputs, and every
    cluster.yaml.
    Files that cannot be read as YAML define nothing.
    """
    scopes: dict[Kind, bool] = {}
    for path in _files(repository, frozenset(without)):
        try:
            content = read_source(repository, path) or b""
        except RenderError:
            continue
        if _CRD.encode() in content:
            scopes.update(_scopes_in(content))
    return scopes


def _scopes_in(content: bytes) -> dict[Kind, bool]:
    from renderer.yamldoc.reading import YamlError, check_safe, read_documents

    try:
        check_safe(content)
        return scopes_of(one.data for one in read_documents(content))
    except YamlError:
        return {}


def _files(repository: str, without: frozenset[str], base: str = "") -> Iterator[str]:
    try:
        with os.scandir(os.path.join(repository, base)) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        name = entry.name
        path = f"{base}{name}"
        if name.startswith(".") or path in without:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(repository, without, f"{path}/")
        elif name.endswith(_ENDINGS) and name not in KUSTOMIZATION_FILES:
            yield path
