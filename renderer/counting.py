"""Numbers with their nouns, in messages."""

from __future__ import annotations


def plural(noun: str, number: int) -> str:
    """The noun for so many of it."""
    return noun if number == 1 else f"{noun}s"


def counted(number: int, noun: str) -> str:
    """So many of it: `1 item`, `2 items`."""
    return f"{number} {plural(noun, number)}"
