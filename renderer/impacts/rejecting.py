"""What the API server will refuse: immutable fields, and what else a change cannot do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from renderer.changes.model import ABSENT
from renderer.checks.pods import mapping, mappings
from renderer.impacts.effective import leaves
from renderer.impacts.immutable import EVERY, IMMUTABLE, Immutable
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import DEFINITION
from renderer.kubernetes.quantities import amount
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.effective import Leaf
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import ObjectRef

_Path = tuple[str, ...]

_SIZE = ("spec", "resources", "requests", "storage")


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What is refused, field by field; the rest of such an object is not applied either."""
    for changed in changes:
        if changed.old is None or changed.new is None or changed.change.is_renamed:
            continue
        if changed.old.ref != changed.new.ref:  # another hash: another object
            continue
        found = leaves(changed)
        yield from _immutable(changed, found, sides)
        yield from _sizes(changed, found, sides)
        yield from _versions(changed)


def _immutable(changed: Changed, found: Sequence[Leaf], sides: Sides) -> Iterator[Consequence]:
    ref = changed.change.ref
    seen = set()
    for rule, path in (*_rules()[EVERY], *_rules().get(_kind(ref), ())):
        for leaf in found:
            field = _field(leaf, path)
            if (
                leaf.is_below(path)
                and not any(leaf.is_below(but) for but in _paths(rule.but))
                and not rule.unless(changed, leaf, sides)
                and field not in seen
            ):
                seen.add(field)
                reason = f"{field} cannot be changed"
                yield Consequence(Impact.REJECTED, ref, reason, hint=rule.hint, field=field)


def _field(leaf: Leaf, path: _Path) -> str:
    """What to call a field: no deeper than the one that cannot be changed, or one of the spec."""
    depth = 2 if path == ("spec",) else len(path)
    return format_path(str(step) for step in leaf.steps[:depth])


@cache
def _rules() -> Mapping[str, Sequence[tuple[Immutable, _Path]]]:
    found: dict[str, list[tuple[Immutable, _Path]]] = {}
    for rule in IMMUTABLE:
        found.setdefault(rule.kind, []).extend((rule, path) for path in _paths(rule.paths))
    return found


def _paths(written: Sequence[str]) -> list[_Path]:
    """Paths in steps; the key of an annotation, which may have a slash, is one."""
    found = []
    for one in written:
        head, mark, key = one.partition("metadata/annotations/")
        found.append(("metadata", "annotations", key) if mark and not head else (*one.split("/"),))
    return found


def _kind(ref: ObjectRef) -> str:
    return f"{ref.kind}.{ref.group}" if ref.group else ref.kind


def _sizes(changed: Changed, found: Sequence[Leaf], sides: Sides) -> Iterator[Consequence]:
    """A claim can grow, if its class allows it, and not shrink.

    pkg/apis/core/validation/validation.go ValidatePersistentVolumeClaimUpdate, and the admission
    plugin PersistentVolumeClaimResize (plugin/pkg/admission/storage/persistentvolume/resize).
    """
    ref = changed.change.ref
    if _kind(ref) != "PersistentVolumeClaim":
        return
    for leaf in found:
        if leaf.path != _SIZE:
            continue
        before, after = amount(leaf.old), amount(leaf.new)
        if before is None or after is None:
            continue
        if after < before:
            hint = "make a smaller claim under another name, and copy the data"
            reason = "a claim cannot shrink"
        elif _can_grow(changed, sides) is False:
            hint = "set allowVolumeExpansion on it, if its driver can"
            reason = "its StorageClass does not let claims grow"
        else:
            continue
        yield Consequence(Impact.REJECTED, ref, reason, hint=hint, field=leaf.field)


def _can_grow(changed: Changed, sides: Sides) -> bool | None:
    """Whether the class of a claim lets it grow; None where the class is not in the trees."""
    name = mapping(changed.new and changed.new.data.get("spec")).get("storageClassName", ABSENT)
    for one in sides.new.of_kind("storage.k8s.io", "StorageClass"):
        if one.ref.name == name:
            return one.data.get("allowVolumeExpansion") is True
    return None


def _versions(changed: Changed) -> Iterator[Consequence]:
    """The version that objects are stored in stays until they are stored in another.

    k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
    ValidateCustomResourceDefinitionStoredVersions.
    """
    ref = changed.change.ref
    if ref.kind != DEFINITION:
        return
    old, new = (_versions_of(one.data) if one else {} for one in (changed.old, changed.new))
    for name, version in old.items():
        if name not in new and version.get("storage") is True:
            yield Consequence(
                Impact.REJECTED,
                ref,
                f"objects are stored in the version {name}, which is taken out",
                hint="keep it, not served, until a storage migration has rewritten them, and take"
                " it out of status.storedVersions",
                field=f"/spec/versions/[name={name}]",
            )


def _versions_of(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = mappings(mapping(definition.get("spec")).get("versions"))
    return {str(one.get("name")): one for _, one in found}
