"""Secrets that are recognized by their own form, wherever they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.doubtful import is_random
from renderer.checks.secrets.judging import Judgement, accused_if
from renderer.checks.secrets.names import is_label
from renderer.checks.secrets.programs import ANY, COMMANDS, LINES, STATEMENTS, WORD
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.tokens import TOKENS
from renderer.checks.secrets.values import is_invented, is_literal, surely_literal

if TYPE_CHECKING:
    from collections.abc import Iterator


class Known(NamedTuple):
    """What is recognized: the offset and end of the secret in the text, and what it is.

    A `credential` is a key or token, which nobody invents to explain something; a password may be
    an example.
    """

    offset: int
    end: int
    what: str
    is_credential: bool
    judgement: Judgement


_IN_URL = "a password in a URL"
_FOR_USER = "a token in a URL"
# How URLs are explained: by words for a user and a password, or for a host.
_EXPLAINED = re.compile(
    r"(?i)(?:[a-z\d+.-]*:)?//(?:(?:login|name|user|username):(?:pass|password|passwd|pw|pwd)@"
    r"|([a-z]+):\1@example"
    r"|[^\s@]{1,300}@(?:db|database|your)?[-_]?(?:address|host(?:name)?|server)[:/])"
)
_REST = re.compile(r"[\w+/=-]{1,300}")
# What is looked for first is a text: that is fast. Where a form has a group, that is the secret,
# and it must be a literal.
_PASSWORDS = (
    # The password stands between the colon and the last @ before the host. Of two letters is the
    # region of an account.
    ("//", _IN_URL, r"//(?<![\w/]//)[^\s:/@\"'`<>]*:([^\s/\"'`<>]{3,})@(?=[\w\[$%{./?-])"),
    # The user alone is a token: https://TOKEN@host.
    ("//", _FOR_USER, r"//(?<![\w/]//)([\w.-]{20,300})@(?=[\w\[.-])"),
    ("=", _IN_URL, r"[?&;](?i:password|passwd|pwd|sslpassword)=([^\s&;#\"'`<>]+)"),
    ("@tcp(", "a password in an address", r"[\w-]:([^\s@:/\"'`]+)@tcp\("),
    ("jdbc:oracle:", _IN_URL, r"jdbc:oracle:\w{1,20}:[^/\s\"']{1,200}/([^@\s\"']+)@"),
    ("login ", "a password of .netrc", r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)"),
)
_IN_HEADER = "an HTTP credential"
_HEADER = (
    r"(?:Bearer|Basic|Token|token|ApiKey)\s+"
    r"(?![a-z_-]+(?:[\s\"'\\,;]|\Z))([^\s\"'\\,;]{3,})"  # a word is what to put there
)
_IN_HEADERS = (
    (
        "Basic ",
        _IN_HEADER,
        r"\bBasic\s+(?=\w*[a-z\d][A-Z])[A-Za-z0-9+/]{12,}={0,2}(?![\w+/=])",
    ),
    ("Bearer ", _IN_HEADER, r"\bBearer\s+[\w.~+/-]{20,}"),
)
_FORMS = (
    *((start, what, form, False) for start, what, form in _PASSWORDS),
    *(
        (word, "a password in a statement", form, False)
        for upper, form in STATEMENTS
        for word in (upper, upper.lower(), upper.capitalize())
    ),
    *(
        (start, what, form.format(any=ANY, word=WORD), False)
        for what, forms in (
            ("a password in settings", LINES),
            ("a password in a command", COMMANDS),
        )
        for start, form in forms
    ),
    (
        "uthorization",
        _IN_HEADER,
        rf"\b(?i:authorization)\\*[\"']?\s*[:=]\s*\\*[\"']?{_HEADER}",
        False,
    ),
    *((start, what, form, True) for start, what, form in (*TOKENS, *_IN_HEADERS)),
)


def known_secrets(text: str) -> Iterator[Known]:
    """Secrets that are recognized by their form, those of one form in the order of the text."""
    for start, what, form, is_credential in _FORMS:
        if start in text:
            # Compiled when first needed: all of them would take longer than most checks.
            for found in re.finditer(form, text):
                judgement = _judge(found, what)
                if judgement:
                    span = found.span(found.re.groups and 1)
                    yield Known(*span, what, is_credential, judgement)


def in_header(text: str) -> Iterator[Known]:
    """The credential in the value of a header called Authorization."""
    found = re.match(_HEADER, text)
    if found and (judgement := _judge(found, _IN_HEADER)):
        yield Known(*found.span(1), _IN_HEADER, is_credential=False, judgement=judgement)


def _judge(found: re.Match[str], what: str) -> Judgement:
    """The judgement of a match, which may be an example of its form."""
    if not found.re.groups:
        if is_invented(found[0]):
            return Judgement.NONE
        rest = _REST.match(found.string, found.end())  # of a webhook, which may be a mask
        is_masked = rest is not None and is_invented(rest[0])
        return accused_if(surely_literal(found[0]) and not is_masked and _is_made(found[0], what))
    if not is_literal(found[1]) or is_label(found[1]):
        return Judgement.NONE
    if what == _FOR_USER and not is_made(found[1]):
        return Judgement.NONE
    if what == _FOR_USER and not is_random(found[1]):
        return Judgement.HIDDEN  # an id, as in a DSN of Sentry, which browsers are given
    is_explained = what == _IN_URL and _EXPLAINED.match(found.string, found.start()) is not None
    return accused_if(surely_literal(found[1]) and not is_explained and _is_made(found[1], what))


def _is_made(secret: str, what: str) -> bool:
    """Whether what stands in a header is no word: `Bearer token`, `Basic authentication`."""
    return what != _IN_HEADER or is_made(secret.split()[-1])
