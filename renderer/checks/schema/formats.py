"""The forms of scalar values that the API server insists on, by the format a schema names."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from renderer.checks.schema.schedules import wrong_schedule
from renderer.kubernetes.names import LABEL, LONGEST_LABEL, LONGEST_SUBDOMAIN, SUBDOMAIN
from renderer.kubernetes.quantities import QUANTITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # Gives what is wrong with a value, without the value; empty if it is well.
    Check = Callable[[Any], str]

# Kubernetes docs, "Labels and Selectors"; apimachinery's pkg/util/validation is the code.
_WORD = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"


@cache  # when the form is first met: compiling them all takes milliseconds
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that knows no letters and digits but those of ASCII."""
    return re.compile(pattern, re.ASCII)


def form(pattern: str, longest: int, wanted: str) -> Check:
    """The check for strings that match a pattern as a whole and are not longer than `longest`."""

    def check(value: Any) -> str:
        if len(value) > longest:
            return f"{wanted}, and at most {longest} characters"
        return "" if compiled(pattern).fullmatch(value) else wanted

    return check


_DNS_LABEL = form(
    LABEL,
    LONGEST_LABEL,
    "a name here is lower-case letters, digits and '-', with a letter or digit at both ends",
)
_DNS_SUBDOMAIN = form(
    SUBDOMAIN,
    LONGEST_SUBDOMAIN,
    "a name here is lower-case letters, digits, '-' and '.',"
    " with a letter or digit at both ends of each part",
)
_NAME_OF_LABEL = form(
    _WORD, 63, "a key is letters, digits, '-', '_' and '.', with a letter or digit at both ends"
)
_LABEL_VALUE = form(
    f"({_WORD})?",
    63,
    "a label value is letters, digits, '-', '_' and '.', with a letter or digit at both ends",
)
_PORT_NAME = form(
    r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    15,
    "the name of a port is lower-case letters, digits and single '-',"
    " with a letter in it and a letter or digit at both ends",
)
_CONFIG_KEY = form(
    r"(?!\.\.)(?!\.\Z)[-._a-zA-Z0-9]+", 253, "a key here is letters, digits, '-', '_' and '.'"
)
_RESOURCE_NAME = form(
    r"cpu|memory|storage|ephemeral-storage|hugepages-.+|[^/]+/[^/]+",
    317,
    "a resource is cpu, memory, ephemeral-storage, hugepages-<size>, or has a domain before a '/'",
)
_PATH_SEGMENT = form(
    r"(?!\.{1,2}\Z)[^/%]+", 2**31, "a name here holds no '/' and no '%', and is not '.' or '..'"
)

_DATE = r"(\d{4})-(\d\d)-(\d\d)"
WANTED_TIME = "a time is written as 2006-01-02T15:04:05Z"
_TIME = form(
    rf"{_DATE}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?([Zz]|[-+]\d\d:\d\d)",
    2**31,
    WANTED_TIME,
)


def _time(value: Any) -> str:
    return _TIME(value) or ("" if is_date(value[:10]) else WANTED_TIME)


def is_date(value: str) -> bool:
    """Whether it is a day of the calendar, as 2006-01-02."""
    from calendar import monthrange  # only where there is such a field

    found = compiled(_DATE).fullmatch(value)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    # The Gregorian calendar repeats after 400 years, and Python's begins with 1.
    return 1 <= month <= 12 and 1 <= day <= monthrange(year % 400 + 400, month)[1]


_WANTED_QUANTITY = "a quantity is a number with a suffix, as 500m, 1.5, 2Gi"
_QUANTITY = form(QUANTITY, 2**31, _WANTED_QUANTITY)


def _quantity(value: Any) -> str:
    if type(value) is str:
        return _QUANTITY(value)
    return "" if type(value) in (int, float) else _WANTED_QUANTITY


def _integer(bits: int) -> Check:
    largest = 2 ** (bits - 1) - 1

    def check(value: Any) -> str:
        if type(value) is not int or -largest - 1 <= value <= largest:
            return ""
        return f"the number does not fit into {bits} bits"

    return check


def _base64(value: Any) -> str:
    import binascii  # only where there is such a field: a Secret's data

    try:
        # Go's decoder passes over line ends, and over nothing else.
        binascii.a2b_base64(re.sub(r"[\r\n]", "", value), strict_mode=True)
    except (ValueError, binascii.Error):
        return "this is not base64"
    return ""


def _qualified_name(value: Any) -> str:
    prefix, slash, name = value.rpartition("/")
    if slash and _DNS_SUBDOMAIN(prefix):
        return "the part before the '/' of a key is a DNS name"
    return _NAME_OF_LABEL(name)


def _port(value: Any) -> str:
    if type(value) is str:
        return _PORT_NAME(value)
    # A Service's targetPort of 0 is none.
    return "" if 0 <= value <= 65535 else "a port is a number from 1 to 65535, or a name"


_PERCENT = form(r"\d+%", 2**31, "this is a number, or one with a percent sign: 1, 25%")


def _int_or_percent(value: Any) -> str:
    if type(value) is str:
        return _PERCENT(value)
    return "" if value >= 0 else "this number must be at least 0"


def _relative_path(value: Any) -> str:
    if value.startswith("/") or ".." in value.split("/"):
        return "a path here does not begin with '/' and has no '..'"
    return ""


def _file_mode(value: Any) -> str:
    if 0 <= value <= 0o777:
        return ""
    return "a mode is between 0000 and 0777 in octal: write 0644 or 420, not 644"


_WANTED_HOST = "a host is a DNS name in lower case, without scheme, port and path"
_HOST = form(rf"(\*\.)?{SUBDOMAIN}", LONGEST_SUBDOMAIN, _WANTED_HOST)


def _host(value: Any) -> str:
    return _WANTED_HOST + ", and no address" if not _ip(value) else _HOST(value)


def _ip(value: Any) -> str:
    try:
        # Where the server always took leading zeros, it still does.
        ipaddress.ip_address(re.sub(r"(?<![\w:])0+(?=\d)", "", value) if "." in value else value)
    except ValueError:
        return "this is not an IP address"
    return ""


WANTED_RANGE = "a range of addresses is written as 10.0.0.0/8"


def _cidr(value: Any) -> str:
    address, _, bits = value.strip().partition("/")
    most = 128 if ":" in address else 32
    if _ip(address) or not (bits.isdecimal() and bits.isascii() and int(bits[:4]) <= most):
        return WANTED_RANGE
    return ""


FORMATS: Mapping[str, Check] = {
    "annotation-key": lambda value: _qualified_name(value.lower()),
    "byte": _base64,
    "cidr": _cidr,
    "config-key": _CONFIG_KEY,
    "cron": wrong_schedule,
    "date-time": _time,
    "dns-label": _DNS_LABEL,
    "dns-subdomain": _DNS_SUBDOMAIN,
    "env-name": form(r"[ -<>-~]+", 2**31, "the name of a variable is printable, without '='"),
    "file-mode": _file_mode,
    "host": _host,
    "int-or-percent": _int_or_percent,
    "int32": _integer(32),
    "int64": _integer(64),
    "ip": _ip,
    "label-key": _qualified_name,
    "label-value": _LABEL_VALUE,
    "no-outer-blanks": form(r"(?!\s).*(?<!\s)", 2**31, "an image has no blank before or after it"),
    "path-segment": _PATH_SEGMENT,
    "port": _port,
    "port-name": _PORT_NAME,
    "quantity": _quantity,
    "relative-path": _relative_path,
    "resource-name": _RESOURCE_NAME,
    "tls-host": _HOST,
    "x-not-empty": lambda value: "" if value else "this must not be empty",
}

# Those that are a part of reading an object; the others are looked at afterwards.
DECODED = frozenset({"byte", "date-time", "int32", "int64", "quantity"})
