"""Secrets in a text: by their form, by the name before them, by the file that it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.doubtful import doubtful, is_random
from renderer.checks.secrets.forms import in_header, known_secrets
from renderer.checks.secrets.judging import Judgement, accused_if, judge_pair, strongest
from renderer.checks.secrets.names import is_public, words_of
from renderer.checks.secrets.pairs import (
    Language,
    is_comment,
    language_of,
    named_secrets,
)
from renderer.checks.secrets.tables import in_table
from renderer.checks.secrets.values import decoded, is_invented, is_literal, surely_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    _Span = tuple[int, int, str, Judgement]

NAMED = "a literal value where the name says secret"
_ACCESS_KEY = "an AWS access key"

# Files in which a secret has no name before it, by the end of their names.
_FILES = (
    (
        "pgpass",
        "a password of .pgpass",
        re.compile(r"^(?!#)(?:[^:\n]*:){4}([^\n]+)$", re.MULTILINE),
    ),
    # userlist.txt, without its ending; SCRAM stores what nobody can log in with.
    (
        "userlist",
        "a password of PgBouncer",
        re.compile(r'^"[^"\n]*"[ \t]+"(?!SCRAM-)([^"\n]+)"', re.MULTILINE),
    ),
    ("netrc", "a password of .netrc", re.compile(r"\bpassword\s+(\S+)")),
    ("erlang.cookie", "a cookie of Erlang", re.compile(r"\A\s*(\S+)\s*\Z")),
    ("htdigest", "the hash of a password", re.compile(r"(?m)^[^:\n]+:[^:\n]+:([0-9a-f]{32})$")),
    *(
        (name, "a key of time", re.compile(r"(?m)^\d+[ \t]+[A-Z]\w*[ \t]+(?:HEX:|ASCII:)?(\S+)"))
        for name in ("ntp.keys", "chrony.keys")
    ),
)
_SHORT = 200  # characters
_VALUE = re.compile(r"[^\s\"'`,;]{1,300}")


class Found(NamedTuple):
    """What is hidden in a text: its first and last line, counted from 1, and what it is.

    The lines are 0 where the text has only one. Not all of it is accused.
    """

    line: int
    last: int
    what: str
    judgement: Judgement


def secrets_in(name: str, text: str, language: Language | None = None) -> tuple[Found, ...]:
    """The secrets in a value with the name of its variable, field or file, or that it is itself.

    Without a language it is that of the name of a file.
    """
    return (_short if len(text) < _SHORT else _long)(name, text, language)


def _secrets_in(name: str, text: str, language: Language | None) -> tuple[Found, ...]:
    is_line = "\n" not in text.rstrip("\n")
    whole = judge_pair(name, text) if is_line and name else Judgement.NONE
    named = (Found(0, 0, NAMED, whole),) if whole else ()
    if whole is Judgement.ACCUSED:
        return named
    found = (*named, *_in_text(name, text, language or language_of(name, text)))
    sure = judgement_of(found)
    inner = decoded(text) if sure is not Judgement.ACCUSED else ""
    if inner:
        judgement = judgement_of(_secrets_in("", inner, Language.SETTINGS))
        if judgement > sure:
            return (Found(0, 0, "base64 of a secret", judgement),)
    return found


def judgement_of(found: Iterable[Found]) -> Judgement:
    """The judgement of a text by what is found in it."""
    return strongest(one.judgement for one in found)


# Clusters of one fleet set the same variables to the same values over and over.
_short = lru_cache(maxsize=8192)(_secrets_in)
_long = lru_cache(maxsize=64)(_secrets_in)


def _in_text(name: str, text: str, language: Language) -> Iterator[Found]:
    long = "\n" in text.rstrip("\n")
    for offset, end, what, judgement in sorted(_spans(name, text, language)):
        line = text.count("\n", 0, offset) + 1 if long else 0
        yield Found(line, line + text.count("\n", offset, end) if long else 0, what, judgement)


def _spans(name: str, text: str, language: Language) -> Iterator[_Span]:
    for one in known_secrets(text):
        # What only explains a setting has an invented value; a key or a token is none.
        is_example = not one.is_credential and is_comment(text, one.offset)
        is_id = one.what == _ACCESS_KEY and is_public(_name_of(name, text, one.offset))
        if not is_example and not is_id:
            is_explained = language is Language.SENTENCE and not one.is_credential
            judgement = Judgement.HIDDEN if is_explained else one.judgement
            yield one.offset, one.end, one.what, judgement
    for offset, judgement in named_secrets(text, language):
        if not is_comment(text, offset) or _is_key(text, offset):
            yield offset, offset, NAMED, judgement
    yield from _by_name(name, text)
    for offset, end, what in doubtful(name, text):
        if not is_comment(text, offset):
            yield offset, end, what, Judgement.HIDDEN


def _is_key(text: str, offset: int) -> bool:
    """Whether what stands in a comment is no example: nobody makes up what is random."""
    value = _VALUE.match(text, offset)
    return value is not None and is_random(value[0]) and not is_invented(value[0])


def _by_name(name: str, text: str) -> Iterator[_Span]:
    """Secrets that are one because of the name of the whole: of a header, or of a file."""
    if words_of(name)[-1:] == ("authorization",):
        for one in in_header(text):
            yield one.offset, one.end, one.what, one.judgement
    for offset, judgement in in_table(name, text):
        yield offset, offset, NAMED, judgement
    for end_of_name, what, pattern in _FILES:
        if name.endswith(end_of_name):
            for found in pattern.finditer(text):
                if is_literal(found[1]):
                    yield *found.span(1), what, accused_if(surely_literal(found[1]))


_BEFORE = re.compile(r"([\w.-]+)\\*[\"']?\s*[=:]\s*\\*[\"']?\Z")


def _name_of(name: str, text: str, offset: int) -> str:
    """The name that stands before a value in a text, or that of the whole."""
    before = _BEFORE.search(text, max(0, offset - 80), offset)
    return before[1] if before else name
