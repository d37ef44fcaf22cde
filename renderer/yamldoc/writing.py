"""Write one object byte for byte as kustomize prints it.

kustomize turns an object into JSON, reads that with go-yaml v2 and prints it with go-yaml v2:
block style, sorted keys, sequences at their parent's column. This module never imports PyYAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.yamldoc.blocks import add_node
from renderer.yamldoc.emitter import emit, emit_lines

if TYPE_CHECKING:
    from renderer.yamldoc.scalars import Json

__all__ = ["SharedWriter", "write"]


def write(data: Json, *, lines: bool = False) -> str:
    """One document: no leading '---', a line break at the end.

    With `lines` text is never folded: each of its lines is a line of the document.

    Raises TypeError for what JSON has no place for.
    """
    parts: list[str] = []
    add_node(parts.append, data, "", _root_indent(data), emit_lines if lines else emit)
    return "".join(parts)


def _root_indent(data: Json) -> int:
    return 0 if isinstance(data, dict | list) else 2


class SharedWriter:
    """Writes variants of one document with `lines`; what they share is written only once.

    A variant is made by copy-on-write: the containers on the way to a change are new objects,
    all others are the base's own, unchanged. Texts are remembered by object and indentation,
    so a container may even have moved.
    """

    __slots__ = ("_base", "_bodies")

    def __init__(self, base: Json) -> None:
        self._base = base  # keeps its containers alive, so that their ids stay theirs
        self._bodies: dict[tuple[int, int], str] = {}

    def write(self, data: Json) -> str:
        """The same text as the function `write` gives with `lines`."""
        if not self._bodies and self._base and isinstance(self._base, dict | list):
            self._remember(self._base, 0)
        parts: list[str] = []
        add_node(parts.append, data, "", _root_indent(data), emit_lines, self._body)
        return "".join(parts)

    def _body(self, container: Any, indent: int) -> str:
        known = self._bodies.get((id(container), indent))
        if known is not None:
            return known
        parts: list[str] = []
        add_node(parts.append, container, "", indent, emit_lines, self._body)
        return "".join(parts)

    def _remember(self, container: Any, indent: int) -> str:
        parts: list[str] = []
        add_node(parts.append, container, "", indent, emit_lines, self._remember)
        body = self._bodies[id(container), indent] = "".join(parts)
        return body
