"""How much work it is to hold a value against a JSON Schema, before it is done.

Most schemas are asked once for each part of a value. References multiply: thirteen definitions of
which each names the next nine times ask for 9 to the 13th answers, and nothing interrupts a
validator. So does `unevaluatedProperties`, which asks what is beside it once more.
https://json-schema.org/draft/2020-12/json-schema-core#name-applying-subschemas-to-inst
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 1_000_000  # parts of schemas asked: a second or two
_MOST_PAIRS = 100_000  # of a part of a schema and a part of a value

_UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")
_ASKED_AGAIN = 4  # jsonschema-rs: three times, measured
_ELSEWHERE = ("$dynamicRef", "$recursiveRef")
_IDENTITIES = ("$id", "id")
_REFERENCES = ("$ref", *_ELSEWHERE)
# Keywords whose schemas are asked about the same value, and those asked about what it holds.
_SAME = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
_INSIDE = (
    *("additionalItems", "additionalProperties", "contains", "items", "patternProperties"),
    *("prefixItems", "propertyNames", "unevaluatedItems", "unevaluatedProperties"),
)
_BY_NAME = frozenset(["dependencies", "dependentSchemas", "patternProperties"])


class TooMuchError(ValueError):
    """Holding a value against a schema would not end in any useful time."""


class UnfollowedError(ValueError):
    """A schema has references whose target another draft of JSON Schema finds elsewhere."""


class Effort:
    """The work that a schema makes, by value.

    Raises `UnfollowedError` for a schema that refers to anything but a place in itself. Where a
    reference leads is to be known for sure, and what an identity means differs between drafts.
    """

    def __init__(self, schema: Any) -> None:
        self._root = schema
        refers = has_references(schema)
        if refers:
            _check_references(schema)
        self._may_multiply = refers or _has(schema, _UNEVALUATED)
        self._found: dict[tuple[int, int], int] = {}
        self._open: set[tuple[int, int]] = set()

    def check(self, value: Any) -> None:
        """Raises `TooMuchError` for a value that this schema would be asked about too often."""
        if self._may_multiply:
            try:
                self._steps(self._root, value)
            except RecursionError:
                raise TooMuchError from None
            finally:  # values are known by their place in memory
                self._found.clear()
                self._open.clear()

    def _steps(self, schema: Any, value: Any) -> int:
        if not isinstance(schema, dict):
            return 1
        asked = id(schema), id(value)
        if asked in self._found:
            return self._found[asked]
        if asked in self._open or len(self._found) > _MOST_PAIRS:
            raise TooMuchError
        self._open.add(asked)
        times = _ASKED_AGAIN if any(key in schema for key in _UNEVALUATED) else 1
        inner = sum(self._steps(one, part) for one, part in self._applied(schema, value))
        steps = 1 + times * inner
        self._open.discard(asked)
        if steps > MOST:
            raise TooMuchError
        self._found[asked] = steps
        return steps

    def _applied(self, schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
        """The schemas that are asked next, each with the part of the value that it judges."""
        if isinstance(reference := schema.get("$ref"), str):
            yield self._target(reference), value
        for keyword in _SAME:
            for one in _schemas(schema.get(keyword), keyword):
                yield one, value
        for name, one in _items(schema.get("properties")):
            if isinstance(value, dict) and name in value:
                yield one, value[name]
        parts = value if isinstance(value, list) else [part for _, part in _items(value)]
        for keyword in _INSIDE if parts else ():
            for one in _schemas(schema.get(keyword), keyword):
                for part in parts:
                    yield one, part

    def _target(self, reference: str) -> Any:
        found = _pointed_at(self._root, unquote(reference.removeprefix("#")))
        if found is None:
            raise TooMuchError  # the validator follows it, and we do not know where to
        return found


def _check_references(schema: Any) -> None:
    for node in _mappings(schema):
        reference = node.get("$ref")
        is_elsewhere = isinstance(reference, str) and not _is_place(reference)
        if is_elsewhere or any(key in node for key in (*_ELSEWHERE, *_UNEVALUATED)):
            raise UnfollowedError
        if any(isinstance(node.get(key), str) for key in _IDENTITIES):
            raise UnfollowedError


def _is_place(reference: str) -> bool:
    return reference == "#" or reference.startswith("#/")


def has_references(schema: Any) -> bool:
    """Whether anything in a schema may be a reference to another part of it."""
    return _has(schema, _REFERENCES)


def _has(schema: Any, keywords: Iterable[str]) -> bool:
    return any(key in node for node in _mappings(schema) for key in keywords)


def _mappings(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema, however deep."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _pointed_at(node: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node


def _schemas(found: Any, keyword: str) -> Iterable[Any]:
    if keyword in _BY_NAME:
        return [one for _, one in _items(found)]
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    return node.items() if isinstance(node, dict) else ()
