"""What goes with a custom resource: what its controller has made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, text
from renderer.impacts.losing.lost import Lost
from renderer.kubernetes.kinds import BUILT_IN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_SNAPSHOTS = "snapshot.storage.k8s.io"
_ARGO = "argoproj.io"
_KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io", "Kustomization")
_RELEASE = ("helm.toolkit.fluxcd.io", "HelmRelease")
_RESOURCES = "resources-finalizer.argocd.argoproj.io"
_APPLIED = "all that it has applied is deleted with it"
_SYNCED_HINT = "keep it; or let it leave behind what it applied, in a change before this one"
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
    if mapping(old.data.get("spec")).get("deletionPolicy") == "Retain":
        return None
    return Lost("the snapshot is deleted with it (deletionPolicy Delete)")


def _snapshot(old: Manifest, sides: Sides) -> Lost | None:
    spec = mapping(old.data.get("spec"))
    bound = mapping(spec.get("source")).get("volumeSnapshotContentName")
    policies = [
        mapping(one.data.get("spec")).get("deletionPolicy")
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


def _kustomization(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy"""
    spec = mapping(old.data.get("spec"))
    policy = text(spec.get("deletionPolicy")) or "MirrorPrune"
    if spec.get("suspend") is True or policy == "Orphan":
        return None
    if policy == "MirrorPrune" and spec.get("prune") is not True:
        return None
    return Lost(_APPLIED, hint=_SYNCED_HINT)


def _release(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/helm/helmreleases/#suspend"""
    if mapping(old.data.get("spec")).get("suspend") is True:
        return None
    return Lost("the release is uninstalled: all that it has installed is deleted")


def _application(old: Manifest, _sides: Sides) -> Lost | None:
    """https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"""
    finalizers = mapping(old.data.get("metadata")).get("finalizers")
    if not any(str(one).startswith(_RESOURCES) for one in finalizers or ()):
        return None
    return Lost(_APPLIED, hint=_SYNCED_HINT)


_KINDS: Mapping[Kind, Callable[[Manifest, Sides], Lost | None]] = {
    (_SNAPSHOTS, "VolumeSnapshot"): _snapshot,
    (_SNAPSHOTS, "VolumeSnapshotContent"): _content,
    _KUSTOMIZATION: _kustomization,
    _RELEASE: _release,
    (_ARGO, "Application"): _application,
}
