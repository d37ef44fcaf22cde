"""What a plain scalar means to kustomize (go-yaml v3) and to kubectl (go-yaml v2).

The rules are those of `resolve.go` in go.yaml.in/yaml v2 and v3, and of Go's strconv and
encoding/json, through which kustomize sends every object; measured against kubectl.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Scalar: TypeAlias = "bool | int | float | str | None"

INT_MIN, INT_MAX, UINT_MAX = -(2**63), 2**63 - 1, 2**64 - 1

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_BOOLS: dict[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NOT_IN_JSON = frozenset(
    sign + word
    for sign, words in {
        "": (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"),
        "+": (".inf", ".Inf", ".INF"),
        "-": (".inf", ".Inf", ".INF"),
    }.items()
    for word in words
)
# Every scalar that is not a string begins with one of these; all others need no closer look.
_HINTS = frozenset("+-.0123456789yYnNtTfFoO~")

_INT = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))\Z")
_DIGITS = re.compile(r"[-+]?[1-9][0-9_]*\Z", re.ASCII)
_SHORTEST_WIDE, _LONGEST_INT = 20, 21  # characters of integers that may, or can, not be of 64 bits
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_DOT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?\Z")
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:([Tt]| +)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?"
    r"(Z|[-+][0-9]{2}:[0-9]{2})?)?\Z"
)


class NotJsonError(ValueError):
    """The scalar is a number that JSON cannot carry: an infinity or not-a-number."""


@lru_cache(maxsize=1 << 14)
def kustomize_value(text: str) -> Scalar:
    """The value of an untagged plain scalar as kustomize reads it.

    Raises NotJsonError for infinities and not-a-number. Dates become the string that Go's
    time.Time has in JSON, as in kustomize's output.
    """
    if text and text[0] not in _HINTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_IN_JSON:
        raise NotJsonError(text)
    moment = timestamp(text)
    if moment is not None:
        return moment
    number = _number(text, octal_prefix_sign=True)
    return text if number is None else number


@lru_cache(maxsize=1 << 14)
def printed_value(text: str) -> Scalar:
    """The value of a plain scalar that go-yaml v2 printed, hence what kustomize meant by it."""
    if text in _OLD_BOOLS:
        return _OLD_BOOLS[text]
    if text and text[0] not in _HINTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_IN_JSON:
        raise NotJsonError(text)
    if timestamp(text) is not None:
        return text
    number = _number(text, octal_prefix_sign=False)
    return text if number is None else number


def kubectl_value(text: str) -> Scalar:
    """The value of an untagged plain scalar as kubectl reads it; raises NotJsonError likewise.

    Kubernetes holds numbers as int64 or float64; given here with the digits of their JSON.
    """
    value = printed_value(text)
    if type(value) is int and value > INT_MAX:
        return json_number(float(value))
    return value


def is_rounded(text: str) -> bool:
    """Whether a plain scalar is written as an integer, and read as another number or a float."""
    if len(text) < _SHORTEST_WIDE or not _DIGITS.match(text):
        return False
    digits = text.replace("_", "")
    return len(digits) > _LONGEST_INT or not INT_MIN <= int(digits) <= UINT_MAX


def needs_quotes(text: str) -> bool:
    """Whether kustomize's writer never leaves this string plain: it would be read as another."""
    if text and text[0] not in _HINTS:
        return False
    if text in _WORDS or text in _OLD_BOOLS or text in _NOT_IN_JSON:
        return True
    if text[0] not in "+-.0123456789":
        return False
    return (
        _number(text, octal_prefix_sign=False) is not None
        or timestamp(text) is not None
        or _BASE60.match(text) is not None
    )


def _number(text: str, *, octal_prefix_sign: bool) -> int | float | None:
    """The number that a plain scalar is, or None: resolve.go's cases '.', 'D' and 'S'."""
    if text[0] == ".":
        return _float(text.replace("_", "")) if _DOT_FLOAT.match(text) else None
    if text[0] not in "+-0123456789":
        return None
    plain = text.replace("_", "")
    whole = _integer(plain)
    if whole is not None:
        return whole
    if _FLOAT.match(plain):
        return _float(plain)
    return _signed_after_prefix(plain, octal=octal_prefix_sign)


def _integer(plain: str) -> int | None:
    """strconv.ParseInt(base 0), then ParseUint, which knows no sign."""
    match = _INT.match(plain)
    if match is None:
        return None
    sign, hexa, binary, octal, decimal = match.groups()
    if hexa is not None:
        value = int(hexa, 16)
    elif binary is not None:
        value = int(binary, 2)
    elif octal is not None:
        value = int(octal, 8)
    elif len(decimal) > 20:
        return None
    else:
        value = int(decimal)
    if sign:
        value = -value if sign == "-" else value
        return value if INT_MIN <= value <= INT_MAX else None
    return value if value <= UINT_MAX else None


def _signed_after_prefix(plain: str, *, octal: bool) -> int | None:
    """0b-11 is a number to both readers and 0o-7 to kustomize's: a leftover in resolve.go."""
    if plain[:2] == "0b" or (octal and plain[:2] == "0o"):
        base = 2 if plain[1] == "b" else 8
        digits = plain[2:]
        if digits[:1] in ("+", "-") and digits[1:].isascii() and digits[1:].isdigit():
            try:
                value = int(digits, base)
            except ValueError:
                return None
            return value if INT_MIN <= value <= INT_MAX else None
    return None


def _float(plain: str) -> int | float | None:
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        return None  # strconv.ParseFloat reports a range error: the scalar stays a string
    return json_number(value)


def json_number(value: float) -> int | float:
    """A float as it comes back from Go's JSON: integral below 1e21 is written as an integer."""
    if value == 0:
        return 0
    if abs(value) >= 1e21 or value != value // 1:
        return value
    digits, _, exponent = repr(value).partition("e")  # the shortest that give this float
    whole, _, fraction = digits.partition(".")
    if not exponent:
        return int(whole)
    return int((whole + fraction).ljust(int(exponent) + len(whole), "0"))


def timestamp(text: str) -> str | None:
    """The RFC 3339 text of a scalar that go-yaml takes for a point in time, else None.

    Raises NotJsonError for a zone that Go parses and then refuses to print.
    """
    if len(text) < 8 or text[4] != "-":
        return None
    match = _TIMESTAMP.match(text)
    if match is None:
        return None
    year, month, day, letter, hour, minute, second, fraction, zone = match.groups()
    if (zone is None) == (letter in ("T", "t")):
        return None
    if not _is_day(int(year), int(month), int(day)):
        return None
    head = f"{year}-{int(month):02d}-{int(day):02d}T"
    if letter is None:
        return head + "00:00:00Z"
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    suffix = _zone(zone or "Z")
    if suffix is None:
        return None
    nanoseconds = (fraction or "")[:9].rstrip("0")
    tail = "." + nanoseconds if nanoseconds else ""
    return f"{head}{int(hour):02d}:{int(minute):02d}:{int(second):02d}{tail}{suffix}"


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year or 4, month, day)  # Go knows a leap year 0, Python does not
    except ValueError:
        return False
    return True


def _zone(zone: str) -> str | None:
    """A zone as Go prints it; it parses up to 24 hours and 60 minutes, as some standards do."""
    if zone == "Z":
        return zone
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 24 or minutes > 60:
        return None
    hours, minutes = divmod(hours * 60 + minutes, 60)
    if hours > 23:
        raise NotJsonError(zone)
    return f"{zone[0]}{hours:02d}:{minutes:02d}" if hours or minutes else "Z"
