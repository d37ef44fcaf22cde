"""What Flux takes away of what its objects have brought into a cluster.

It does so where such an object goes, and where it stays and is for something else from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.fields import spec_of
from renderer.impacts.losing import sources
from renderer.impacts.losing.lost import APPLIED, KEEP, PRUNED, Lost, from_now_on, may_lose
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io", "Kustomization")
RELEASE = ("helm.toolkit.fluxcd.io", "HelmRelease")

_UNINSTALLED = "the release is uninstalled: all that it has installed is deleted"
_REINSTALLED = "the release is uninstalled, with all that it has installed, and installed anew"
_KEEP_TARGET = "leave the field as it was; or copy the data first"
_RESUMED = ", when it is resumed"
# With these, what is applied gets other names.
_RENAMING = ("targetNamespace", "namePrefix", "nameSuffix")
# Policies by which what was applied is deleted, whatever `prune` says.
_DELETING = ("Delete", "WaitForTermination")


def kustomization(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy"""
    return None if _is_suspended(old) or not _takes_along(old) else Lost(APPLIED, hint=KEEP)


def release(old: Manifest, _sides: Sides) -> Lost | None:
    """https://fluxcd.io/flux/components/helm/helmreleases/#suspend"""
    return None if _is_suspended(old) else Lost(_UNINSTALLED)


def kept_kustomization(
    old: Manifest, new: Manifest, ref: ObjectRef, _sides: Sides
) -> Iterator[Consequence]:
    """What a Kustomization that stays takes along from now on, or prunes as it is elsewhere.

    kustomize-controller, internal/controller/kustomization_controller.go, prune
    """
    if _takes_along(new) and not _takes_along(old):
        yield from_now_on(ref, APPLIED)
    field = _left(old, new) if _prunes(new) else ""
    if field:
        yield may_lose(ref, PRUNED + (_RESUMED if _is_suspended(new) else ""), field)


def _takes_along(manifest: Manifest) -> bool:
    spec = spec_of(manifest)
    policy = text(spec.get("deletionPolicy")) or "MirrorPrune"
    return policy in _DELETING or (policy == "MirrorPrune" and _prunes(manifest))


def _prunes(manifest: Manifest) -> bool:
    return spec_of(manifest).get("prune") is True


def _left(old: Manifest, new: Manifest) -> str:
    """The first field by which a Kustomization may not find what it has applied; or empty."""
    before, after = spec_of(old), spec_of(new)
    if sources.named(before, old.ref) != sources.named(after, new.ref):
        return "/spec/sourceRef"
    if sources.steps(before.get("path")) != sources.steps(after.get("path")):
        return "/spec/path"
    for field in _RENAMING:
        if text(before.get(field)) != text(after.get(field)):
            return f"/spec/{field}"
    if not {*texts(before.get("components"))} <= {*texts(after.get("components"))}:
        return "/spec/components"
    return "" if _deletions(after) <= _deletions(before) else "/spec/patches"


def _deletions(spec: dict[str, Any]) -> set[str]:
    """The patches that take objects out."""
    patches = (text(one.get("patch")) for _, one in mappings(spec.get("patches")))
    return {one for one in patches if "$patch" in one}


def kept_release(
    old: Manifest, new: Manifest, ref: ObjectRef, sides: Sides
) -> Iterator[Consequence]:
    """helm-controller, internal/action/verify.go, ReleaseTargetChanged."""
    before, after = _target(old, sides.old), _target(new, sides.new)
    field = next((one for one, value in after.items() if before[one] != value), "")
    if not field or not before[field] or not after[field]:
        return
    reason = _REINSTALLED + (_RESUMED if _is_suspended(new) else "")
    yield Consequence(
        Impact.LOSES_DATA,
        ref,
        reason,
        hint=_KEEP_TARGET,
        field=f"/spec/{field}",
        is_predicted=field.startswith("chart") and not (_is_named(old) and _is_named(new)),
    )


def of_source(old: Manifest, new: Manifest, ref: ObjectRef, sides: Sides) -> Iterator[Consequence]:
    """What those who stay do because what they name is another repository."""
    field = sources.other_content(old, new)
    for one in sides.new.of_kind(*KUSTOMIZATION) if field else ():
        if _prunes(one) and sources.named(spec_of(one), one.ref) == new.ref:
            yield may_lose(ref, f"{one.label}: {PRUNED}", field)
    is_another = sources.chart_of(old) != sources.chart_of(new)
    for one in sides.new.of_kind(*RELEASE) if is_another else ():
        if sources.charted(spec_of(one), one.ref) == new.ref:
            yield may_lose(ref, f"{one.label}: {_REINSTALLED}", hint=_KEEP_TARGET)


def _target(release: Manifest, objects: ClusterObjects) -> dict[str, str]:
    """What tells a release from another, by the field that says so, or would."""
    spec, home = spec_of(release), release.ref.namespace
    elsewhere = text(spec.get("targetNamespace"))
    name = f"{elsewhere}-{release.ref.name}" if elsewhere else release.ref.name
    chart = sources.last_part(text(_chart(spec).get("chart")))
    charted = sources.charted(spec, release.ref)
    if charted:
        source = objects.by_ref.get(charted)
        chart = (sources.chart_of(source) if source else "") or charted.name
    return {
        "targetNamespace": elsewhere or home,
        "storageNamespace": text(spec.get("storageNamespace")) or home,
        "releaseName": text(spec.get("releaseName")) or name,
        "chart": chart,
    }


def _is_named(release: Manifest) -> bool:
    """Whether its own text says what the chart is called; else that is in a Chart.yaml."""
    return mapping(_chart(spec_of(release)).get("sourceRef")).get("kind") == "HelmRepository"


def _chart(spec: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(spec.get("chart")).get("spec"))


def _is_suspended(manifest: Manifest) -> bool:
    return spec_of(manifest).get("suspend") is True
