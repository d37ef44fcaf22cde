"""Regular expressions as kustomize reads them: those of Go (RE2), matched in linear time.

Python's own differ in what they mean (`$`, `\\d`, classes), in what they accept (lookahead,
back-references, possessive repetition), and in that a short one can take them years; engines in
C++ have no wheels for some systems. Little is needed here: whether a whole name matches.

The language is that of Go's regexp/syntax but for these: classes by script (`\\p{Greek}`) are
refused, and so is what is very long or nests very deeply; in Go the limits are wider.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from renderer.expressions.error import ExpressionError

if TYPE_CHECKING:
    from renderer.expressions.matching import Matcher

__all__ = ["ExpressionError", "check", "matches"]

_NAME = re.compile(r"[\w.-]*", re.ASCII)  # in which nothing but the dot has a meaning


def check(expression: str) -> None:
    """Raises ExpressionError for what Go's regexp, or kustomize, refuses."""
    if not _NAME.fullmatch(expression):
        _matcher(expression)


def matches(expression: str, text: str) -> bool:
    """Whether the whole text matches; the empty expression matches all, as a target's does.

    Raises ExpressionError.
    """
    if not expression:
        return True
    if _NAME.fullmatch(expression):  # most are plain names
        return expression == text or ("." in expression and _fits(expression, text))
    return _matcher(expression).matches(text)


def _fits(name: str, text: str) -> bool:
    """Whether a text differs from a name only where that has a dot."""
    return len(name) == len(text) and all(
        one == other or (one == "." and other != "\n")
        for one, other in zip(name, text, strict=True)
    )


@lru_cache(maxsize=256)
def _matcher(expression: str) -> Matcher:
    from renderer.expressions.matching import Matcher  # names, as most are, need none
    from renderer.expressions.parsing import parse

    return Matcher(parse(expression))
