"""What reading gives: documents with positions, and the error that says where it went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.yamldoc.scalars import Json


class YamlError(RenderError):
    """The text cannot be read, or not by everybody alike.

    `line` and `column` count from 1; 0 and 0 mean the file as a whole. The message does not
    repeat them. Text that would harm whoever reads it has a rule of its own.
    """

    def __init__(
        self,
        message: str,
        line: int = 0,
        column: int = 0,
        *,
        hint: str = "",
        rule: str = "bad-yaml",
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column
        self.rule = rule


class Position(NamedTuple):
    """A place in the text; both count from 1, the column in characters."""

    line: int
    column: int


class Ambiguity(NamedTuple):
    """A plain scalar that kustomize and kubectl read as different values.

    `path` leads to the value; where a mapping key itself is ambiguous, it ends with that key
    as kustomize reads it, and `kubectl` is the text of the key that kubectl sees.
    """

    path: tuple[str | int, ...]
    position: Position
    text: str
    kustomize: Json
    kubectl: Json


class Place:
    """Where a value and its key (for a list item: the item) stand, and what is inside it."""

    __slots__ = ("column", "inside", "key_column", "key_line", "line")

    def __init__(self, line: int, column: int, key_line: int, key_column: int) -> None:
        self.line, self.column = line, column
        self.key_line, self.key_column = key_line, key_column
        self.inside: dict[str | int, Place] = {}


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream; `data` is None for an empty one."""

    data: Json
    position: Position
    ambiguities: tuple[Ambiguity, ...]
    _root: Place = field(repr=False, compare=False)

    def value_at(self, path: Sequence[str | int]) -> Position:
        """Where the value at `path` begins, or the nearest parent that exists."""
        place = self._place(path)
        return Position(place.line, place.column)

    def key_at(self, path: Sequence[str | int]) -> Position:
        """Where the mapping key (for a list item: the item) of `path` begins, likewise."""
        place = self._place(path)
        return Position(place.key_line, place.key_column)

    def _place(self, path: Sequence[str | int]) -> Place:
        place = self._root
        for step in path:
            inner = place.inside.get(step)
            if inner is None:
                break
            place = inner
        return place
