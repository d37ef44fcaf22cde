"""What goes with an object that goes."""

from __future__ import annotations

from typing import NamedTuple

from renderer.impacts.model import Impact


class Lost(NamedTuple):
    """What goes with an object; predicted where it is up to a controller that nobody knows here."""

    reason: str
    hint: str = "keep it; or copy the data first"
    impact: Impact = Impact.LOSES_DATA
    is_predicted: bool = False
