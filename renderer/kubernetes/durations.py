"""Durations as Go writes them, and so Kubernetes: 90s, 1h30m (time, Duration)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

_UNITS = {"ms": "0.001", "s": "1", "m": "60", "h": "3600"}
_PART = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)"


@cache  # when a duration is first met: not at every start
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(rf"(?:{_PART})+"), re.compile(_PART)


def seconds(duration: Any) -> Decimal | None:
    """The seconds of a duration; None for what is none."""
    from decimal import Decimal

    whole, part = _patterns()
    if not isinstance(duration, str) or not whole.fullmatch(duration):
        return None
    return sum(
        (Decimal(number) * Decimal(_UNITS[unit]) for number, unit in part.findall(duration)),
        Decimal(0),
    )
