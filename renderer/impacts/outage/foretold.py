"""The form of what is foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import ObjectRef


def foretold(ref: ObjectRef, reason: str, hint: str, field: str = "") -> Consequence:
    """An outage of an object that changes, or by it."""
    return Consequence(Impact.OUTAGE, ref, reason, hint=hint, field=field, is_predicted=True)
