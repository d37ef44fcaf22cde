"""What loses data: claims, volumes, and what takes others with it when it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings, pod_of, text
from renderer.impacts.losing import custom, sets
from renderer.impacts.losing.lost import Lost
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.recreating import KEEPS
from renderer.kubernetes.manifests import DEFINITION, defined_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_STORAGE = "storage.k8s.io"
_POLICY = "persistentVolumeReclaimPolicy"
_BIND = "keep its claimRef; a copy of the data is for another claim"
_RETAIN = "set persistentVolumeReclaimPolicy to Retain first"
# https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
_COLLECTED = "the garbage collector deletes it once its owner is not there"
_NO_OWNER = "take ownerReferences out: no manifest can know the uid of an owner"


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What is gone for good once an object is pruned, or a StatefulSet has fewer replicas."""
    for changed in changes:
        old, new = changed.old, changed.new
        ref = changed.change.ref
        if new is not None and _owners(new) - _owners(old):
            impact = Impact.LOSES_DATA if (ref.group, ref.kind) in KEEPS else Impact.OUTAGE
            field = "/metadata/ownerReferences"
            yield Consequence(impact, ref, _COLLECTED, hint=_NO_OWNER, field=field)
        if old is None:
            continue
        kind = old.ref.group, old.ref.kind
        if new is None or new.ref != old.ref:
            if kind == ("", "Secret") and new is not None and not changed.change.is_renamed:
                continue  # another hash
            lost = _GONE.get(kind, custom.lost)(old, sides)
            if lost:
                impact, is_predicted = lost.impact, lost.is_predicted
                yield Consequence(
                    impact, ref, lost.reason, hint=lost.hint, is_predicted=is_predicted
                )
        elif kind == ("", "PersistentVolume"):
            yield from _let_go(old, new, ref)
        else:
            yield from custom.kept(old, new, ref, sides)
    yield from sets.consequences(changes, sides)


def _owners(manifest: Manifest | None) -> set[str]:
    """The uids of those that an object goes with."""
    metadata = mapping(manifest.data.get("metadata")) if manifest else {}
    return {str(one.get("uid")) for _, one in mappings(metadata.get("ownerReferences"))}


def _claim(old: Manifest, sides: Sides) -> Lost:
    """What becomes of the volume is up to its reclaim policy (pkg/controller/volume).

    Whether that of before counts or that of after is up to who syncs, and prunes first or last.
    """
    policies = [_reclaim_policy(old, side) for side in (sides.old, sides.new)]
    policy = policies[0] or policies[1]
    if "Recycle" in policies:
        return Lost("the claim is deleted, and its volume is emptied for others (Recycle)")
    if "Delete" in policies:
        return Lost("the claim is deleted, and its volume with all data")
    if policy:
        reason = f"its volume stays ({policy}), but no new claim gets it by itself"
        return Lost(reason, impact=Impact.IN_PLACE)
    return Lost("the claim is deleted, and its volume with all data, unless that is retained")


def _reclaim_policy(claim: Manifest, cluster: ClusterObjects) -> str:
    """The policy of the volume of a claim, as far as the trees tell it, else nothing."""
    spec = mapping(claim.data.get("spec"))
    for volume in cluster.of_kind("", "PersistentVolume"):
        about = mapping(volume.data.get("spec"))
        bound = mapping(about.get("claimRef"))
        is_bound = (bound.get("namespace"), bound.get("name")) == claim.ref[2:]
        if is_bound or volume.ref.name == spec.get("volumeName"):
            return text(about.get(_POLICY)) or "Retain"
    for one in cluster.of_kind(_STORAGE, "StorageClass"):
        if one.ref.name == spec.get("storageClassName"):
            return text(one.data.get("reclaimPolicy")) or "Delete"
    return ""


def _let_go(old: Manifest, new: Manifest, ref: ObjectRef) -> Iterator[Consequence]:
    """A volume that is deleted with its claim from now on, or is for another one."""
    was, now = (_claimed(one) for one in (old, new))
    if was and was != now:
        reason = f"{was} loses it, with the data" + (f": it is for {now} now" if now else "")
        yield Consequence(Impact.OUTAGE, ref, reason, hint=_BIND, field="/spec/claimRef")
    before, after = (
        text(mapping(one.data.get("spec")).get(_POLICY)) or "Retain" for one in (old, new)
    )
    if after == "Delete" != before:
        reason = "from now on it is deleted, with its data, as soon as its claim is"
        yield Consequence(Impact.IN_PLACE, ref, reason, field=f"/spec/{_POLICY}")


def _claimed(volume: Manifest) -> str:
    """The claim that a volume is for; nothing where it is for any."""
    about = mapping(mapping(volume.data.get("spec")).get("claimRef"))
    name = f"{text(about.get('namespace'))}/{text(about.get('name'))}"
    return "" if name == "/" else f"the claim {name}"


def _volume(old: Manifest, _sides: Sides) -> Lost | None:
    policy = mapping(old.data.get("spec")).get(_POLICY)
    if policy != "Delete":
        return None
    reason = "its data is deleted with it, as soon as no claim has it (reclaim policy Delete)"
    return Lost(reason, hint=_RETAIN)


def _stateful_set(old: Manifest, _sides: Sides) -> Lost | None:
    if sets.retention(old, "whenDeleted") != "Delete":
        return None
    return Lost("its claims are deleted with it (whenDeleted: Delete)", hint=sets.RETAIN)


def _namespace(_old: Manifest, _sides: Sides) -> Lost:
    hint = "keep the Namespace; or move what it holds first"
    return Lost("all that is in it is deleted, also what is in no tree", hint=hint)


def _definition(old: Manifest, _sides: Sides) -> Lost:
    kind = defined_kind(old.data)
    name = kind[1] if kind else "object of its kind"
    hint = "keep the definition; or take its objects out first, and see what their controller does"
    return Lost(f"every {name} in the cluster is deleted, also those in no tree", hint=hint)


def _secret(old: Manifest, sides: Sides) -> Lost | None:
    """Whoever keeps data may have been set up with what a Secret holds."""
    from renderer.checks.references import facts_of

    for one in sides.old.all:
        if _keeps_data(one) and old.ref in facts_of(one).uses:
            reason = f"{one.label} keeps data, and was set up with what it holds"
            return Lost(reason, hint="keep it until nothing reads it any more")
    return None


def _keeps_data(manifest: Manifest) -> bool:
    if mapping(manifest.data.get("spec")).get("volumeClaimTemplates"):
        return manifest.ref.kind == "StatefulSet"
    pod = pod_of(manifest)
    volumes = mappings(pod.spec.get("volumes")) if pod else ()
    return any("persistentVolumeClaim" in volume for _, volume in volumes)


_GONE: Mapping[Kind, Callable[[Manifest, Sides], Lost | None]] = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _volume,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Secret"): _secret,
    ("apps", "StatefulSet"): _stateful_set,
    ("apiextensions.k8s.io", DEFINITION): _definition,
}
