"""Durations as Go, and so Kubernetes' tools, write them."""

from __future__ import annotations

import re

from renderer.errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_LONGEST = 2**63 / 1e9  # Go counts nanoseconds in 64 bits
_DURATION = re.compile(rf"(?:{_PART.pattern})+")


def seconds(duration: str) -> float:
    """The seconds of "90s" or "1h30m", more than none. Raises UsageError for anything else."""
    total = 0.0
    if _DURATION.fullmatch(duration):
        total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration))
    if not 0 < total < _LONGEST:
        raise UsageError(
            f"{duration!r} is not a duration", hint="a number with ms, s, m or h, as 90s or 1h30m"
        )
    return total
