"""Secrets in diffs: of a Secret only what is known to be harmless is shown.

A file on disk may be anything that begins with our header: edited by hand, with conflict
markers, written as JSON. So a Secret is not searched for values; what is not one of the few lines
that can hold none is hidden. Of other files the lines are hidden in which a secret is found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.tree.header import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.tree.planning import Change

_KIND = re.compile(
    rb"^[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?Secret|^\{.*kind.{0,9}Secret", re.MULTILINE | re.DOTALL
)
_KEY = re.compile(r"( {0,2})([\w./-]{1,253}):(?:[ \r\n]|$)")
_FIELD = re.compile(r" *(?:- )*(?:[\w./-]{1,253}: )?")
_HEADER = (HEADER, "# Cluster: ", "# Source: ")
_SHOWN = {
    "": ("apiVersion", "kind", "metadata", "type", "immutable"),
    "metadata": ("name", "namespace"),
}
_WITH_KEYS = ("metadata", "data", "stringData")


def is_secret(change: Change) -> bool:
    """Whether the old or the new content of a file may be a Secret."""
    name = change.path.rpartition("/")[2]
    contents = (change.old or b"", change.new or b"")
    return (
        change.is_secret
        or name.startswith("secret-")
        or any(_KIND.search(content) for content in contents)
    )


def redacted(*files: Sequence[str]) -> list[list[str]]:
    """The lines of versions of a Secret with a number in the place of each value.

    Equal lines have equal numbers. A digest would do too, but could be guessed from.
    """
    numbers: dict[str, int] = {}
    return [list(_redacted(lines, numbers)) for lines in files]


def without_exposed(*files: Sequence[str]) -> list[list[str]]:
    """The lines of versions of a file, with a number in the place of each exposed secret.

    What is exposed is what `render check` calls that, and what only may be; of two versions, in the
    other too what stands in its place.
    """
    from renderer.checks.secrets.facing import Hidden, with_facing
    from renderer.checks.secrets.lines import exposed_lines

    numbers: dict[str, int] = {}
    exposed = [frozenset(exposed_lines(lines)) for lines in files]
    if len(files) == 2:
        exposed = [*with_facing(files[0], files[1], Hidden(exposed[0], exposed[1]))]
    return [
        [_hidden(line, numbers) if index in hidden else line for index, line in enumerate(lines)]
        for lines, hidden in zip(files, exposed, strict=True)
    ]


def _hidden(line: str, numbers: dict[str, int]) -> str:
    number = numbers.setdefault(line.strip(), len(numbers) + 1)
    field = _FIELD.match(line)
    return f"{field[0] if field else ''}<hidden {number}>\n"


def _redacted(lines: Sequence[str], numbers: dict[str, int]) -> Iterator[str]:
    section = ""
    for index, line in enumerate(lines):
        if index < len(_HEADER) and line.startswith(_HEADER[index]):
            yield line
            continue
        key = _KEY.match(line)
        if not line.startswith(" "):
            section = ""
        if key and key[2] in _SHOWN.get(section, ()) and not _is_in_one_line(line):
            yield line
        else:
            number = numbers.setdefault(line.rstrip("\r\n"), len(numbers) + 1)
            shown = f"{key[1]}{key[2]}: " if key and section in ("", *_WITH_KEYS) else "    "
            yield f"{shown}<hidden {number}>\n"
        if key and not key[1]:
            section = key[2]


def _is_in_one_line(line: str) -> bool:
    """Whether all of the metadata stand behind their name, with whatever annotations there are."""
    return line.startswith("metadata:") and line.strip() != "metadata:"
