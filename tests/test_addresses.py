"""Addresses in messages, without what lets somebody in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.addresses import without_credentials

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:hunter2@host/x", "https://HIDDEN@host/x"),
        ("https://hunter2@host/x", "https://HIDDEN@host/x"),
        ("https://u:hunt/er@2@host/x", "https://HIDDEN@host/x"),
        ("git::https://u:hunter2@host/x", "git::https://HIDDEN@host/x"),
        ("'base/https:/u:hunter2@host/x' is none", "'base/https:/HIDDEN@host/x' is none"),
        ("HTTPS://u:hunter2@host", "HTTPS://HIDDEN@host"),
        ("ssh://git:hunter2@host/x", "ssh://HIDDEN@host/x"),
        ("https://host/x?token=hunter2", "https://host/x?token=HIDDEN"),
        ("https://host/x?hunter2", "https://host/x?HIDDEN"),
        ("https://host/x?ref=v1&sig=hunter2", "https://host/x?ref=v1&sig=HIDDEN"),
    ],
)
def test_what_lets_somebody_in_is_not_shown(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert without_credentials(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@github.com/team/platform.git",
        "git@github.com:team/platform.git",
        f"https://github.com/team/platform//base?ref={COMMIT}&timeout=120",
        "see https://host:8080/x, and https://host/y",
        "image: web:1@sha256:0123",
        "../base/a.yaml",
    ],
)
def test_what_lets_nobody_in_stays(text: str) -> None:
    assert without_credentials(text) == text


@given(st.text(), st.from_regex(r"[a-z]{1,8}(:[^\s'\"<>]{0,8})?", fullmatch=True), st.text())
def test_no_password_is_shown(before: str, user: str, after: str) -> None:
    shown = without_credentials(f"{before} https://{user}hunter2@host/{after}")
    assert shown.count("hunter2") == f"{before}{after}".count("hunter2")
