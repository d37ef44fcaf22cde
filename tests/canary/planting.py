"""The leaves of files, and the same files with a mark in one of them, or in all.

A file may be broken on purpose, so it is not parsed: words are found line by line. That is right
for what people write, and where it is not, a leaf has another way and is marked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment>(?:^|(?<=\s))\#.*)
    | (?P<key>"[^"\n]*"|'[^'\n]*'|[^\s\[\]{},"'`:]+)\s*:(?=\s|$)
    | (?P<flow>[\[\]{}])
    | (?P<word>[^\s\[\]{},"'`]+)
    """,
    re.VERBOSE,
)
_BLOCK = re.compile(r"[|>][-+]?\d?\Z")
_SIGNS = ("-", "---", "...", "?")
_DASHES = re.compile(r"(?:\s*- )*\s*")


class Leaf(NamedTuple):
    """A word that is a value: its file, its line from 1, where it stands there, and its way.

    The way is the keys above it, outermost first; what follows `KEY=` has that key, too.
    """

    path: str
    line: int
    start: int
    end: int
    way: str


def leaves(path: str, text: str) -> Iterator[Leaf]:
    """Every word of a text that is a value, in order."""
    block: list[tuple[int, str]] = []  # how far keys are indented
    flow: list[str] = []  # keys that hold what is in brackets
    for number, line in enumerate(text.split("\n"), 1):
        dashes = _DASHES.match(line)
        begin = dashes.end() if dashes else 0
        if not flow and line.strip():
            is_item = line.lstrip().startswith("-")
            own = len(line) - len(line.lstrip())
            block = [one for one in block if one[0] < own or (is_item and one[0] == own)]
            if begin != own:
                block = [one for one in block if one[0] < begin]
        key = ""
        for token in _TOKEN.finditer(line):
            if token["key"]:
                key = token["key"].strip("\"'")
                if not flow:
                    block = [one for one in block if one[0] < token.start()]
                    block.append((token.start(), key))
            elif token["flow"]:
                flow = [*flow, key] if token[0] in "[{" else flow[:-1]
                key = "" if token[0] in "[{" else key
            elif (
                token["word"]
                and token[0] not in ("-", "---", "...", "?")
                and not _BLOCK.match(token[0])
            ):
                names = [name for _, name in block] + flow[1:] + ([key] if flow else [])
                yield _leaf(path, number, token, names)


def _leaf(path: str, line: int, token: re.Match[str], names: list[str]) -> Leaf:
    name, separator, value = token[0].partition("=")
    is_pair = bool(separator and value and name)
    start = token.end() - len(value) if is_pair else token.start()
    keys = [*names, f"{name}="] if is_pair else names
    return Leaf(path, line, start, token.end(), "/".join(filter(None, keys)))


def marked(text: str, marks: Iterable[tuple[Leaf, str]], *, whole: bool = False) -> str:
    """The text with a mark behind each of these leaves, or with `whole` in its place."""
    lines = text.split("\n")
    for leaf, mark in sorted(marks, key=lambda one: one[0].start, reverse=True):
        line = lines[leaf.line - 1]
        word = "" if whole else line[leaf.start : leaf.end]
        lines[leaf.line - 1] = f"{line[: leaf.start]}{word}{mark}{line[leaf.end :]}"
    return "\n".join(lines)


def texts(files: Mapping[str, str | bytes | Path]) -> dict[str, str]:
    """The files that hold text."""
    return {path: content for path, content in files.items() if isinstance(content, str)}
