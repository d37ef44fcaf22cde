"""Which Pods of a StatefulSet go for good, and what becomes of their claims.

pkg/controller/statefulset: its Pods have the ordinals from `ordinals.start` on, as many as there
are replicas; others are condemned, and with `whenScaled: Delete` their claims go with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.pods import mapping, text
from renderer.counting import counted
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.replicas import SCALERS, limit_of_scalers, replicas_of, scales

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

SET = ("apps", "StatefulSet")
RETAIN = "set persistentVolumeClaimRetentionPolicy to Retain in a change before this one"
_MOVED = "keep its ordinals; or copy the data to the new claims first"
_WHEN = {"whenDeleted": "with it", "whenScaled": "when it has fewer replicas"}


class _Ordinals(NamedTuple):
    """The ordinals of its Pods: from `start` on, `number` of them."""

    start: int
    number: int

    def without(self, other: _Ordinals) -> int:
        """How many of them the other does not have."""
        last = min(self.start + self.number, other.start + other.number)
        return self.number - max(0, last - max(self.start, other.start))


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What the StatefulSets lose that stay, by their own change or that of what scales them."""
    changed = {
        one.new.ref: (one.old, one.new, one.change.ref)
        for one in changes
        if one.old and one.new and one.old.ref == one.new.ref and _is_set(one.new)
    }
    for old, new, ref in changed.values():
        yield from _of_policy(old, new, ref)
        before = _Ordinals(_start(old), replicas_of(old) or 0)
        after = _Ordinals(_start(new), replicas_of(new) or 0)
        field = "/spec/replicas" if before.start == after.start else "/spec/ordinals/start"
        yield from _of_fewer(before, after, new, ref, field)
    for new in _rescaled(changes, sides):
        was = sides.old.by_ref.get(new.ref)
        if was is not None:
            before = _Ordinals(_start(was), _most(was, sides.old, 1))
            after = _Ordinals(_start(new), _most(new, sides.new, before.number))
            yield from _of_fewer(before, after, new, new.ref, "")


def retention(manifest: Manifest, when: str) -> str:
    """The policy for the claims of a StatefulSet; nothing where it has none."""
    spec = mapping(manifest.data.get("spec"))
    if not spec.get("volumeClaimTemplates"):
        return ""
    return text(mapping(spec.get("persistentVolumeClaimRetentionPolicy")).get(when)) or "Retain"


def _of_policy(old: Manifest, new: Manifest, ref: ObjectRef) -> Iterator[Consequence]:
    for when, happens in _WHEN.items():
        if retention(new, when) == "Delete" and retention(old, when) == "Retain":
            field = f"/spec/persistentVolumeClaimRetentionPolicy/{when}"
            reason = f"from now on its claims are deleted {happens}"
            yield Consequence(Impact.IN_PLACE, ref, reason, field=field)


def _of_fewer(
    before: _Ordinals, after: _Ordinals, new: Manifest, ref: ObjectRef, field: str
) -> Iterator[Consequence]:
    gone = before.without(after)
    if not gone:
        return
    if retention(new, "whenScaled") == "Delete":
        reason = (
            f"the claims of {gone} of its {before.number} Pods are deleted (whenScaled: Delete)"
            if field
            else f"it has at most {counted(after.number, 'Pod')} then, and not {before.number}: the"
            " claims of the others are deleted (whenScaled: Delete)"
        )
        yield Consequence(Impact.LOSES_DATA, ref, reason, hint=RETAIN, field=field)
    elif before.start != after.start:
        reason = f"{gone} of its {before.number} Pods go, and others come in their place"
        if not retention(new, "whenScaled"):
            yield Consequence(Impact.ROLLS_PODS, ref, reason, field=field)
            return
        reason += ", without the data: that stays in the claims of those that go"
        yield Consequence(Impact.OUTAGE, ref, reason, hint=_MOVED, field=field)


def _rescaled(changes: Sequence[Changed], sides: Sides) -> Iterator[Manifest]:
    """The StatefulSets that something scales whose own change is among the changes."""
    scalers = [
        scaler
        for one in changes
        for scaler in (one.new, one.old)
        if scaler and (scaler.ref.group, scaler.ref.kind) in SCALERS
    ]
    for one in sides.new.of_kind(*SET) if scalers else ():
        if any(scales(scaler, one.ref) for scaler in scalers):
            yield one


def _most(manifest: Manifest, objects: ClusterObjects, otherwise: int) -> int:
    """The most Pods that it may have; what nobody says or scales any more stays as it is."""
    limit = limit_of_scalers(manifest, objects)
    if limit is not None:
        return limit
    is_said = "replicas" in mapping(manifest.data.get("spec"))
    return (replicas_of(manifest) or 0) if is_said else otherwise


def _start(manifest: Manifest) -> int:
    found = mapping(mapping(manifest.data.get("spec")).get("ordinals")).get("start")
    return found if type(found) is int else 0


def _is_set(manifest: Manifest) -> bool:
    return (manifest.ref.group, manifest.ref.kind) == SET
