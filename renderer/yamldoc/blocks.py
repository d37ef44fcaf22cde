"""The block layout of mappings and sequences, as go-yaml v2 prints them.

`lead` is what stands before a container's first line, `indent` the column of its others. What
is inside is written on the spot, or fetched as text from `body`, the text of a container
without its lead. `emit` writes strings; only those with line breaks may it write in another way
than `emitter.emit`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from renderer.yamldoc import emitter
from renderer.yamldoc.keys import sorted_keys

Add = Callable[[str], None]
Body = Callable[[Any, int], str]
Emit = Callable[[str, int, int], str]  # a string's text by its indentation and column

# A scalar of at most _SHORT characters that begins at or before column _NEAR cannot be folded,
# so its text depends on nothing but its value and can be remembered.
_SHORT = 48
_NEAR = emitter.BEST_WIDTH - _SHORT
# The memories are bounded in entries and in the size of one; a full one starts afresh.
_TEXTS_SIZE, _LONGEST_TEXT = 1 << 16, 256
_LAYOUTS_SIZE, _LONGEST_LAYOUT = 1 << 12, 64

_Layout = tuple[int, list[tuple[str, str]]]

_texts: dict[str, str] = {}  # strings whose text is the same at every near column
_layouts: dict[tuple[str, ...], _Layout] = {}


def add_node(
    add: Add, value: Any, lead: str, indent: int, emit: Emit, body: Body | None = None
) -> None:
    """Add the lines of any value."""
    if value and isinstance(value, dict):
        _add_mapping(add, value, lead, indent, emit, body)
    elif value and isinstance(value, list):
        _add_sequence(add, value, lead, indent, emit, body)
    else:
        add(_line(lead, value, indent, indent, emit))


def _add_mapping(
    add: Add, mapping: dict[str, Any], lead: str, indent: int, emit: Emit, body: Body | None
) -> None:
    names = tuple(mapping)
    width, heads = _layouts.get(names) or _lay_out(names)
    pad = " " * indent
    near = indent + width <= _NEAR
    for name, head in heads:
        value = mapping[name]
        kind = type(value)
        if not head:
            _add_complex(add, name, value, lead, indent, emit, body)
        elif kind is str and near and value in _texts:
            add(f"{lead}{head} {_texts[value]}\n")
        elif kind is dict and value:
            if body is None:
                add(f"{lead}{head}\n")
                _add_mapping(add, value, pad + "  ", indent + 2, emit, None)
            else:
                add(f"{lead}{head}\n{pad}  {body(value, indent + 2)}")
        elif kind is list and value:
            if body is None:
                add(f"{lead}{head}\n")
                _add_sequence(add, value, pad, indent, emit, None)
            else:
                add(f"{lead}{head}\n{pad}{body(value, indent)}")
        else:
            add(_line(f"{lead}{head} ", value, indent + 2, indent + len(head) + 1, emit))
        lead = pad


def _add_sequence(
    add: Add, items: list[Any], lead: str, indent: int, emit: Emit, body: Body | None
) -> None:
    pad = " " * indent
    near = indent + 2 <= _NEAR
    for value in items:
        kind = type(value)
        if kind is str and near and value in _texts:
            add(f"{lead}- {_texts[value]}\n")
        elif body is not None and value and (kind is dict or kind is list):
            add(f"{lead}- {body(value, indent + 2)}")
        elif kind is dict and value:
            _add_mapping(add, value, lead + "- ", indent + 2, emit, None)
        elif kind is list and value:
            _add_sequence(add, value, lead + "- ", indent + 2, emit, None)
        else:
            add(_line(lead + "- ", value, indent + 2, indent + 2, emit))
        lead = pad


def _add_complex(
    add: Add, name: str, value: Any, lead: str, indent: int, emit: Emit, body: Body | None
) -> None:
    """An entry whose key cannot stand on one line; its value is indented, a list too."""
    add(_line(f"{lead}? ", name, indent + 2, indent + 2, emitter.emit))
    add_node(add, value, " " * indent + ": ", indent + 2, emit, body)


def _lay_out(names: tuple[str, ...]) -> _Layout:
    """The widest head and, in printing order, each key with its text ('' if it is complex)."""
    heads = []
    for name in sorted_keys(names):
        simple = len(name.encode()) <= emitter.MAX_SIMPLE_KEY and not emitter.is_multiline(name)
        heads.append((name, _key_text(name) + ":" if simple else ""))
    layout = max(len(head) for _, head in heads) + 1, heads
    if len(names) <= _LONGEST_LAYOUT:
        if len(_layouts) >= _LAYOUTS_SIZE:
            _layouts.clear()
        _layouts[names] = layout
    return layout


def _key_text(name: str) -> str:
    """A simple key; kustomize itself loses a key '<<', and plain it would merge."""
    return '"<<"' if name == "<<" else emitter.emit(name, 0, 0, key=True)


def scalar_line(value: Any, indent: int, column: int, emit: Emit) -> str:
    """A scalar to the end of its line; `column` is where it begins, `indent` where it goes on."""
    if type(value) is str and column <= _NEAR and value in _texts:
        return f"{_texts[value]}\n"
    return _line("", value, indent, column, emit)


def _line(start: str, value: Any, indent: int, column: int, emit: Emit) -> str:
    """A scalar, or an empty container, behind the start of its line.

    `indent` is the column of continuation lines, `column` that of the scalar.
    """
    if not isinstance(value, str):
        return f"{start}{_other(value)}\n"
    text = emit(value, indent, column)
    if emitter.is_multiline(text):
        closed = text[0] == "|" and emitter.is_multiline(value[-1])
        return start + text if closed else f"{start}{text}\n"
    if len(text) <= _SHORT or (len(text) <= _LONGEST_TEXT and " " not in text):
        if len(_texts) >= _TEXTS_SIZE:
            _texts.clear()
        _texts[value] = text
    return f"{start}{text}\n"


def _other(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return emitter.number(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    raise TypeError(f"{type(value).__name__} has no place in JSON")
