"""JSON Pointers (RFC 6901) whose list steps may also be a key: /containers/[name=git-sync]."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.counting import counted
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]

_KEY_STEP = re.compile(r"\[([^=\]]+)=(.*)\]\Z", re.DOTALL)
_INDEX = re.compile(r"(?:0|[1-9][0-9]*)\Z")


class PointerError(ValueError):
    """A path that is no pointer, or that means no field of an object; `hint` is the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ByKey(NamedTuple):
    """The one item of a list of mappings whose `key` is `value` (compared as text)."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]"


class Pointer(NamedTuple):
    """A parsed path: steps by name or index, or by key into a list."""

    text: str
    steps: tuple[str | ByKey, ...]

    def __str__(self) -> str:
        return self.text


def parse_pointer(text: str) -> Pointer:
    """Reads a pointer. Raises PointerError if it does not begin with a slash.

    kustomize takes a path without a slash and writes a top-level field of that name.
    """
    if not text.startswith("/"):
        hint = f"write /{text}" if text else "name the field to write, as /spec/replicas"
        raise PointerError(f"the path {text!r} does not begin with a slash", hint)
    return Pointer(text, tuple(_step(raw) for raw in text[1:].split("/")))


def _step(raw: str) -> str | ByKey:
    if re.search(r"~(?![01])", raw):
        raise PointerError(f"{raw!r} holds a ~ that is neither ~0 nor ~1", "write ~ as ~0")
    text = raw.replace("~1", "/").replace("~0", "~")
    found = _KEY_STEP.match(text)
    return ByKey(found[1], found[2]) if found else text


_IDENTITY = frozenset(
    [("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")]
)


def is_identity(path: Path) -> bool:
    """Whether a field is, or holds, a part of an object's identity."""
    return path in _IDENTITY


def format_path(path: Iterable[str | int]) -> str:
    """The pointer text of a concrete path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def resolve(data: Any, pointer: Pointer, *, adding: bool = False) -> Path:
    """The concrete path that a pointer means in this object.

    With `adding` the last step may be a new key of a mapping, `-` or the end of a list.
    An index is an int; the result of `-` is the length of the list.
    Raises PointerError for a field that is not there.
    """
    path: list[str | int] = []
    node = data
    last = len(pointer.steps) - 1
    for position, step in enumerate(pointer.steps):
        new = adding and position == last
        key: str | int
        if isinstance(node, dict):
            key = _mapping_key(node, step, path, new)
        elif isinstance(node, list):
            key = _list_index(node, step, path, new)
        else:
            where = format_path(path) or "the object"
            raise PointerError(f"{where} is {_described(node)}, so it has no field {step}")
        path.append(key)
        if position < last:
            node = node[key]
    return tuple(path)


def _mapping_key(node: dict[str, Any], step: str | ByKey, path: list[str | int], new: bool) -> str:
    if isinstance(step, ByKey):
        raise PointerError(f"{format_path(path) or 'the object'} is a mapping, not a list: {step}")
    if step in node or new:
        return step
    raise PointerError(f"{format_path([*path, step])} is not there", nearest(step, node))


def _list_index(node: list[Any], step: str | ByKey, path: list[str | int], new: bool) -> int:
    if isinstance(step, ByKey):
        return _index_by_key(node, step, path)
    if new and step == "-":
        return len(node)
    where = format_path(path)
    if not _INDEX.match(step):
        hint = "use an index, [key=value]" + (", or - to append" if new else "")
        raise PointerError(f"{where} is a list, and {step!r} is not a place in it", hint)
    index = int(step)
    if index < len(node) + new:
        return index
    raise PointerError(f"{where}/{step} is not there: the list has {counted(len(node), 'item')}")


def _index_by_key(node: list[Any], step: ByKey, path: list[str | int]) -> int:
    values = [_text(item.get(step.key)) if isinstance(item, dict) else None for item in node]
    found = [index for index, value in enumerate(values) if value == step.value]
    if len(found) == 1:
        return found[0]
    where = f"{format_path(path)}/{step}"
    if found:
        raise PointerError(f"{where} means {len(found)} items", "use the index of one of them")
    hint = nearest(step.value, [value for value in values if value is not None])
    raise PointerError(f"{where} is not there", hint)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, (dict, list)) else str(value)


def _described(node: Any) -> str:
    # Never the value itself: it may be a secret.
    return {bool: "a boolean", str: "a string", type(None): "null"}.get(type(node), "a number")
