"""What begins with a backslash, or is a class by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.expressions.classes import PERL, POSIX, by_property, folded, none_of
from renderer.expressions.error import ExpressionError

if TYPE_CHECKING:
    from renderer.expressions.program import Accepts

_PROPERTY = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|(.?))", re.DOTALL)
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_HEXADECIMAL = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST = 0x10FFFF


def class_at(text: str, at: int, *, folds: bool) -> tuple[Accepts, int] | None:
    """The class that an escape at this place means (\\d, \\pL), and where it ends; or None."""
    if not text.startswith("\\", at):
        return None
    letter = text[at + 1 : at + 2]
    if letter in ("p", "P"):
        return _property(text, at, folds=folds)
    if letter.lower() not in PERL or not letter:
        return None
    accepts = PERL[letter.lower()]
    accepts = folded(accepts) if folds else accepts
    return (none_of(accepts) if letter.isupper() else accepts), at + 2


def _property(text: str, at: int, *, folds: bool) -> tuple[Accepts, int]:
    found = _PROPERTY.match(text, at)
    accepts = by_property(found[4] if found[3] is None else found[3]) if found else None
    if found is None or accepts is None:
        what = found[0] if found else text[at:]
        raise ExpressionError(f"{what} is no general category of characters")
    accepts = folded(accepts) if folds else accepts
    is_negated = (found[1] == "P") != bool(found[2])
    return (none_of(accepts) if is_negated else accepts), found.end()


def named_class_at(text: str, at: int, *, folds: bool) -> tuple[Accepts, int] | None:
    """The class that a name means inside brackets ([:alpha:]), and where it ends; or None."""
    end = text.find(":]", at + 2) if text.startswith("[:", at) else -1
    if end < 0:
        return None
    name = text[at + 2 : end]
    accepts = POSIX.get(name.removeprefix("^"))
    if accepts is None:
        raise ExpressionError(f"[:{name}:] is no class")
    accepts = folded(accepts) if folds else accepts
    return (none_of(accepts) if name.startswith("^") else accepts), end + 2


def escape_at(text: str, at: int) -> tuple[str, int]:
    """The character that an escape at this place means, and where it ends."""
    char = text[at + 1 : at + 2]
    if not char:
        raise ExpressionError("a \\ stands at the end")
    if char in _CONTROLS:
        return _CONTROLS[char], at + 2
    if char.isascii() and not char.isalnum():
        return char, at + 2
    octal = _OCTAL.match(text, at)
    if octal:
        return chr(int(octal[1], 8)), octal.end()
    hexadecimal = _HEXADECIMAL.match(text, at)
    if hexadecimal:
        number = int(hexadecimal[1] or hexadecimal[2], 16)
        if number <= _LAST:
            return chr(number), hexadecimal.end()
    if char in "123456789":
        raise ExpressionError(f"\\{char} refers back to a group, which Go's cannot")
    raise ExpressionError(f"\\{char} is no escape that Go knows")
