"""The text of a document that changes only in a few scalars: everything else is written once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.yamldoc.blocks import scalar_line
from renderer.yamldoc.emitter import emit_lines
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.yamldoc.scalars import Json

Path = tuple[str | int, ...]

_LEAD = re.compile(r" *(?:- )*")


class SlottedText:
    """The text of `base` with slots for the scalars at `paths`.

    `fill` gives the same text as `write` gives, with `lines`, for base with other scalars at these
    paths.
    Raises ValueError where a slot cannot be told apart, as in an entry with a complex key.
    """

    __slots__ = ("_pieces", "_slots")

    def __init__(self, base: Json, paths: Sequence[Path]) -> None:
        marks = [f"slot{number}of{len(paths)}z" for number in range(len(paths))]
        data = base
        for path, mark in zip(paths, marks, strict=True):
            data = _with_scalar(data, path, mark)
        text = write(data, lines=True)
        found = sorted((text.find(f"{mark}\n"), number) for number, mark in enumerate(marks))
        self._pieces: list[str] = []
        self._slots: list[tuple[int, int, int]] = []  # which value, its indentation and column
        end = 0
        for start, number in found:
            if text.count(marks[number]) != 1 or start < end:
                raise ValueError("the slot is not a line's only scalar")
            piece = text[end:start]
            self._pieces.append(piece)
            self._slots.append((number, *_place(piece[piece.rfind("\n") + 1 :])))
            end = start + len(marks[number]) + 1
        self._pieces.append(text[end:])

    def fill(self, values: Sequence[Any]) -> str:
        """The text with these scalars, in the order of the paths."""
        parts: list[str] = []
        for piece, (number, indent, column) in zip(self._pieces, self._slots, strict=False):
            parts += (piece, scalar_line(values[number], indent, column, emit_lines))
        parts.append(self._pieces[-1])
        return "".join(parts)


def _place(line: str) -> tuple[int, int]:
    """The indentation and the column of a scalar that follows this beginning of a line."""
    lead = _LEAD.match(line)
    start = lead.end() if lead else 0
    if line[start:].startswith(("? ", ": ")):
        raise ValueError("complex keys are not for slots")
    return (start if start == len(line) else start + 2), len(line)


def _with_scalar(node: Any, path: Path, value: str) -> Any:
    """A copy of the containers on the way, with another scalar at its end."""
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = _with_scalar(node[path[0]], path[1:], value)
    return copy
