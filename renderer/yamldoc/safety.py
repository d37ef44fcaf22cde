"""Refuse text that would hurt us or kustomize before anything reads it."""

from __future__ import annotations

import re
from typing import Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.events import MAX_DEPTH, MAX_NODES, decode, events

# A block level needs a column of its own (a sequence may share its key's), so a line that
# begins with fewer than this many blanks and indicators cannot be half as deep as allowed.
_DEEP_LINE = re.compile(rb"^[ \t?:-]{49}", re.MULTILINE)
_FLOW_LEVELS = 100
_UNSAFE = "unsafe-yaml"
_ALIAS = re.compile(rb"\*[^\s*]")


def check_safe(source: bytes) -> None:
    """Raise YamlError where the text is not UTF-8, nests too deeply or explodes by aliases.

    Cheap for ordinary files: the events are looked at only where the bytes make nesting
    beyond 200 levels, or aliases, possible at all.
    """
    text = decode(source)
    if "\0" in text:
        raise YamlError("this file is not text: it holds NUL characters (UTF-16?)")
    deep = _DEEP_LINE.search(source) is not None or any(
        document.count(b"[") + document.count(b"{") > _FLOW_LEVELS
        for document in source.split(b"\n---")
    )
    aliased = b"&" in source and _ALIAS.search(source) is not None
    if deep or aliased:
        _scan(text)


def _scan(text: str) -> None:
    """Follow the events; iterative, so that depth is only a number."""
    weights = _Weights()
    for event in events(text):
        kind = type(event)
        if kind is MappingStartEvent or kind is SequenceStartEvent:
            weights.start(event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            weights.end()
        elif kind is ScalarEvent:
            weights.scalar(event)
        elif kind is AliasEvent:
            weights.alias(event)
        else:
            weights = _Weights()


class _Weights:
    """How many values a document holds, and every anchor in it, once aliases are expanded."""

    __slots__ = ("_anchors", "_counts", "_open", "_total")

    def __init__(self) -> None:
        self._anchors: dict[str, int] = {}
        self._open: list[str | None] = []  # the anchors of the containers that are open
        self._counts = [0]
        self._total = 0

    def start(self, event: Any) -> None:
        self._open.append(event.anchor)
        self._counts.append(1)
        if len(self._open) > MAX_DEPTH:
            raise too_deep(event.start_mark.line + 1, event.start_mark.column + 1)

    def end(self) -> None:
        size, anchor = self._counts.pop(), self._open.pop()
        self._counts[-1] += size
        if anchor is not None:
            self._anchors[anchor] = size

    def scalar(self, event: Any) -> None:
        self._counts[-1] += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = 1

    def alias(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if event.anchor in self._open:
            raise circular(event.anchor, line, column)
        size = self._anchors.get(event.anchor, 1)
        self._counts[-1] += size
        self._total += size
        if self._total > MAX_NODES:
            raise too_large(line, column)


def too_deep(line: int, column: int) -> YamlError:
    """The error for text that nests more than MAX_DEPTH levels."""
    message = f"nested more than {MAX_DEPTH} levels deep"
    return YamlError(message, line, column, rule=_UNSAFE)


def too_large(line: int, column: int) -> YamlError:
    """The error for aliases that multiply a document beyond MAX_NODES values."""
    message = f"its aliases expand to more than {MAX_NODES:,} values"
    return YamlError(message, line, column, rule=_UNSAFE)


def circular(anchor: str, line: int, column: int) -> YamlError:
    """The error for an alias inside its own anchor."""
    message = f"the alias *{anchor} stands inside what it refers to"
    return YamlError(message, line, column, rule=_UNSAFE)
