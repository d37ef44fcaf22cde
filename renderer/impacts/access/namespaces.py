"""Namespaces that let in Pods which they refused.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.podsecurity import ENFORCE_LABEL, enforced_levels
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed

_LEVELS = ("privileged", "baseline", "restricted")  # the first is what no label means
_FIELD = f"/metadata/labels/{ENFORCE_LABEL.replace('/', '~1')}"


def namespaces(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """The Namespaces whose level of Pod Security is weaker than it was."""
    for one in changes:
        if one.old is None or one.new is None or one.old.ref != one.new.ref:
            continue
        before, after = (
            enforced_levels([side]).get(side.ref.name, _LEVELS[0]) for side in (one.old, one.new)
        )
        if _LEVELS.index(after) < _LEVELS.index(before):
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"it lets in Pods that Pod Security {before} refuses: now it is {after}",
                hint=f"keep the label {ENFORCE_LABEL}: {before}",
                field=_FIELD,
            )
