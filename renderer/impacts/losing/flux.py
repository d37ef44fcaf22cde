"""What Flux and Argo CD take away of what their objects have brought into a cluster.

They do so where such an object goes, and where it stays and is for something else from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.losing.lost import Lost
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest, ObjectRef

KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io", "Kustomization")
RELEASE = ("helm.toolkit.fluxcd.io", "HelmRelease")
APPLICATION = ("argoproj.io", "Application")

_RESOURCES = "resources-finalizer.argocd.argoproj.io"
_APPLIED = "all that it has applied is deleted with it"
_UNINSTALLED = "the release is uninstalled: all that it has installed is deleted"
_REINSTALLED = "the release is uninstalled, with all that it has installed, and installed anew"
_PRUNED = "what it has applied is deleted, but for what it finds there too (prune)"
_KEEP = "keep it; or let it leave behind what it applied, in a change before this one"
_KEEP_TARGET = "leave the field as it was; or copy the data first"
_KEEP_PLACE = "see what it finds there; or let it not prune, in a change before this one"
# With these, what is applied gets other names.
_RENAMING = ("targetNamespace", "namePrefix", "nameSuffix")


def kustomization(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy"""
    if _is_suspended(old) or not _takes_along(old):
        return None
    return Lost(_APPLIED, hint=_KEEP)


def release(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/helm/helmreleases/#suspend"""
    return None if _is_suspended(old) else Lost(_UNINSTALLED)


def application(old: Manifest, _sides: Sides) -> Lost | None:
    """https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"""
    return Lost(_APPLIED, hint=_KEEP) if _takes_along(old) else None


def kept(old: Manifest, new: Manifest, ref: ObjectRef) -> Iterator[Consequence]:
    """What is taken away by an object that stays, at once, when it is resumed, or once it goes."""
    kind = new.ref.group, new.ref.kind
    if kind == RELEASE:
        yield from _reinstalled(old, new, ref)
    elif kind in _PLACES:
        if _takes_along(new) and not _takes_along(old):
            reason = f"from now on {_APPLIED}, once it goes"
            yield Consequence(Impact.IN_PLACE, ref, reason, hint=_KEEP)
        yield from _moved(old, new, ref)


def _takes_along(manifest: Manifest) -> bool:
    """Whether what it has applied goes with it."""
    if manifest.ref.kind == "Application":
        finalizers = mapping(manifest.data.get("metadata")).get("finalizers")
        return any(str(one).startswith(_RESOURCES) for one in finalizers or ())
    spec = _spec(manifest)
    policy = text(spec.get("deletionPolicy")) or "MirrorPrune"
    return policy == "Delete" or (policy != "Orphan" and spec.get("prune") is True)


def _reinstalled(old: Manifest, new: Manifest, ref: ObjectRef) -> Iterator[Consequence]:
    """helm-controller, internal/action/verify.go, ReleaseTargetChanged."""
    before, after = _target(old), _target(new)
    field = next((field for field, value in after.items() if before[field] != value), "")
    if not field or not before[field] or not after[field]:
        return
    is_named = mapping(_chart(new).get("sourceRef")).get("kind") == "HelmRepository"
    reason = _REINSTALLED + (", when it is resumed" if _is_suspended(new) else "")
    yield Consequence(
        Impact.LOSES_DATA,
        ref,
        reason,
        hint=_KEEP_TARGET,
        field=f"/spec/{field}",
        is_predicted=field.startswith("chart") and not is_named,  # else it is in the Chart.yaml
    )


def _target(release: Manifest) -> dict[str, str]:
    """What tells a release from another, by the field that says so, or would."""
    spec, home = _spec(release), release.ref.namespace
    elsewhere = text(spec.get("targetNamespace"))
    name = f"{elsewhere}-{release.ref.name}" if elsewhere else release.ref.name
    return {
        "targetNamespace": elsewhere or home,
        "storageNamespace": text(spec.get("storageNamespace")) or home,
        "releaseName": text(spec.get("releaseName")) or name,
        "chart/spec/chart": text(_chart(release).get("chart")).rstrip("/").rpartition("/")[2],
    }


def _chart(release: Manifest) -> dict[str, Any]:
    return mapping(mapping(_spec(release).get("chart")).get("spec"))


def _moved(old: Manifest, new: Manifest, ref: ObjectRef) -> Iterator[Consequence]:
    """Where it is synced from elsewhere, or to elsewhere, and what it does not find is pruned."""
    places = _PLACES[new.ref.group, new.ref.kind]
    before, after = places(old), places(new)
    others = [field for field, value in after.items() if before[field] != value]
    if others and _prunes(new):
        reason = _PRUNED + (", when it is resumed" if _is_suspended(new) else "")
        yield Consequence(
            Impact.LOSES_DATA, ref, reason, hint=_KEEP_PLACE, field=others[0], is_predicted=True
        )


def _prunes(manifest: Manifest) -> bool:
    spec = _spec(manifest)
    automated = mapping(mapping(spec.get("syncPolicy")).get("automated"))
    return spec.get("prune") is True or automated.get("prune") is True


def _of_kustomization(manifest: Manifest) -> dict[str, Any]:
    """kustomize-controller, internal/controller/kustomization_controller.go, prune."""
    spec, home = _spec(manifest), manifest.ref.namespace
    source = mapping(spec.get("sourceRef"))
    named = source.get("kind"), source.get("name"), text(source.get("namespace")) or home
    place = [one for one in text(spec.get("path")).split("/") if one not in ("", ".")]
    renaming = {f"/spec/{field}": text(spec.get(field)) for field in _RENAMING}
    return {"/spec/path": place, "/spec/sourceRef": named, **renaming}


def _of_application(manifest: Manifest) -> dict[str, Any]:
    """https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning"""
    spec = _spec(manifest)
    sources = [mapping(spec.get("source")), *(one for _, one in mappings(spec.get("sources")))]
    places = [[one.get(key) for key in ("repoURL", "path", "chart")] for one in sources if one]
    namespace = mapping(spec.get("destination")).get("namespace")
    return {"/spec": places, "/spec/destination/namespace": namespace}


def _is_suspended(manifest: Manifest) -> bool:
    return _spec(manifest).get("suspend") is True


def _spec(manifest: Manifest) -> dict[str, Any]:
    return mapping(manifest.data.get("spec"))


_PLACES: Mapping[Kind, Callable[[Manifest], dict[str, Any]]] = {
    KUSTOMIZATION: _of_kustomization,
    APPLICATION: _of_application,
}
