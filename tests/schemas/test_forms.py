"""The forms of single values that validation asks for beyond the types of fields."""

from __future__ import annotations

import pytest

from renderer.checks.schema.formats import FORMATS


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
