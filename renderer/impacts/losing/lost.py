"""What goes with an object that goes, and what one that stays takes along once it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import ObjectRef

# Of what has applied others.
APPLIED = "all that it has applied is deleted with it"
PRUNED = "what it has applied is deleted, but for what it finds there too (prune)"
KEEP = "keep it; or let it leave behind what it applied, in a change before this one"
KEEP_PLACE = "see what it finds there; or let it not prune, in a change before this one"


class Lost(NamedTuple):
    """What goes with an object; predicted where it is up to a controller that nobody knows here."""

    reason: str
    hint: str = "keep it; or copy the data first"
    impact: Impact = Impact.LOSES_DATA
    is_predicted: bool = False


def may_lose(
    ref: ObjectRef, reason: str, field: str = "", *, hint: str = KEEP_PLACE
) -> Consequence:
    """What an object that stays takes away, up to what it finds where it looks from then on."""
    return Consequence(Impact.LOSES_DATA, ref, reason, hint=hint, field=field, is_predicted=True)


def from_now_on(ref: ObjectRef, what: str) -> Consequence:
    """What an object took along before only if that was asked of it."""
    return Consequence(Impact.IN_PLACE, ref, f"from now on {what}, once it goes", hint=KEEP)
