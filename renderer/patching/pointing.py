"""JSON Pointers (RFC 6901) whose list steps may also be a key: /containers/[name=git-sync]."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.counting import counted
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Path = tuple[str | int, ...]

_KEY_STEP = re.compile(r"\[([^=\]]+)=(.*)\]\Z", re.DOTALL)
# Mappings whose keys may begin with a domain, as example.com/team; keys of `data` never do.
_WITH_DOMAINS = frozenset(
    ["annotations", "labels", "limits", "matchLabels", "nodeSelector", "requests"]
)
# What items of lists are known by; another key may hold a secret.
_NAMING = frozenset(
    ["containerPort", "host", "ip", "key", "kind", "mountPath", "name", "port", "type"]
)
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


def value_at(data: Any, path: Path) -> Any:
    """The value at a path, or None where there is none."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def texts_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The strings in a value, with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for step, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts_in(one, (*path, step))


def resolve(data: Any, pointer: Pointer, *, adding: bool = False, replacing: bool = False) -> Path:
    """The concrete path that a pointer means in this object.

    With `adding` the last step may be a new key of a mapping, `-` or the end of a list.
    An index is an int; the result of `-` is the length of the list.
    Raises PointerError for a field that is not there; if one is replaced, its hint says how to add
    it.
    """
    path: list[str | int] = []
    node = data
    last = len(pointer.steps) - 1
    for position, step in enumerate(pointer.steps):
        new = adding and position == last
        key: str | int
        if isinstance(node, dict):
            if isinstance(step, ByKey) or (step not in node and not new):
                steps = pointer.steps[position:]
                raise _no_key(node, path, steps, adding=adding, replacing=replacing)
            key = step
        elif isinstance(node, list):
            key = _list_index(node, step, path, new)
        else:
            raise _no_container(node, path, step)
        path.append(key)
        if position < last:
            node = node[key]
    return tuple(path)


def _no_container(node: Any, path: list[str | int], step: str | ByKey) -> PointerError:
    # Never the value itself: it may be a secret.
    kind = {bool: "a boolean", str: "a string", type(None): "null"}.get(type(node), "a number")
    message = f"{format_path(path) or 'the object'} is {kind}, so it has no field {step}"
    return PointerError(message, "write the string as a whole" if kind == "a string" else "")


def _no_key(
    node: dict[str, Any],
    path: list[str | int],
    steps: Sequence[str | ByKey],
    *,
    adding: bool,
    replacing: bool,
) -> PointerError:
    """The error for a mapping at `path` that does not have the first of the steps that follow."""
    step, *rest = steps
    if isinstance(step, ByKey):
        where = format_path(path) or "the object"
        return PointerError(f"{where} is a mapping, not a list: {step}", nearest(step.value, node))
    missing = format_path([*path, step])
    hint = _unescaped(node, path, step, rest) or _elsewhere(node, path, steps, adding)
    near = closest(step, node)
    if not hint and rest and (adding or (replacing and not near)):
        hint = f"{near} else " if near else ""
        hint += f"add {missing} whole, with the value {_sketch(step, rest)}"
    elif not hint and replacing and not near:
        hint = "to set a field that is not there, write op: add"
    return PointerError(f"{missing} is not there", hint or nearest(step, node))


def _elsewhere(
    node: dict[str, Any], path: list[str | int], steps: Sequence[str | ByKey], adding: bool
) -> str:
    """The hint where the steps lead to a field from one place deeper in the object."""
    found: list[Path] = []
    stack: list[tuple[Path, Any]] = [((), node)]
    while stack:
        inner, container = stack.pop()
        is_mapping = isinstance(container, dict)
        if inner and is_mapping and steps[0] in container and _leads(container, steps, adding):
            found.append(inner)
        for key, value in container.items() if is_mapping else enumerate(container):
            if isinstance(value, (dict, list)):
                stack.append(((*inner, key), value))
    if len(found) != 1:
        return ""
    return f"did you mean {format_path([*path, *found[0], *map(str, steps)])}?"


def _leads(node: Any, steps: Sequence[str | ByKey], adding: bool) -> bool:
    """Whether the steps lead to a field that is there, or that can be added."""
    *before, last = steps
    for step in before:
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and _is_place(node, step, new=False):
            node = node[_list_index(node, step, [], new=False)]
        else:
            return False
    if isinstance(node, dict):
        return isinstance(last, str) and (adding or last in node)
    return isinstance(node, list) and _is_place(node, last, new=adding)


def _is_place(items: list[Any], step: str | ByKey, *, new: bool) -> bool:
    with suppress(PointerError):
        _list_index(items, step, [], new)
        return True
    return False


def _unescaped(
    node: dict[str, Any], path: list[str | int], step: str, rest: Sequence[str | ByKey]
) -> str:
    """The hint where a key holds slashes: the mapping has it, or is one of keys with a domain."""
    parts = [step]
    for position, following in enumerate(rest, 1):
        parts.append(str(following))
        key = "/".join(parts)
        has_domain = bool(path) and path[-1] in _WITH_DOMAINS and "." in step
        if key in node or (has_domain and len(rest) == 1):
            meant = format_path([*path, key, *map(str, rest[position:])])
            return f"write / inside a key as ~1: {meant}"
    return ""


def _sketch(step: str, rest: Sequence[str | ByKey]) -> str:
    """What a field would hold so that the steps behind it lead somewhere, as YAML."""
    if step in _WITH_DOMAINS:
        return f"{{{'/'.join(map(str, rest))}: ...}}"
    text = "..."
    for following in reversed(rest):
        if isinstance(following, ByKey):
            text = f"[{{{following.key}: {following.value}, {text.removeprefix('{')}"
            text += "]" if text.endswith("}") else "}]"
        else:
            text = f"[{text}]" if following in ("-", "0") else f"{{{following}: {text}}}"
    return text


def _list_index(node: list[Any], step: str | ByKey, path: list[str | int], new: bool) -> int:
    if isinstance(step, ByKey):
        return _index_by_key(node, step, path)
    if new and step == "-":
        return len(node)
    where = format_path(path)
    if not _INDEX.match(step):
        hint = "use an index, [key=value]" + (", or - to append" if new else "")
        if step in _values(node, "name"):
            hint = f"write [name={step}]"
        elif step.startswith("["):
            hint = "write [key=value], with / in the value as ~1"
        raise PointerError(f"{where} is a list, and {step!r} is not a place in it", hint)
    index = int(step)
    if index < len(node) + new:
        return index
    there = f"the list has {counted(len(node), 'item')}"
    hint = "write - to append" if new else ""
    raise PointerError(f"{where}/{step} is not there: {there}", hint)


def _index_by_key(node: list[Any], step: ByKey, path: list[str | int]) -> int:
    values = _values(node, step.key)
    found = [index for index, value in enumerate(values) if value == step.value]
    if len(found) == 1:
        return found[0]
    where = f"{format_path(path)}/{step}"
    if found:
        raise PointerError(f"{where} means {len(found)} items", "use the index of one of them")
    known = [value for value in values if value is not None and step.key in _NAMING]
    raise PointerError(f"{where} is not there", nearest(step.value, known))


def _values(items: list[Any], key: str) -> list[str | None]:
    """What each item of a list has under a key, as text; None where that is nothing."""
    return [_text(item.get(key)) if isinstance(item, dict) else None for item in items]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, (dict, list)) else str(value)
