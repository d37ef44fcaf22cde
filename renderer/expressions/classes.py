"""Classes of characters, and letters that differ in their case only."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renderer.expressions.program import Accepts

_LAST_WITH_CASE = 0x1E943  # of all characters, the last that has another case


def between(first: str, last: str) -> Accepts:
    """The characters from one to another, by their numbers."""
    return lambda char: first <= char <= last


def one_of(classes: Iterable[Accepts]) -> Accepts:
    """The characters of all these classes."""
    found = (*classes,)
    return found[0] if len(found) == 1 else lambda char: any(one(char) for one in found)


def none_of(accepts: Accepts) -> Accepts:
    """The characters that a class does not hold."""
    return lambda char: not accepts(char)


def folded(accepts: Accepts) -> Accepts:
    """The characters of a class in any case."""
    return lambda char: any(map(accepts, _cases().get(char, char)))


@lru_cache(maxsize=1)
def _cases() -> Mapping[str, str]:
    """All characters that are one letter but for the case, by each of them: k, K and the Kelvin.

    Unicode's simple folding, for which Python has no table of its own.
    """
    groups: dict[str, str] = {}
    for number in range(_LAST_WITH_CASE + 1):
        char = chr(number)
        key = next((one for one in (char.casefold(), char.lower()) if len(one) == 1), char)
        groups[key] = groups.get(key, "") + char
    return {char: group for group in groups.values() if len(group) > 1 for char in group}


def _ascii(*ranges: str) -> Accepts:
    return one_of(between(one[0], one[-1]) for one in ranges)


PERL = {"d": _ascii("09"), "s": _ascii("\t\n", "\f\r", " "), "w": _ascii("09", "AZ", "az", "_")}

POSIX = {
    "alnum": _ascii("09", "AZ", "az"),
    "alpha": _ascii("AZ", "az"),
    "ascii": _ascii("\0\x7f"),
    "blank": _ascii("\t", " "),
    "cntrl": _ascii("\0\x1f", "\x7f"),
    "digit": PERL["d"],
    "graph": _ascii("!~"),
    "lower": _ascii("az"),
    "print": _ascii(" ~"),
    "punct": _ascii("!/", ":@", "[`", "{~"),
    "space": _ascii("\t\r", " "),
    "upper": _ascii("AZ"),
    "word": PERL["w"],
    "xdigit": _ascii("09", "AF", "af"),
}

_CATEGORIES = (
    *("C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn"),
    *("N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps"),
    *("S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs"),
)


def by_property(name: str) -> Accepts | None:
    """The characters of a general category of Unicode (L, Nd), or those of Any, ASCII, Assigned.

    As in Go, neither case nor blanks, - and _ in the name count. None for what is not known.
    """
    name = "".join(char for char in name if char not in "_- ").capitalize()
    match name:
        case "Any":
            return lambda _: True
        case "Ascii":
            return POSIX["ascii"]
        case "Assigned":
            return lambda char: unicodedata.category(char) != "Cn"
        case "Lc":
            return lambda char: unicodedata.category(char) in ("Ll", "Lt", "Lu")
    if name not in _CATEGORIES:
        return None
    return lambda char: unicodedata.category(char).startswith(name)
