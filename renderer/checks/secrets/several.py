"""Values below the name of all, in settings that are a text.

That is `tokens: [a, b]`, or `passwords:` and lines below it, each perhaps behind whose it is.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.judging import Judgement, judge_of_all
from renderer.checks.secrets.names import is_public, of_each, says_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTE = r"\\*[\"']?"
_ALL = re.compile(
    r"(?:pass(?:word|wd|phrase|code)|secret|token|key)s"
    rf"{_QUOTE}\]?[ \t]*[:=][ \t]*(?:#[^\n]{{0,300}})?(?=[\[{{\r\n])"
)
_NAME = re.compile(r"[\w.-]{1,300}\Z")
_INSIDE = re.compile(r"[\[{]([^\[\]{}]{1,65536})")  # up to what is nested in it
_ITEM = re.compile(rf"\s*(?:{_QUOTE}([\w.@-]{{1,300}}){_QUOTE}[ \t]*[:=][ \t]*)?([^,\n]{{1,300}})")
_LINE = re.compile(
    rf"[ \t]*(-[ \t]+)?(?:{_QUOTE}([\w.@-]{{1,300}}){_QUOTE}:(?:[ \t]+|$))?(.{{0,300}})"
)
_COMMENT = re.compile(r"(?:\A|\s)#.*")
_BEGINS = frozenset("[{|>&*!")  # what is no value of one line
_MOST = 10_000  # values of one name
_SHORTEST = 3  # characters; of a shorter one no name of all says that it is one


class _Value(NamedTuple):
    """A value, perhaps with whose it is, and where it stands in a text."""

    offset: int
    whose: str
    text: str


def of_several(text: str, lower: str) -> Iterator[tuple[int, Judgement]]:
    """Where values are whose name for all says that they are secrets; `lower` is the text in lower
    case."""
    for found in _ALL.finditer(lower):
        before = _NAME.search(text, max(0, found.start() - 300), found.start())
        start = before.start() if before else found.start()
        name = re.match(r"[\w.-]*", text[start : found.end()])
        each = of_each(name[0]) if name else ""
        if each:
            end = found.end()
            values = _inside(text, end) if lower[end] in "[{" else _below(text, start, end)
            for value in islice(values, _MOST):
                judgement = _judge(each, value)
                if judgement:
                    yield value.offset, judgement


def _judge(each: str, value: _Value) -> Judgement:
    written = _COMMENT.sub("", value.text).strip().strip("\\\"'")
    # What a name of its own says is found by that.
    is_other = value.whose and (is_public(value.whose) or says_secret(value.whose))
    if is_other or len(written) < _SHORTEST or written[0] in _BEGINS:
        return Judgement.NONE
    return judge_of_all(each, written)


def _inside(text: str, start: int) -> Iterator[_Value]:
    """The values in brackets that begin at `start`."""
    found = _INSIDE.match(text, start)
    if found:
        for item in _ITEM.finditer(text, *found.span(1)):
            yield _Value(item.start(2), item[1] or "", item[2])


def _below(text: str, start: int, end: int) -> Iterator[_Value]:
    """The values of the lines that are indented below the name at `start`; its line ends behind
    `end`."""
    column = start - (text.rfind("\n", 0, start) + 1)
    indent = 0
    offset = text.find("\n", end) + 1
    while 0 < offset < len(text):
        stop = text.find("\n", offset)
        stop = len(text) if stop < 0 else stop
        line = text[offset:stop]
        found = _LINE.match(line)
        own = len(line) - len(line.lstrip())
        if found and line.strip():
            if own < column or (own == column and not found[1]):
                return
            indent = indent or own
            if own == indent:
                yield _Value(offset + found.start(3), found[2] or "", found[3])
        offset = stop + 1
