"""The forms of single values that validation asks for beyond the types of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from renderer.checks.schema.custom_formats import CUSTOM_FORMATS
from renderer.checks.schema.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("name", "fine", "wrong"),
    [
        ("cidr", ["10.0.0.0/8", "::/0"], ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "a/8"]),
        ("env-name", ["A", "a.b-c/d", "1 2"], ["A=B", "Ä", "a\n"]),
        ("file-mode", [0, 0o644, 0o777], [644, 755, -1]),
        ("host", ["a.example.com", "*.example.com"], ["http://a", "a:80", "A.b", "10.0.0.1", "*"]),
        ("int-or-percent", [0, 3, "25%", "150%"], [-1, "25", "-1%", "1.5%", "%"]),
        ("ip", ["10.0.0.1", "::1", "010.0.0.1"], ["10.0.0.300", "localhost"]),
        ("no-outer-blanks", ["web:1"], [" web:1", "web:1 ", "web:1\n"]),
        ("port", [80, 65535, "http", 0], [70000, -1, "80", "HTTP", "a--b"]),
        ("relative-path", ["a/b", "a..b", "./a"], ["/a", "../a", "a/../b"]),
        ("tls-host", ["a.example.com", "10.0.0.1"], ["https://a"]),
        (
            "cron",
            [
                *(
                    "30 2 * * 1-5",
                    "*/15 * * * *",
                    "0 0 1,15 * ?",
                    "0 22 * JAN mon-FRI",
                    "1,,2 * * * *",
                ),
                *(
                    "5/15 * * * *",
                    "@daily",
                    "@every 1h30m",
                    "00 05 * * *",
                    " 0 0 * * * ",
                    "*-5 * * * *",
                ),
            ],
            [
                *("* * * *", "0 0 * * * *", "60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 * 13 *"),
                *(
                    "0 0 * * 7",
                    "0 0 * * SUNDAY",
                    "10-5 * * * *",
                    "*/0 * * * *",
                    "@Daily",
                    "@every 1d",
                ),
                *("TZ=UTC 0 0 * * *", "H * * * *", "-1 * * * *", "1- * * * *", ""),
            ],
        ),
    ],
)
def test_forms(name: str, fine: list[str | int], wrong: list[str | int]) -> None:
    assert [one for one in fine if FORMATS[name](one)] == []
    assert [one for one in wrong if not FORMATS[name](one)] == []


@pytest.mark.parametrize(
    ("name", "fine", "wrong"),
    [
        ("byte", ["aGk=", "aGkh"], ["", "aGk", "aGk=\n"]),
        ("cidr", ["10.0.0.1/8", "010.0.0.0/08"], ["10.0.0.0", "fe80::1%a/64", "10.0.0.0/-1"]),
        ("date", ["2024-02-29", "0000-01-01"], ["2023-02-29", "2024-2-9", "2024-00-01", ""]),
        ("date-time", ["2024-02-29t10:00:00.5z"], ["2024-02-30T10:00:00Z", "24:00:00Z", "t"]),
        ("duration", ["0", "-1.5h", "5 days", "3 µs"], ["7", "", "1 fortnight", "h"]),
        ("hostname", ["a", "a.b-c.example.com", "é"], ["a-b-c", "-a", "a_b", "a.b", "a." * 200]),
        ("ipv4", ["010.0.0.1", "::ffff:10.0.0.1"], ["::1", "10.0.0", "a."]),
        ("ipv6", ["::1", "::ffff:10.0.0.1"], ["fe80::1%eth0", "10.0.0.1", "::ffff:010.0.0.1"]),
        ("mac", ["00:00:5e:00:53:01", "0000.5E00.5301"], ["00:00:5e", "00:00-5e:00:53:01"]),
        ("uri", ["/x", "https://example.com", "mailto:a b"], ["example.com", "", "/a\tb"]),
        ("uuid", ["0B8B4A4E0D4C4A649C1C0D2F6C0A7D11"], ["0b8b", "0b8b4a4e-0d4c-4a64-9c1c"]),
    ],
)
def test_formats_of_definitions(name: str, fine: list[str], wrong: list[str]) -> None:
    """What an API server said; e2e/test_formats.py asks it more."""
    assert [one for one in fine if CUSTOM_FORMATS[name](one)] == []
    assert [one for one in wrong if not CUSTOM_FORMATS[name](one)] == []


_NUMBERS = ("file-mode", "int32", "int64")
_OF_STRINGS = [
    pytest.param(check, id=f"{where}-{name}")
    for where, formats in (("built-in", FORMATS), ("custom", CUSTOM_FORMATS))
    for name, check in formats.items()
    if name not in _NUMBERS
]


@pytest.mark.parametrize("check", _OF_STRINGS)
def test_long_strings_have_a_verdict_at_once(check: Callable[[str], str]) -> None:
    """In linear time: a pattern that begins anew at each place would take minutes."""
    for piece in ("1", "a", "1 ", "a-", "a.", "1:", "1,", "aGk", "%", "\n", "../"):
        for end in ("", "!", "1"):
            check(piece * 50_000 + end)
