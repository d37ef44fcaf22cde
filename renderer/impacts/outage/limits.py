"""Workloads whose Pods a LimitRange of their Namespace keeps out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.limits import LIMIT_RANGE, limit_refusal
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.outage.foretold import foretold, refusing
from renderer.impacts.outage.remaining import remaining

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest

_HINT = "ask for what the LimitRange lets in, or change that first"


def limited_pods(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The changed workloads whose Pods are refused, and the LimitRanges that now refuse some."""
    for one in changes:
        if one.new is not None:
            yield from _of(one, one.new, sides)
    for one in changes:
        if one.new is not None and (one.new.ref.group, one.new.ref.kind) == ("", LIMIT_RANGE):
            yield from _stricter(one, one.new, changes, sides)


def _of(one: Changed, new: Manifest, sides: Sides) -> Iterator[Consequence]:
    found = limit_refusal(new, sides.new)
    if found and new.ref.kind == "Pod":
        if one.old is None or one.old.ref != new.ref:  # of one that is there nothing is asked
            reason = f"{found.limits.label} refuses it: {found.why}"
            yield Consequence(Impact.REJECTED, one.change.ref, reason, _HINT, found.field)
    elif found:
        reason = f"{found.limits.label} refuses its Pods: {found.why}; {remaining(one, new)}"
        yield foretold(one.change.ref, reason, _HINT, found.field)


def _stricter(
    one: Changed, limits: Manifest, changes: Sequence[Changed], sides: Sides
) -> Iterator[Consequence]:
    """A LimitRange that lets in less than it did: what runs stays, and is not made again."""
    changed = {other.new.ref for other in changes if other.new}
    others = (other for other in sides.new.all if other.ref not in changed)
    refused = [(other, why) for other in others if (why := _newly_refused(other, limits, sides))]
    if refused:
        labels = [other.label for other, _ in refused]
        yield refusing(one.change.ref, labels, refused[0][1], _HINT)


def _newly_refused(other: Manifest, limits: Manifest, sides: Sides) -> str:
    """Why a LimitRange refuses the Pods of what was there, if nothing refused them before."""
    if other.ref.namespace != limits.ref.namespace or other.ref not in sides.old.by_ref:
        return ""
    found = limit_refusal(other, sides.new)
    if found is None or found.limits.ref != limits.ref or limit_refusal(other, sides.old):
        return ""
    return found.why
