"""The nearest right name, for hints."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_MANY = 100  # names to compare with
_ALIKE = 3  # characters that one of more names begins with


def nearest(name: str, known: Iterable[str], *, limit: int = 8) -> str:
    """A hint that names the nearest known name, or the few that there are."""
    names = sorted(set(known))
    close = closest(name, names)
    if close or not names:
        return close
    if len(names) > limit:
        return "there are " + ", ".join(names[:limit]) + f" and {len(names) - limit} more"
    return "there is only " + names[0] if len(names) == 1 else "there are " + ", ".join(names)


def closest(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known name, whatever its case; empty if none is near."""
    names = {name.lower(): name for name in sorted(set(known))}
    if len(names) > _MANY:  # to compare with each would take seconds for each missing name
        start = name.lower()[:_ALIKE]
        alike = [one for one in names if one.startswith(start)]
        names = {one: names[one] for one in alike[:_MANY]}
    if not names:
        return ""
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]}?" if close else ""
