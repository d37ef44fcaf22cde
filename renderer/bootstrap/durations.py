"""Durations that a user asks for."""

from __future__ import annotations

from renderer.errors import UsageError
from renderer.kubernetes import durations

_LONGEST = 2**63 / 1e9  # Go counts nanoseconds in 64 bits


def seconds(duration: str) -> float:
    """The seconds of "90s" or "1h30m", more than none. Raises UsageError for anything else."""
    total = durations.seconds(duration) or 0
    if not 0 < total < _LONGEST:
        raise UsageError(
            f"{duration!r} is not a duration", hint="a number with ms, s, m or h, as 90s or 1h30m"
        )
    return float(total)
