"""The formats of strings in a CustomResourceDefinition that the API server insists on.

apiextensions-apiserver's pkg/apiserver/validation/formats.go names them, kube-openapi's
pkg/validation/strfmt judges them, often through Go's own parsers. Where a parser takes more than
can be said in a few lines, what is doubtful is taken here too.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from renderer.checks.schema.formats import (
    FORMATS,
    WANTED_RANGE,
    WANTED_TIME,
    compiled,
    form,
    is_date,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from renderer.checks.schema.formats import Check

_LONGEST = 2**31

# \p{S} and \p{L} of the original stand for signs and letters of any script.
_SIGN = r"(?:[a-zA-Z0-9$+<=>^`|~]|[^\x00-\x7f])"
_PART = rf"{_SIGN}(?:(?:{_SIGN}|-){{0,61}}{_SIGN})?"
_HOST = rf"{_SIGN}(?:-?{_SIGN}{{0,62}})?|(?:{_PART}\.)+(?:[a-zA-Z]|[^\x00-\x7f]){{2,63}}"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?(z|[-+]\d\d:\d\d)"
_GO_DURATION = r"[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)"
_AMOUNT = r"(?<![0-9])[0-9]+\s*([A-Za-zµ]+)"
# Of the last word for each unit only the beginning counts.
_UNIT = r"(?i)ns|[uµ]s|ms|s|m|hr?|d|wk?|(nano|micro|milli|sec|min|hour|day|week).*"
_URI = r"(/|[a-zA-Z][a-zA-Z0-9+.-]*:)[^\x00-\x1f\x7f]*|\*"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|==)|[A-Za-z0-9+/]{3}=)"
_MAC = r"(?i)[0-9a-f]{2}(?:(?::[0-9a-f]{2})+|(?:-[0-9a-f]{2})+)|[0-9a-f]{4}(?:\.[0-9a-f]{4})+"


def _text(is_right: Callable[[str], Any], wanted: str) -> Check:
    return lambda value: "" if is_right(value) else wanted


def _is_host(value: str) -> bool:
    return len(value) <= 255 and bool(compiled(_HOST).fullmatch(value))


def _is_address(value: str) -> bool:
    return "%" not in value and not FORMATS["ip"](value)


def _is_ipv4(value: str) -> bool:
    """An address in IPv4's notation, which may be mapped into IPv6."""
    head, colon, tail = value.rpartition(":")
    return "." in tail and _is_address(head + colon + re.sub(r"\b0+(?=\d)", "", tail))


def _is_ipv6(value: str) -> bool:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return "%" not in value


def _is_range(value: str) -> bool:
    address, _, bits = value.partition("/")
    most = 128 if ":" in address else 32
    is_number = bits.isdecimal() and bits.isascii()
    return _is_address(address) and is_number and int(bits[:9]) <= most


def _is_time(value: str) -> bool:
    day, *rest = value.lower().split("t")
    return is_date(day) and bool(rest) and bool(compiled(_CLOCK).fullmatch(rest[0]))


def _is_duration(value: str) -> bool:
    if compiled(_GO_DURATION).fullmatch(value):
        return True
    units = (found.group(1) for found in compiled(_AMOUNT).finditer(value))
    return any(map(compiled(_UNIT).fullmatch, units))


def _uuid(third: str = "[0-9a-f]", fourth: str = "[0-9a-f]") -> Check:
    pattern = rf"(?i)[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{third}[0-9a-f]{{3}}-?{fourth}[0-9a-f]{{3}}-?"
    return form(rf"{pattern}[0-9a-f]{{12}}", _LONGEST, "this is not a UUID of the version wanted")


def _is_mac(value: str) -> bool:
    digits = re.sub("[:.-]", "", value)
    return len(digits) in (12, 16, 40) and bool(compiled(_MAC).fullmatch(value))


CUSTOM_FORMATS: Mapping[str, Check] = {
    **{name: FORMATS[name] for name in ("int32", "int64", "x-not-empty")},
    "byte": form(_BASE64, _LONGEST, "this is not base64"),
    "cidr": _text(_is_range, WANTED_RANGE),
    "date": _text(is_date, "a date is written as 2006-01-02"),
    "date-time": _text(_is_time, WANTED_TIME),
    "datetime": _text(_is_time, WANTED_TIME),
    "duration": _text(_is_duration, "a duration is written as 30s, 5m or 1h30m"),
    "hostname": _text(_is_host, "this is not the name of a host"),
    "ipv4": _text(_is_ipv4, "this is no IPv4 address"),
    "ipv6": _text(_is_ipv6, "this is no IPv6 address"),
    "mac": _text(_is_mac, "this is not a MAC address"),
    "uri": form(_URI, _LONGEST, "a URI here has a scheme, or begins with '/'"),
    "uuid": _uuid(),
    "uuid3": _uuid(third="3"),
    "uuid4": _uuid(third="4", fourth="[89ab]"),
    "uuid5": _uuid(third="5", fourth="[89ab]"),
}
