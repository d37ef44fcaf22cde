"""What Flux takes away of what its objects have brought into a cluster.

It does so where such an object goes, and where it stays and is for something else from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.losing import sources
from renderer.impacts.losing.lost import KEEP, KEEP_PLACE, PRUNED, Lost, from_now_on
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io", "Kustomization")
RELEASE = ("helm.toolkit.fluxcd.io", "HelmRelease")

_APPLIED = "all that it has applied is deleted with it"
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
    return None if _is_suspended(old) or not _takes_along(old) else Lost(_APPLIED, hint=KEEP)


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
        yield from_now_on(ref, _APPLIED)
    if _spec(new).get("prune") is not True:
        return
    for field in _left(old, new):
        reason = PRUNED + (_RESUMED if _is_suspended(new) else "")
        impact = Impact.LOSES_DATA
        yield Consequence(impact, ref, reason, hint=KEEP_PLACE, field=field, is_predicted=True)


def _takes_along(manifest: Manifest) -> bool:
    spec = _spec(manifest)
    policy = text(spec.get("deletionPolicy")) or "MirrorPrune"
    return policy in _DELETING or (policy == "MirrorPrune" and spec.get("prune") is True)


def _left(old: Manifest, new: Manifest) -> Iterator[str]:
    """The first field by which a Kustomization may not find what it has applied."""
    before, after = _spec(old), _spec(new)
    if sources.named(before, old.ref) != sources.named(after, new.ref):
        yield "/spec/sourceRef"
    elif _path(before) != _path(after):
        yield "/spec/path"
    elif renamed := [one for one in _RENAMING if text(before.get(one)) != text(after.get(one))]:
        yield f"/spec/{renamed[0]}"
    elif not {*texts(before.get("components"))} <= {*texts(after.get("components"))}:
        yield "/spec/components"
    elif not _deletions(after) <= _deletions(before):
        yield "/spec/patches"


def _path(spec: dict[str, Any]) -> list[str]:
    return [one for one in text(spec.get("path")).split("/") if one not in ("", ".")]


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
    if field:
        for one in sides.new.of_kind(*KUSTOMIZATION):
            spec = _spec(one)
            if spec.get("prune") is True and sources.named(spec, one.ref) == new.ref:
                reason = f"{one.label}: {PRUNED}"
                impact = Impact.LOSES_DATA
                hint = KEEP_PLACE
                yield Consequence(impact, ref, reason, hint=hint, field=field, is_predicted=True)
    for one in (
        sides.new.of_kind(*RELEASE) if sources.chart_of(old) != sources.chart_of(new) else ()
    ):
        if sources.charted(_spec(one), one.ref) == new.ref:
            reason = f"{one.label}: {_REINSTALLED}"
            impact = Impact.LOSES_DATA
            yield Consequence(impact, ref, reason, hint=_KEEP_TARGET, is_predicted=True)


def _target(release: Manifest, objects: ClusterObjects) -> dict[str, str]:
    """What tells a release from another, by the field that says so, or would."""
    spec, home = _spec(release), release.ref.namespace
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
    return mapping(_chart(_spec(release)).get("sourceRef")).get("kind") == "HelmRepository"


def _chart(spec: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(spec.get("chart")).get("spec"))


def _is_suspended(manifest: Manifest) -> bool:
    return _spec(manifest).get("suspend") is True


def _spec(manifest: Manifest) -> dict[str, Any]:
    return mapping(manifest.data.get("spec"))
