"""Namespaces that let in Pods which they refused.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.podsecurity import (
    ENFORCE_FIELD,
    ENFORCE_LABEL,
    LEVELS,
    enforced_levels,
)
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed


def namespaces(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """The Namespaces whose level of Pod Security is weaker than it was."""
    for one in changes:
        if one.old is None or one.new is None or one.old.ref != one.new.ref:
            continue
        before, after = (
            enforced_levels([side]).get(side.ref.name, LEVELS[0]) for side in (one.old, one.new)
        )
        if LEVELS.index(after) < LEVELS.index(before):
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"it lets in Pods that Pod Security {before} refuses: now it is {after}",
                hint=f"keep the label {ENFORCE_LABEL}: {before}",
                field=ENFORCE_FIELD,
            )
