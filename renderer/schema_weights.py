"""What a part of a JSON Schema makes a validator do by itself: measured with jsonschema-rs 0.60.

A step is up to 3 microseconds. What takes memory is counted in values of 220 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.pattern_size import pattern_size

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = 16  # an answer that is no, with what is said of it, but without what it copies
_CHARACTERS = 32  # of a text
_NODE = 3  # a part of a validator
_PATTERN = 850  # a pattern in it, with what it remembers
DFA_SIZE = 2**17  # the bytes that it may remember; by default 10 MiB

# Keywords without which a part of a schema takes no more than LIGHT steps for each value.
HEAVY = frozenset(
    {
        *("const", "dependencies", "dependentRequired", "divisibleBy", "enum", "format"),
        *("multipleOf", "pattern", "patternProperties", "required", "uniqueItems"),
    }
)
LIGHT = 4

_READ = 256  # characters that a pattern of size 1 reads in a step


def size(value: Any) -> int:
    """How many values there are in one, and as how many its texts count."""
    total = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        total += 1
        if isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            total += len(one) // _CHARACTERS
        elif isinstance(one, int):
            total += one.bit_length() // 64
    return total


def memory(schema: Any) -> int:
    """The memory that a validator of a schema takes."""
    patterns = sum(_PATTERN + pattern_size(one, in_memory=True) for one in _patterns(schema))
    return _NODE * size(schema) + patterns


def mappings(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema, however deep."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _patterns(schema: Any) -> Iterator[str]:
    for node in mappings(schema):
        yield from _of_texts(node)
        yield from _of_names(node)


def _of_texts(schema: dict[str, Any]) -> list[str]:
    pattern = schema.get("pattern")
    return [pattern] if isinstance(pattern, str) else []


def _of_names(schema: dict[str, Any]) -> list[str]:
    patterns = schema.get("patternProperties")
    return [*map(str, patterns)] if isinstance(patterns, dict) else []


class Weight:
    """What the keywords of one mapping in a schema do, without the schemas that they hold."""

    def __init__(self, schema: dict[str, Any]) -> None:
        allowed = _list(schema.get("enum")) + [schema[key] for key in ("const",) if key in schema]
        self._allowed = len(allowed)
        self._allowed_size = size(allowed)
        self._required = len(_list(schema.get("required")))
        for keyword in ("dependentRequired", "dependencies"):
            found = schema.get(keyword)
            for one in found.values() if isinstance(found, dict) else ():
                self._required += 1 + len(_list(one))
        self._texts = _of_texts(schema)
        self._names = _of_names(schema)
        self._pattern_size = sum(map(pattern_size, self._texts))
        self._names_size = sum(map(pattern_size, self._names))
        self._has_format = "format" in schema
        self._has_divisor = "multipleOf" in schema or "divisibleBy" in schema
        self._is_set = bool(schema.get("uniqueItems"))
        self._answers = len(schema) + self._required
        self._copied = self._allowed_size + size(self._texts) + size(schema.get("not"))

    def steps(self, value: Any) -> int:
        """How long a verdict on a value takes."""
        if isinstance(value, str):
            read = self._pattern_size * len(value) // _READ
            formats = size(value) if self._has_format else 0
            return 1 + len(self._texts) + read + formats + self._allowed // 64
        if isinstance(value, dict):
            return 1 + (self._required + self._allowed_size) // 16 + self._of_names(value)
        if isinstance(value, list):
            unique = 2 * size(value) if self._is_set else 0
            return 1 + unique + self._allowed_size // 16
        if value is None or isinstance(value, bool):
            return 1 + self._allowed // 64
        return 1 + self._allowed + (4 * size(value) if self._has_divisor else 0)

    @property
    def most_steps(self) -> int:
        """No fewer than `steps` has for each value in one, as `size` counts them."""
        read = (self._pattern_size + 2 * self._names_size) * _CHARACTERS // _READ
        many = len(self._texts) + 2 * len(self._names) + self._required // 16
        of_kinds = 4 * self._has_divisor + 2 * self._is_set + self._has_format
        return LIGHT + read + many + of_kinds + self._allowed + self._allowed_size // 16

    def _of_names(self, value: dict[str, Any]) -> int:
        if not self._names:
            return 0
        read = self._names_size * sum(map(len, value)) // _READ
        return 2 * (len(self._names) * len(value) + read)

    def told(self, value_size: int) -> int:
        """The memory that all takes which may be said of a value of a size."""
        return self._answers * (ANSWER + value_size) + self._copied


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
