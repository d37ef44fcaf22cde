"""Quantities of resources: 500m, 1.5, 2Gi, 1e3 (apimachinery's pkg/api/resource, Quantity)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

QUANTITY = r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?\s*"

_POWERS = {"n": -9, "u": -6, "m": -3, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_LARGEST_EXPONENT = 3  # digits; what is beyond is no amount of anything


@cache  # when a quantity is first met: not at every start
def _pattern() -> re.Pattern[str]:
    return re.compile(QUANTITY, re.ASCII)


def amount(quantity: Any) -> Decimal | None:
    """The number that a quantity means; None for what is none, or is beyond all measure."""
    from decimal import Decimal

    if type(quantity) not in (int, float, str):
        return None
    found = _pattern().fullmatch(str(quantity))
    if not found:
        return None
    number, suffix = Decimal(found[1]), found[2]
    if not suffix:
        return number
    if suffix.endswith("i"):
        return number * Decimal(1024) ** (_POWERS[suffix[0]] // 3)
    if suffix in _POWERS:
        return number.scaleb(_POWERS[suffix])
    exponent = suffix[1:]
    if len(exponent.lstrip("+-")) > _LARGEST_EXPONENT:
        return None
    return number.scaleb(int(exponent))
