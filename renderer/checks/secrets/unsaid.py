"""Findings without the values of parameters that are declared secret.

A value that is written into a name, a key or a label would stand in what is said of these: in the
message, the object, the field and the hint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from renderer.json_schema import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renderer.findings import Finding

# What is shorter than the first is no secret; than the second, it may be a part of any word.
_SHORTEST: Final = 4
_ANYWHERE: Final = 8
_WORD: Final = re.compile(r"[a-z]+\Z")


def without_values(
    findings: Iterable[Finding], values: Iterable[Any], composed: Sequence[str]
) -> list[Finding]:
    """The findings with `<hidden>` in the place of each value, and of each text in one.

    A plain word that is in the `composed` texts, as the name of a namespace, stands there by
    chance, and is left.
    """
    found = [*findings]
    texts = {text for value in values for text in _texts(value) if len(text) >= _SHORTEST}
    said = "\n".join(part for one in found for part in _parts(one)) if texts else ""
    hidden = [
        text
        for text in sorted(texts, key=len, reverse=True)
        if text in said and not (_WORD.match(text) and any(text in one for one in composed))
    ]
    if not hidden:
        return found
    pattern = re.compile("|".join(map(_pattern, hidden)))
    return [_without(one, pattern) for one in found]


def _texts(value: Any) -> Iterable[str]:
    """The texts and numbers in a value, as they are and as a JSON Pointer has them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, (str, int, float)) and not isinstance(one, bool):
            yield str(one)
            yield str(one).replace("~", "~0").replace("/", "~1")


def _pattern(text: str) -> str:
    whole = re.escape(text)
    return whole if len(text) >= _ANYWHERE else rf"(?<!\w){whole}(?!\w)"


def _parts(one: Finding) -> tuple[str, str, str, str]:
    return one.message, one.object, one.field, one.hint


def _without(one: Finding, pattern: re.Pattern[str]) -> Finding:
    message, label, field, hint = (pattern.sub(HIDDEN, part) for part in _parts(one))
    return one._replace(message=message, object=label, field=field, hint=hint)
