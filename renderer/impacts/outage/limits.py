"""Workloads whose Pods a LimitRange of their Namespace keeps out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.limits import LIMIT_RANGE, limit_refusal
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.outage.foretold import foretold
from renderer.impacts.outage.remaining import remaining

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.limits import LimitRefusal
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest

_HINT = "ask for what the LimitRange lets in, or change that first"


def limited_pods(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The changed workloads whose Pods are refused, and the LimitRanges that now refuse some."""
    changed = {one.new.ref for one in changes if one.new}
    for one in changes:
        new = one.new
        if new is None:
            continue
        found = limit_refusal(new, sides.new)
        if found and new.ref.kind == "Pod":
            if one.old is None or one.old.ref != new.ref:  # of one that is there nothing is asked
                reason = f"{found.limits.label} refuses it: {found.why}"
                yield Consequence(Impact.REJECTED, one.change.ref, reason, _HINT, found.field)
        elif found:
            reason = f"{found.limits.label} refuses its Pods: {found.why}; {remaining(one, new)}"
            yield foretold(one.change.ref, reason, _HINT, found.field)
        if (new.ref.group, new.ref.kind) == ("", LIMIT_RANGE):
            others = [
                (other, found)
                for other in sides.new.all
                if other.ref not in changed and (found := _new_refusal(other, new, sides))
            ]
            if others:
                more = f" and of {len(others) - 1} more" if len(others) > 1 else ""
                reason = (
                    f"it refuses new Pods of {others[0][0].label}{more}, and those that run stay"
                    f" until then: {others[0][1].why}"
                )
                yield foretold(one.change.ref, reason, _HINT)


def _new_refusal(other: Manifest, limits: Manifest, sides: Sides) -> LimitRefusal | None:
    """Why a LimitRange refuses the Pods of what was there, if nothing refused them before."""
    if other.ref.namespace != limits.ref.namespace or other.ref not in sides.old.by_ref:
        return None
    found = limit_refusal(other, sides.new)
    is_new = found and found.limits.ref == limits.ref
    return found if is_new and limit_refusal(other, sides.old) is None else None
