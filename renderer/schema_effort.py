"""How much work it is to hold a value against a JSON Schema, before it is done.

Nothing interrupts a validator. It asks each part of a schema about each part of a value that it
applies to, so that alternatives and items multiply. So do references (thirteen definitions of which
each names the next nine times ask for 9 to the 13th answers), and `unevaluatedProperties`, which
asks what is beside it once more. Each answer that is no holds a copy of the value.
https://json-schema.org/draft/2020-12/json-schema-core#name-applying-subschemas-to-inst
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from renderer.schema_weights import ANSWER, HEAVY, LIGHT, Weight, mappings, memory, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST = 600_000  # steps to a verdict: two or three seconds
_MOST_TOLD = 1_000_000  # what is said of a refused value: 200 MiB
_MOST_MADE = 1_400_000  # a validator: 300 MiB
_MOST_PAIRS = 100_000  # of a part of a schema and a part of a value, that are remembered

_UNEVALUATED = frozenset(["unevaluatedItems", "unevaluatedProperties"])
_ASKED_AGAIN = 4  # jsonschema-rs: three times, measured
_ELSEWHERE = ("$dynamicRef", "$recursiveRef")
_IDENTITIES = ("$id", "id")
_REFERENCES = ("$ref", *_ELSEWHERE)
# Keywords whose schemas are asked about the same value, and those asked about what it holds.
_SAME = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
_INSIDE = (
    *("additionalItems", "additionalProperties", "contains", "items", "patternProperties"),
    *("prefixItems", "unevaluatedItems", "unevaluatedProperties"),
)
_BY_NAME = frozenset(["dependencies", "dependentSchemas", "patternProperties"])
_PARTS = (*_INSIDE, "propertyNames")
_APPLYING = frozenset([*_SAME, *_INSIDE, "$ref", "properties", "propertyNames"])


class TooMuchError(ValueError):
    """Holding a value against a schema would not end in any useful time."""


class UnfollowedError(ValueError):
    """A schema has references whose target another draft of JSON Schema finds elsewhere."""


class Effort:
    """The work that a schema makes, by value; whether a validator of it fits into memory, at all.

    Raises `UnfollowedError` for a schema that refers to anything but a place in itself (where a
    reference leads is to be known for sure, and what an identity means differs between drafts).
    """

    def __init__(self, schema: Any) -> None:
        self._root = schema
        refers = has_references(schema)
        if refers:
            _check_references(schema)
        self.can_be_asked = memory(schema) <= _MOST_MADE
        self._may_multiply = refers or _has(schema, _UNEVALUATED)
        self._weights: dict[int, Weight] = {}

    def check(self, value: Any) -> None:
        """Raises `TooMuchError` for a value that this schema would be asked about too often.

        For each value, if no validator should be made of the schema.
        """
        if not self.can_be_asked:
            raise TooMuchError
        if self._may_multiply or self.at_most(value) > MOST:
            self._walk(MOST, tells=False).check(value)

    def at_most(self, value: Any) -> int:
        """No fewer steps than a value takes; quickly, for a schema that has no references."""
        return self._steps_for_each * size(value)

    @cached_property
    def _steps_for_each(self) -> int:
        try:
            return self._most_for_each(self._root)
        except RecursionError:
            return MOST + 1

    def _most_for_each(self, schema: Any) -> int:
        """No fewer than the steps for each value in one; it is that of at most one property."""
        if not isinstance(schema, dict):
            return 1
        is_light = HEAVY.isdisjoint(schema)
        own = LIGHT if is_light else _weight(schema, self._weights).most_steps
        if _APPLYING.isdisjoint(schema):
            return own
        same, inside = (
            sum(self._most_for_each(one) for key in keys for one in _schemas(schema.get(key), key))
            for keys in (_SAME, _PARTS)
        )
        fields = (self._most_for_each(one) for _, one in _items(schema.get("properties")))
        return max(own, max(fields, default=0) + inside) + same

    def can_tell(self, value: Any) -> bool:
        """Whether all that may be wrong with a value is little enough to be said."""
        try:
            self._walk(_MOST_TOLD, tells=True).check(value)
        except TooMuchError:
            return False
        return True

    def _walk(self, most: int, *, tells: bool) -> _Walk:
        return _Walk(self._root, self._weights, most, remembers=self._may_multiply, tells=tells)


def _weight(schema: dict[str, Any], weights: dict[int, Weight]) -> Weight:
    weight = weights.get(id(schema))
    if weight is None:
        weight = weights[id(schema)] = Weight(schema)
    return weight


class _Walk:
    """One way through a schema and a value: of steps, or of what may be told (`tells`).

    Where parts are reached in several ways (`remembers`), what is known of them is taken again.
    """

    def __init__(
        self, root: Any, weights: dict[int, Weight], most: int, *, remembers: bool, tells: bool
    ) -> None:
        self._root = root
        self._weights = weights  # by the place of a part in memory, as everything here
        self._most = most
        self._remembers = remembers
        self._tells = tells
        self._spent = 0
        self._sizes: dict[int, int] = {}
        self._found: dict[tuple[int, int], int] = {}
        self._open: set[tuple[int, int]] = set()

    def check(self, value: Any) -> None:
        """Raises `TooMuchError`."""
        try:
            self._total(self._root, value)
        except RecursionError:
            raise TooMuchError from None

    def _total(self, schema: Any, value: Any) -> int:
        if not self._remembers:
            return self._counted(schema, value)
        asked = id(schema), id(value)
        if asked in self._found:
            return self._found[asked]
        if asked in self._open or len(self._found) > _MOST_PAIRS:
            raise TooMuchError
        self._open.add(asked)
        total = self._counted(schema, value)
        self._open.discard(asked)
        self._found[asked] = total
        return total

    def _counted(self, schema: Any, value: Any) -> int:
        total = self._own(schema, value)
        self._spent += total
        if self._spent > self._most:  # before all is added up, which takes as long
            raise TooMuchError
        if not isinstance(schema, dict) or _APPLYING.isdisjoint(schema):
            return total
        again = 1 if _UNEVALUATED.isdisjoint(schema) else _ASKED_AGAIN
        for one, part, times in self._applied(schema, value):
            total += again * times * self._total(one, part)
            if total > self._most:
                raise TooMuchError
        return total

    def _own(self, schema: Any, value: Any) -> int:
        if not isinstance(schema, dict):
            return ANSWER + self._size(value) if self._tells and schema is False else 1
        weight = _weight(schema, self._weights)
        return weight.told(self._size(value)) if self._tells else weight.steps(value)

    def _size(self, value: Any) -> int:
        if id(value) not in self._sizes:
            self._sizes[id(value)] = size(value)
        return self._sizes[id(value)]

    def _applied(self, schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, Any, int]]:
        """The schemas that are asked next, each with the part of the value that it judges."""
        if isinstance(reference := schema.get("$ref"), str):
            yield self._target(reference), value, 1
        for keyword in _SAME:
            for one in _schemas(schema.get(keyword), keyword):
                yield one, value, 1
        if not isinstance(value, (dict, list)) or not value:
            return
        if isinstance(value, dict):
            yield from self._of_fields(schema, value)
        parts = value if isinstance(value, list) else value.values()
        for keyword in _INSIDE:
            for one in _schemas(schema.get(keyword), keyword):
                for part in parts:
                    yield one, part, 1

    def _of_fields(
        self, schema: dict[str, Any], value: dict[str, Any]
    ) -> Iterator[tuple[Any, Any, int]]:
        fields = schema.get("properties")
        if isinstance(fields, dict):
            for name in value if len(value) < len(fields) else fields:
                if name in value and name in fields:
                    yield fields[name], value[name], 1
        if "propertyNames" in schema:  # what it says of a name holds a copy of all
            times = 1 + self._size(value) // ANSWER if self._tells else 1
            for name in value:
                yield schema["propertyNames"], name, times

    def _target(self, reference: str) -> Any:
        found = _pointed_at(self._root, unquote(reference.removeprefix("#")))
        if found is None:
            raise TooMuchError  # the validator follows it, and we do not know where to
        return found


def _check_references(schema: Any) -> None:
    for node in mappings(schema):
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
    return any(key in node for node in mappings(schema) for key in keywords)


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
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, dict) or found is False else []


def _items(node: Any) -> Iterable[tuple[str, Any]]:
    return node.items() if isinstance(node, dict) else ()
