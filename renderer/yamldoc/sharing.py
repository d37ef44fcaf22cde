"""Read many texts that are alike: what is equal in them becomes one value.

The files of clusters differ in a few lines. A text is taken apart at the entries of its block
mappings and the items of its block lists, and a part that was read before is not read again: the
values of two texts share everything but what leads to a difference. libyaml reads the parts.
Where one cannot be read alone, the text is read as a whole, which also tells what is wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.events import MAX_DEPTH, decode
from renderer.yamldoc.scalars import printed_value
from renderer.yamldoc.stream import read_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.yamldoc.scalars import Json

    Container = dict[str, Json] | list[Json]

# A part of fewer characters is read as it is: to take it apart would cost as much.
_SHORT = 200
_MOST = 1 << 23  # characters of texts that are remembered, and as many of those before
# Of the containers around a part no more than two begin in one column: all of these, and those
# in it that libyaml may find, are never more than are allowed.
_DEEPEST_COLUMN = 48
_DEEPEST_PART = MAX_DEPTH - 2 * (_DEEPEST_COLUMN + 2)
# What else than \n libyaml takes for the end of a line, or passes over at the beginning.
_UNUSUAL = re.compile("[\x85\u2028\u2029\ufeff]")
# The line of a key with a container below it, how that begins, and an item that is a mapping.
_KEY = r"[A-Za-z][A-Za-z0-9_./-]*"
_HEAD = re.compile(rf" *({_KEY}):\n( *)(?:(- )|{_KEY}:[ \n])")
# How an entry begins: a { would be a mapping of its own, and ... the end of the document.
_ENTRY = re.compile(r"(?!\.\.\.)[\w./<~\"']")
_ITEM = re.compile(rf" *- {_KEY}:[ \n]")


class Sharing:
    """Reads one text after another; nobody may change in place what it gives."""

    def __init__(self, short: int = _SHORT) -> None:
        self._short = short
        self._known: dict[str, Container] = {}
        self._before: dict[str, Container] = {}  # what is not asked for again is forgotten
        self._size = 0  # of all texts that are known

    def read_stream(self, source: bytes) -> list[Json]:
        """What `renderer.yamldoc.stream.read_stream` gives, or raises, for the same text."""
        text = decode(source)
        if _is_usual(text):
            try:
                return [self._container(text)]
            except (_WholeError, YamlError):
                pass
        return read_stream(text)

    def _container(self, text: str) -> Container:
        """The mapping or list that lines hold; they have kept their indentation."""
        found = self._find(text)
        if found is not None:
            return found
        column = len(text) - len(text.lstrip(" "))
        if len(text) < self._short or column > _DEEPEST_COLUMN:
            return self._read(text)
        is_list = text.startswith("- ", column)
        found = self._list(text, column) if is_list else self._mapping(text, column)
        self._keep(text, found)
        return found

    def _mapping(self, text: str, column: int) -> dict[str, Json]:
        entries: dict[str, Json] = {}
        count = 0
        for start, end in _spans(_entry_at(column), text):
            head = _HEAD.match(text, start, end)
            if head and _is_below(head, column) and printed_value(head[1]) == head[1]:
                entries[head[1]] = self._container(text[head.start(2) : end])
                count += 1
                continue
            part = self._read(text[start:end])
            if type(part) is not dict or not _ENTRY.match(text, start + column):
                raise _WholeError
            entries.update(part)
            count += len(part)
        if len(entries) < count:
            raise _WholeError  # a key stands twice
        return entries

    def _list(self, text: str, column: int) -> list[Json]:
        items: list[Json] = []
        inner = column + 2
        for start, end in _spans(_item_at(column), text):
            if end - start >= self._short and _ITEM.match(text, start, end):
                # What begins behind the dash is a mapping with the column of its first key.
                items.append(self._container(" " * inner + text[start + inner : end]))
                continue
            part = self._read(text[start:end])
            if type(part) is not list:
                raise _WholeError
            items += part
        return items

    def _read(self, text: str) -> Container:
        found = self._find(text)
        if found is None:
            documents = read_stream(text, _DEEPEST_PART)
            if len(documents) != 1 or not isinstance(documents[0], (dict, list)):
                raise _WholeError
            found = documents[0]
            self._keep(text, found)
        return found

    def _find(self, text: str) -> Container | None:
        found = self._known.get(text)
        if found is None:
            found = self._before.get(text)
            if found is not None:
                self._keep(text, found)
        return found

    def _keep(self, text: str, value: Container) -> None:
        self._size += len(text)
        if self._size > _MOST:
            self._before, self._known, self._size = self._known, {}, len(text)
        self._known[text] = value


class _WholeError(Exception):
    """A text has to be read as a whole."""


def _is_usual(text: str) -> bool:
    """Whether a text is a mapping that begins in the first column, and lines are what they seem.

    Then what ends a document, or a directive, would be an entry, and is refused as that.
    """
    if not _ENTRY.match(text) or "\n---" in text or "\r" in text:
        return False
    return text.isascii() or not _UNUSUAL.search(text)


def _is_below(head: re.Match[str], column: int) -> bool:
    """Whether what begins under a key is its value."""
    return len(head[2]) > column or (head[3] is not None and len(head[2]) == column)


def _spans(beginning: re.Pattern[str], text: str) -> Iterable[tuple[int, int]]:
    """Where the parts of a text are, of which all but the first have this beginning."""
    starts = [found.start() + 1 for found in beginning.finditer(text)]
    return zip([0, *starts], [*starts, len(text)], strict=True)


@lru_cache(maxsize=_DEEPEST_COLUMN + 1)
def _entry_at(column: int) -> re.Pattern[str]:
    return re.compile("\n" + " " * column + r"(?![ \t\n#-]|\Z)")


@lru_cache(maxsize=_DEEPEST_COLUMN + 1)
def _item_at(column: int) -> re.Pattern[str]:
    return re.compile("\n" + " " * column + "(?=- )")
