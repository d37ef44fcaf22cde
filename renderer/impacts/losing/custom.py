"""What goes with a custom resource: what its controller has made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.impacts.fields import spec_of
from renderer.impacts.losing import argocd, flux, sources
from renderer.impacts.losing.lost import Lost
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.kinds import BUILT_IN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_SNAPSHOTS = "snapshot.storage.k8s.io"
_KEEP_SNAPSHOTS = "let deletionPolicy be Retain, as it was"
# Fields by which operators of databases, queues and stores ask for volumes.
_STORAGE = frozenset(
    [
        *("persistence", "persistentVolumeClaim", "persistentVolumeClaimSpec", "pvc", "storage"),
        *("storageClass", "storageClassName", "storageSpec"),
        *("volumeClaimTemplate", "volumeClaimTemplates"),
    ]
)


def lost(old: Manifest, sides: Sides) -> Lost | None:
    """What a custom resource takes along, as far as it says so itself."""
    if old.ref.group in BUILT_IN_GROUPS:
        return None
    known = _KINDS.get((old.ref.group, old.ref.kind))
    if known:
        return known(old, sides)
    field = next(_asks_for_storage(old.data.get("spec")), "")
    if not field:
        return None
    reason = f"it asks for storage ({field}): its controller may delete that, with all data"
    hint = "see what its controller does; keep it, or copy the data first"
    return Lost(reason, hint=hint, is_predicted=True)


def kept(old: Manifest, new: Manifest, ref: ObjectRef, sides: Sides) -> Iterator[Consequence]:
    """What a custom resource that stays takes away, or takes along from now on."""
    found = _KEPT.get((new.ref.group, new.ref.kind))
    if found:
        yield from found(old, new, ref, sides)


def _asks_for_storage(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            is_sized = key == "volume" and isinstance(value, dict) and "size" in value
            if is_sized or (key in _STORAGE and value and mapping(value).get("enabled", True)):
                yield key
            else:
                yield from _asks_for_storage(value)
    elif isinstance(node, list):
        for item in node:
            yield from _asks_for_storage(item)


def _content(old: Manifest, _sides: Sides) -> Lost | None:
    """https://kubernetes.io/docs/concepts/storage/volume-snapshots/#delete"""
    if spec_of(old).get("deletionPolicy") == "Retain":
        return None
    return Lost("the snapshot is deleted with it (deletionPolicy Delete)")


def _let_go(old: Manifest, new: Manifest, ref: ObjectRef, _sides: Sides) -> Iterator[Consequence]:
    """A class says its policy itself, a content in its `spec`."""
    is_class = new.ref.kind == "VolumeSnapshotClass"
    before, after = (
        (one.data if is_class else spec_of(one)).get("deletionPolicy") for one in (old, new)
    )
    if (before, after) == ("Retain", "Delete"):
        reason = "from now on a snapshot is deleted as soon as its VolumeSnapshot is"
        field = "/deletionPolicy" if is_class else "/spec/deletionPolicy"
        yield Consequence(Impact.IN_PLACE, ref, reason, hint=_KEEP_SNAPSHOTS, field=field)


def _snapshot(old: Manifest, sides: Sides) -> Lost | None:
    spec = spec_of(old)
    bound = mapping(spec.get("source")).get("volumeSnapshotContentName")
    policies = [
        spec_of(one).get("deletionPolicy")
        for one in sides.old.of_kind(_SNAPSHOTS, "VolumeSnapshotContent")
        if one.ref.name == bound
    ] or [
        one.data.get("deletionPolicy")
        for one in sides.old.of_kind(_SNAPSHOTS, "VolumeSnapshotClass")
        if one.ref.name == spec.get("volumeSnapshotClassName")
    ]
    if "Delete" in policies:
        return Lost("the snapshot is deleted with it (deletionPolicy Delete)")
    return None if policies else Lost("the snapshot is deleted with it, unless it is retained")


_KINDS: Mapping[Kind, Callable[[Manifest, Sides], Lost | None]] = {
    (_SNAPSHOTS, "VolumeSnapshot"): _snapshot,
    (_SNAPSHOTS, "VolumeSnapshotContent"): _content,
    argocd.APPLICATION: argocd.application,
    argocd.APPLICATION_SET: argocd.application_set,
    flux.KUSTOMIZATION: flux.kustomization,
    flux.RELEASE: flux.release,
}
_KEPT: Mapping[Kind, Callable[[Manifest, Manifest, ObjectRef, Sides], Iterator[Consequence]]] = {
    (_SNAPSHOTS, "VolumeSnapshotClass"): _let_go,
    (_SNAPSHOTS, "VolumeSnapshotContent"): _let_go,
    argocd.APPLICATION: argocd.kept_application,
    argocd.APPLICATION_SET: argocd.kept_application_set,
    flux.KUSTOMIZATION: flux.kept_kustomization,
    flux.RELEASE: flux.kept_release,
    **dict.fromkeys(sources.KINDS, flux.of_source),
}
