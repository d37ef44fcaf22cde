"""A text of manifests or of a patch, and its places in the file in which it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Location

if TYPE_CHECKING:
    from yaml import ScalarNode


class Text(NamedTuple):
    """A whole file, or the value of one of its fields.

    `path` is as in a Location; the first line of the text is line `line` of the file, and its
    columns are `indent` more there. Where no such numbers exist (a folded text, one with
    escapes), `fixed` is the place of the whole.
    """

    path: str
    source: bytes
    line: int = 1
    indent: int = 0
    fixed: tuple[int, int] | None = None

    def place(self, line: int, column: int) -> Location:
        """The place in the file of a place in the text; both count from 1."""
        if self.fixed:
            return Location(self.path, *self.fixed)
        if not line:
            return Location(self.path, self.line if self.indent else 0)
        return Location(self.path, line + self.line - 1, column + self.indent)


def inner_text(path: str, source: bytes, node: ScalarNode) -> Text:
    """The value of a field as a text of its own; `source` is the whole file's."""
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    value = node.value.encode()
    if node.style == "|":
        return Text(path, value, line + 1, _indentation(source, line))
    quote = 1 if node.style else 0
    end = node.end_mark
    is_as_written = (
        node.style != ">"
        and end.line == node.start_mark.line
        and end.column - node.start_mark.column == len(node.value) + 2 * quote
    )
    if is_as_written:
        return Text(path, value, line, column - 1 + quote)
    return Text(path, value, fixed=(line, column))


def _indentation(source: bytes, after: int) -> int:
    """How far the block below a line is indented: as its first line that is not blank."""
    for row in source.decode("utf-8", "replace").split("\n")[after:]:
        if row.strip():
            return len(row) - len(row.lstrip(" "))
    return 0
