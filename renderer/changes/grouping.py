"""The same change in many clusters, told once."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT, FieldChange, ObjectChange, Reordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kubernetes.manifests import ObjectRef


class Variant(NamedTuple):
    """What a field changes from and to, and in which clusters."""

    field: FieldChange
    clusters: tuple[str, ...]


class FieldGroup(NamedTuple):
    """A field that changes in some clusters, everywhere alike or in several variants."""

    variants: tuple[Variant, ...]

    @property
    def clusters(self) -> tuple[str, ...]:
        return tuple(sorted(name for one in self.variants for name in one.clusters))

    @property
    def field(self) -> FieldChange:
        return self.variants[0].field


class ObjectGroup(NamedTuple):
    """What happens to one object, in the clusters where the same happens to it.

    `change` is that of the first of them; of an object that comes or goes, its content may differ
    from one to the other.
    """

    ref: ObjectRef
    change: ObjectChange
    clusters: tuple[str, ...]
    fields: tuple[FieldGroup, ...]


def grouped(changes: Mapping[str, Sequence[ObjectChange]]) -> list[ObjectGroup]:
    """The changes of all clusters (by name), each once, by object and then by cluster.

    It does not depend on the order of the clusters.
    """
    by_object: dict[tuple[Any, ...], list[tuple[str, ObjectChange]]] = {}
    for cluster in sorted(changes):
        seen: Counter[tuple[Any, ...]] = Counter()
        for one in changes[cluster]:
            what = _what(one)
            by_object.setdefault((*what, seen[what]), []).append((cluster, one))
            seen[what] += 1  # an object that a cluster holds twice is told twice
    groups = [group for key in sorted(by_object) for group in _groups(by_object[key])]
    return sorted(groups, key=lambda one: (one.ref, one.clusters))


def _what(change: ObjectChange) -> tuple[Any, ...]:
    """What happens to which object, but for the fields."""
    old, new = change.old, change.new
    moved_to = new.ref if old and new and change.is_renamed else ()
    return (change.ref, old is not None, new is not None, moved_to)


def _groups(found: Sequence[tuple[str, ObjectChange]]) -> list[ObjectGroup]:
    """One group for each set of clusters that share all fields that change in them."""
    variants: dict[str, dict[str, tuple[FieldChange, list[str]]]] = {}
    for cluster, change in found:
        for field in change.fields:
            by_values = variants.setdefault(field.field, {})
            by_values.setdefault(values_key(field), (field, []))[1].append(cluster)
    fields = [
        FieldGroup(tuple(Variant(one, tuple(names)) for _, (one, names) in sorted(by.items())))
        for by in variants.values()
    ]
    if not fields:
        names = tuple(cluster for cluster, _ in found)
        change = found[0][1]
        return [ObjectGroup(ref=change.ref, change=change, clusters=names, fields=())]
    changes = dict(found)
    by_clusters: dict[tuple[str, ...], list[FieldGroup]] = {}
    for one in fields:
        by_clusters.setdefault(one.clusters, []).append(one)
    return [
        ObjectGroup(
            ref=changes[clusters[0]].ref,
            change=changes[clusters[0]],
            clusters=clusters,
            fields=tuple(some),
        )
        for clusters, some in by_clusters.items()
    ]


def values_key(field: FieldChange) -> str:
    """A text that two changes of a field share if and only if they are equal.

    Its place in a list is no part of it, nor a name that only follows a content.
    """
    if field.follows:
        return "follows"
    return json.dumps([_plain(field.old), _plain(field.new)], sort_keys=True)


def _plain(value: Any) -> Any:
    if value is ABSENT:
        return {}
    if isinstance(value, Reordered):
        return {"order": [str(one) for one in value.order]}
    return {"value": value}
