"""Compares an object with a schema as the API server does, and says what is wrong where."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from renderer.checks.schema.custom_formats import CUSTOM_FORMATS
from renderer.checks.schema.formats import DECODED, FORMATS
from renderer.checks.schema.problems import (
    INVALID,
    Problem,
    path_to,
    unknown_field,
)
from renderer.json_schema import TOO_WIDE, TYPES, WORDS, is_wide, wrong_type
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from renderer.checks.schema.definitions import Schema
    from renderer.checks.schema.problems import Trail

# What a Go struct without the field holds too.
_ABSENT: tuple[Any, ...] = (None, "", [], {})
# The same for a pointer, which an empty mapping sets.
_UNSET: tuple[Any, ...] = (None, "", [])

_NOTHING: dict[str, Any] = {}

_STRING: Schema = {"type": "string"}

# What every object has: the fields that a definition's schema need not name.
_IDENTITY: dict[str, Schema] = {
    "apiVersion": {"type": "string", "format": "x-not-empty"},
    "kind": {"type": "string", "format": "x-not-empty"},
    "metadata": {"$ref": "apimachinery.pkg.apis.meta.v1.ObjectMeta"},
}


class SchemaWalk:
    """One walk through an object, beside its schema; `problems` are in the object's order.

    Kubernetes' own kinds are read into Go structs, where null is as good as nothing; in objects
    of a CustomResourceDefinition (`custom`) it is a value, which the schema must allow.

    `doubtful` are the containers of a base, by their ids, that hold a problem: see `check`.
    """

    def __init__(
        self,
        definitions: Mapping[str, Schema],
        *,
        custom: bool = False,
        doubtful: Collection[int] = (),
    ) -> None:
        self._definitions = definitions
        self._custom = custom
        self._doubtful = doubtful
        self._formats = CUSTOM_FORMATS if custom else FORMATS
        self.problems: list[Problem] = []

    def check(self, schema: Schema, data: dict[str, Any], base: Mapping[str, Any]) -> None:
        """The object as a whole; where it shares a value with its `base`, that is fine already."""
        self._object(embedded(schema) if self._custom else schema, data, None, base)

    def _value(self, schema: Schema, value: Any, trail: Trail, base: Any) -> None:
        if "$ref" in schema:
            if self._custom:  # metadata, which is read into a Go struct in every kind
                walk = SchemaWalk(self._definitions)
                walk._value(schema, value, trail, base)
                self.problems += walk.problems
                return
            schema = self._definitions[schema["$ref"]]
        if value is None:
            self._null(schema, trail)
            return
        expected = schema.get("type")
        if expected is None:
            self._typeless(schema, value, trail, base)
        elif not _is_type(value, expected):
            self._report(trail, *wrong_type(value, WORDS[expected], expected))
        elif expected == "integer" and is_wide(value):
            self._report(trail, TOO_WIDE)
        elif expected == "object":
            self._object(schema, value, trail, base)
        elif expected == "array":
            self._array(schema, value, trail, base)
        else:
            self._scalar(schema, value, trail)

    def _null(self, schema: Schema, trail: Trail) -> None:
        if self._custom and not _takes_null(schema):
            expected = WORDS.get(schema.get("type", ""), "a value")
            message = f"null is not {expected}"
            self._report(trail, message, "leave the field out", readable=True)

    def _typeless(self, schema: Schema, value: Any, trail: Trail, base: Any) -> None:
        if schema.get("x-kubernetes-int-or-string"):
            if type(value) is not str and not _is_type(value, "integer"):
                self._report(trail, *wrong_type(value, "an integer or a string"))
            elif type(value) is not str and is_wide(value):
                self._report(trail, TOO_WIDE)
            elif not self._custom:
                self._scalar({"format": schema.get("format", "int32")}, value, trail)
        elif "oneOf" in schema and not self._custom:
            self._alternative(schema["oneOf"], value, trail, base)
        elif "format" in schema and not self._custom:
            self._scalar(schema, value, trail)
        elif type(value) is dict:
            self._object(schema, value, trail, base)

    def _alternative(self, schemas: list[Schema], value: Any, trail: Trail, base: Any) -> None:
        """Types of Go that read either of two types of JSON."""
        for schema in schemas:
            if type(value) is TYPES[schema.get("type", "object")]:
                self._value(schema, value, trail, base)
                return
        expected = " or ".join(WORDS[one.get("type", "object")] for one in schemas)
        self._report(trail, *wrong_type(value, expected))

    def _object(self, schema: Schema, value: dict[str, Any], trail: Trail, base: Any) -> None:
        if schema.get("x-kubernetes-embedded-resource") and trail:
            schema = embedded(schema)
        fields = schema.get("properties", _NOTHING)
        others = schema.get("additionalProperties")
        if others is None:
            others = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
        names = None if self._custom else schema.get("propertyNames")  # CRDs have no such field
        base = base if type(base) is dict else _NOTHING
        fine = _NOTHING if id(base) in self._doubtful else base
        for key, child in value.items():
            if fine.get(key, _NOTHING) is child:
                continue
            if names is not None and (wrong := FORMATS[names["format"]](key)):
                self._report((trail, key), wrong, readable=True)
            field = fields.get(key, others)
            if field is False:
                self.problems.append(unknown_field(key, fields, path_to((trail, key))))
            elif field is not True and not (type(child) is str and field == _STRING):
                self._value(field, child, (trail, key), base.get(key))
        self._demands(schema, fields, value, trail)

    def _demands(
        self, schema: Schema, fields: Mapping[str, Schema], value: dict[str, Any], trail: Trail
    ) -> None:
        """What a mapping must hold."""
        for key in schema.get("required", ()):
            if value.get(key) in _ABSENT:
                self._missing(fields.get(key, _NOTHING), key, value, trail)
        if "x-one-of" in schema:
            self._one_of(schema["x-one-of"], value, trail)
        if "x-at-most-one" in schema:
            self._at_most_one(schema["x-at-most-one"], value, trail)
        for key in schema.get("x-structs", ()):
            if value.get(key) is None:
                self._object(self._resolved(fields[key]), {}, (trail, key), None)

    def _missing(self, schema: Schema, key: str, value: dict[str, Any], trail: Trail) -> None:
        if self._custom:
            there = key in value  # null and empty values are judged as values
        else:
            there = value.get(key) is not None and "type" not in self._resolved(schema)
        if there or "default" in schema:
            return
        message = f"the required field {key} is missing"
        self._report(trail, message, f"add {key}", readable=True)

    def _one_of(self, groups: list[list[str]], value: dict[str, Any], trail: Trail) -> None:
        if any(all(value.get(key) not in _UNSET for key in group) for group in groups):
            return
        wanted = ", or ".join(" and ".join(group) for group in groups)
        self._report(trail, f"one of these is required: {wanted}", readable=True)

    def _at_most_one(self, fields: list[str], value: dict[str, Any], trail: Trail) -> None:
        there = [key for key in value if key in fields and value[key] not in _UNSET]
        if len(there) > 1:
            message = f"only one of these may be there: {', '.join(there)}"
            hint = "a patch that sets one has to remove the other"
            self._report(trail, message, hint, readable=True)

    def _array(self, schema: Schema, value: list[Any], trail: Trail, base: Any) -> None:
        items = schema.get("items")
        if items is None:
            return
        kind = schema.get("x-kubernetes-list-type")
        base = base if type(base) is list else []
        fine = set() if id(base) in self._doubtful else set(map(id, base))
        bases = base if len(base) == len(value) else repeat(None)
        for index, (child, before) in enumerate(zip(value, bases, strict=False)):
            if id(child) in fine:
                continue
            if child is None and not self._custom:
                if kind in ("map", "set"):
                    what = "a mapping" if kind == "map" else "a value"
                    self._report((trail, index), f"null is not {what}", "leave the item out")
                    continue
                child = self._zero(items)
            if not (type(child) is str and items == _STRING):
                self._value(items, child, (trail, index), before)
        if len(value) > 1 and kind in ("map", "set"):
            self._duplicates(schema, value, trail)

    def _duplicates(self, schema: Schema, value: list[Any], trail: Trail) -> None:
        seen: dict[str, int] = {}
        for index, (item, name) in enumerate(self._identities(schema, value)):
            if item in seen:
                self._report((trail, index), f"{name} is also in item {seen[item]} of the list")
            seen.setdefault(item, index)

    def _identities(self, schema: Schema, value: list[Any]) -> Iterator[tuple[str, str]]:
        """What must be distinct in a list that is a set or a map, and what to call it."""
        keys = schema.get("x-kubernetes-list-map-keys")
        items = self._resolved(schema["items"])
        fields = items.get("properties", _NOTHING)
        for index, item in enumerate(value):
            if keys is None:
                yield _canonical(item), "this value"
            elif type(item) is dict:
                found = [item.get(key, fields.get(key, _NOTHING).get("default")) for key in keys]
                yield repr(found), "this " + " and ".join(keys)
            else:
                yield f"item {index}", ""  # of a wrong type, which is reported

    def _scalar(self, schema: Schema, value: Any, trail: Trail) -> None:
        name = schema.get("format", "")
        check = self._formats.get(name)
        if value == "" and trail and type(trail[1]) is str and not self._custom:
            if name not in DECODED:
                return  # in a struct as good as nothing
        elif "enum" in schema and value not in schema["enum"]:
            known = [str(one) for one in schema["enum"]]
            hint = closest(value, known) if type(value) is str else ""
            wanted = "this value is none of " + ", ".join(known)
            self._report(trail, wanted, hint, readable=True)
        if check is not None and (wrong := check(value)):
            self._report(trail, wrong, readable=name not in DECODED)
        if "minimum" in schema and not self._custom:
            self._range(schema["minimum"], schema.get("maximum"), value, trail)

    def _range(self, least: int, most: int | None, value: int, trail: Trail) -> None:
        if value < least or (most is not None and value > most):
            wanted = f"at least {least}" if most is None else f"between {least} and {most}"
            self._report(trail, f"this number must be {wanted}", readable=True)

    def _zero(self, schema: Schema) -> Any:
        """What Go reads null as in a list."""
        expected = self._resolved(schema).get("type")
        return TYPES[expected]() if expected else None

    def _resolved(self, schema: Schema) -> Schema:
        return self._definitions[schema["$ref"]] if "$ref" in schema else schema

    def _report(
        self, trail: Trail, message: str, hint: str = "", *, readable: bool = False
    ) -> None:
        self.problems.append(
            Problem(INVALID, path_to(trail), message, hint=hint, readable=readable)
        )


def _is_type(value: Any, expected: str) -> bool:
    there = type(value)
    if there is TYPES[expected] or (there is int and expected == "number"):
        return True
    return there is float and expected == "integer" and value.is_integer()  # 1.0 is sent as 1


def _canonical(value: Any) -> str:
    """A text that equal values share, in whatever order their fields are."""
    if isinstance(value, dict):
        return repr(sorted((key, _canonical(one)) for key, one in value.items()))
    if isinstance(value, list):
        return repr([*map(_canonical, value)])
    return repr(value)


def embedded(schema: Schema) -> Schema:
    """The schema of an object of its own, with the fields that every object has."""
    fields = {**schema.get("properties", _NOTHING), **_IDENTITY}
    required = [*schema.get("required", ()), "apiVersion", "kind"]
    return {**schema, "properties": fields, "required": required}


def _takes_null(schema: Schema) -> bool:
    """Whether a custom resource may hold null here: the server puts a default in its place."""
    if schema.get("nullable") or schema.get("default") is not None:
        return True
    return "type" not in schema and not schema.get("x-kubernetes-int-or-string")
