"""Settings in which only a space is between a name and its value: `rootpw X`, `ENV PASSWORD X`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.secrets.judging import Judgement, accused_if
from renderer.checks.secrets.names import is_label, is_password, says_secret
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.values import is_literal, surely_literal

if TYPE_CHECKING:
    from collections.abc import Iterator

# The end of a name, perhaps the type of what follows (of Cisco), and a word at the end of a line.
_SPACED = re.compile(
    r"(pass(?:word|wd|phrase)?|pw|secret|token|key)[ \t]+(\d{1,2}[ \t]+)?"
    r"[\"']?([^\s\"'`;{}()<>]{4,300})[\"']?[ \t]*;?[ \t]*(?=[\r\n]|\Z)"
)
# A line up to the end of a name: a few words, and the name.
_BEFORE = re.compile(r"[ \t]*(?:[\w.*-]+[ \t]+){0,4}([\w.-]*)\Z")
_JOINED = re.compile(r"[_-]")
_DIGIT = re.compile(r"\d")
_FARTHEST = 200  # characters before a name


def in_spaced(text: str, lower: str) -> Iterator[tuple[int, Judgement]]:
    """Where a value stands behind a space and a name that says secret; `lower` is the text in lower
    case.

    A line of prose may look like it. So the value is one that nobody gives to a thing as its name;
    and the name is that of a password, or of several words.
    """
    for found in _SPACED.finditer(lower):
        end = found.end(1)
        start = max(lower.rfind("\n", 0, end) + 1, end - _FARTHEST)
        before = _BEFORE.match(text, start, end)
        name = before[1] if before else ""
        is_named = is_password(name) or _JOINED.search(name) or found[2]
        value = text[slice(*found.span(3))]
        if is_named and says_secret(name) and _is_secret(value):
            is_sure = _DIGIT.search(value) is not None and surely_literal(value)
            yield found.start(3), accused_if(is_sure)


def _is_secret(value: str) -> bool:
    return is_literal(value) and is_made(value) and not is_label(value) and "://" not in value
