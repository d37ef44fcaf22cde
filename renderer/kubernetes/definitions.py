"""CustomResourceDefinitions: what they say of the kinds that they define."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.kubernetes.kinds import is_namespaced
from renderer.kubernetes.manifests import DEFINITION, defined_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest


def unknown_kinds(manifests: Sequence[Manifest]) -> frozenset[Kind]:
    """The kinds that neither Kubernetes nor a definition among the manifests explains."""
    kinds = {(one.ref.group, one.ref.kind) for one in manifests}
    defined = scopes_of(one.data for one in manifests if one.ref.kind == DEFINITION)
    return frozenset(kind for kind in kinds if is_namespaced(*kind) is None and kind not in defined)


def scopes_of(objects: Iterable[Any]) -> dict[Kind, bool]:
    """Whether the kinds that definitions among the objects define live in a namespace."""
    return {kind: data["spec"].get("scope") != "Cluster" for kind, data in definitions_in(objects)}


def definitions_in(objects: Iterable[Any]) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """The definitions among the objects and in the items of lists, whatever else is there."""
    for data in objects:
        if isinstance(data, dict):
            kind = defined_kind(data)
            if kind:
                yield kind, data
            items = data.get("items")
            yield from definitions_in(items if isinstance(items, list) else ())
