"""The form of what is foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.kubernetes.manifests import ObjectRef


def foretold(ref: ObjectRef, reason: str, hint: str, field: str = "") -> Consequence:
    """An outage of an object that changes, or by it."""
    return Consequence(Impact.OUTAGE, ref, reason, hint=hint, field=field, is_predicted=True)


def refusing(
    ref: ObjectRef, labels: Sequence[str], why: str, hint: str, field: str = ""
) -> Consequence:
    """An object that begins to refuse the Pods of others, which are called `labels`."""
    more = f" and of {len(labels) - 1} more" if len(labels) > 1 else ""
    reason = f"it refuses new Pods of {labels[0]}{more}, and those that run stay until then: {why}"
    return foretold(ref, reason, hint, field)
