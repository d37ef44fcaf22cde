"""Namespaces that let in Pods which they refused.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.podsecurity import (
    ENFORCE_FIELD,
    ENFORCE_LABEL,
    ENFORCE_VERSION_LABEL,
    LEVELS,
    enforced_levels,
)
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import labels_of
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_NUMBERS = re.compile(r"v(\d+)\.(\d+)", re.ASCII)
_LATEST = (float("inf"),)  # what stands where there is no version, or none that can be read


def namespaces(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """The Namespaces whose level of Pod Security is weaker than it was, or of an older version."""
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
        elif after != LEVELS[0] and _version(one.new) < _version(one.old):
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"it lets in Pods that later versions of Pod Security {after} refuse",
                hint=f"leave the label {ENFORCE_VERSION_LABEL} out, or as it was",
                field=format_path(("metadata", "labels", ENFORCE_VERSION_LABEL)),
            )


def _version(namespace: Manifest) -> tuple[float, ...]:
    """The version of the policy that holds, as numbers that can be compared."""
    found = _NUMBERS.fullmatch(str(labels_of(namespace.data).get(ENFORCE_VERSION_LABEL)))
    return (int(found[1]), int(found[2])) if found else _LATEST
