"""Schemas of custom resources, from the CustomResourceDefinitions that define them.

The rules are those of structural schemas: Kubernetes docs, "Extend the Kubernetes API with
CustomResourceDefinitions", sections "Specifying a structural schema", "Field pruning",
"Defaulting" and "Intstr, nullable, embedded resource".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.schema.problems import INVALID, Problem, without_status
from renderer.checks.schema.walking import SchemaWalk
from renderer.json_schema import TYPES, broken
from renderer.kubernetes.manifests import defined_kind
from renderer.schema_effort import has_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import jsonschema_rs

    from renderer.checks.schema.definitions import Schema
    from renderer.kubernetes.kinds import Kind

# The keywords that SchemaWalk leaves to jsonschema-rs.
_RULES = frozenset(
    {
        *("allOf", "anyOf", "not", "oneOf"),
        *("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
        *("maxLength", "minLength", "pattern"),
        *("maxItems", "minItems", "maxProperties", "minProperties"),
    }
)


def custom_kinds(definitions: Iterable[Any]) -> Iterator[CustomKind]:
    """The kinds of all CustomResourceDefinitions among some objects; others define nothing."""
    for data in definitions:
        kind = defined_kind(data) if isinstance(data, dict) else None
        if kind:
            yield CustomKind(kind, dict(_versions(data["spec"].get("versions"))))


def _versions(versions: Any) -> Iterator[tuple[str, CustomVersion]]:
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict) and version.get("served"):
            validation = version.get("schema")
            schema = validation.get("openAPIV3Schema") if isinstance(validation, dict) else None
            schema = schema if isinstance(schema, dict) else {**_ANYTHING}
            subresources = version.get("subresources")
            drops_status = isinstance(subresources, dict) and "status" in subresources
            yield str(version.get("name")), CustomVersion(schema, drops_status)


_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}


class CustomVersion:
    """A version that is served: its schema, and whether a status that is applied is dropped."""

    def __init__(self, schema: Schema, drops_status: bool) -> None:
        self._schema = schema
        self._drops_status = drops_status

    @property
    def schema(self) -> Schema:
        """The structural schema; one that cannot be worked with says nothing."""
        return self._schema if self._is_sound else {}

    def problems(self, data: dict[str, Any], definitions: Mapping[str, Schema]) -> list[Problem]:
        """What is wrong with an object: its structure, and once that is right, its values."""
        if not self._is_sound:
            return []
        walk = SchemaWalk(definitions, custom=True)
        walk.check(self._schema, data, {})
        found = walk.problems
        if not any(one.rule == INVALID for one in found) and self._validator:
            errors = self._validator.iter_errors(_defaulted(self._schema, data))
            found += [
                Problem(INVALID, *one, readable=True) for one in broken(errors, self._value_rules)
            ]
        return without_status(found) if self._drops_status else found

    @cached_property
    def _is_sound(self) -> bool:
        return _is_sound(self._schema)

    @cached_property
    def _value_rules(self) -> Schema:
        return _rules(self._schema)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft4Validator | None:
        return _validator(self._value_rules) if self._value_rules else None


class CustomKind(NamedTuple):
    """A kind that a definition defines, and the versions that it serves, by name."""

    kind: Kind
    versions: Mapping[str, CustomVersion]


def _is_sound(schema: Any) -> bool:
    """Whether a schema can be worked with; one that cannot is not the fault of its objects."""
    if not isinstance(schema, dict) or schema.get("type", "object") not in [*TYPES]:
        return False
    if "$ref" in schema:  # the server refuses it: one is followed where `embedded` wrote it
        return False
    fields = schema.get("properties", {})
    names = [schema.get(key, []) for key in ("required", "x-kubernetes-list-map-keys")]
    if not isinstance(fields, dict) or not all(map(_is_text, names)):
        return False
    if not isinstance(schema.get("enum", []), list) or not isinstance(
        schema.get("format", ""), str
    ):
        return False
    inner = [*fields.values(), *(schema[key] for key in ("items",) if key in schema)]
    others = schema.get("additionalProperties", False)
    return all(map(_is_sound, inner)) and (isinstance(others, bool) or _is_sound(others))


def _is_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _rules(schema: Schema) -> Schema:
    """The JSON Schema of the rules for values; empty if there are none.

    Types, required fields and the like are SchemaWalk's. What allOf, anyOf, oneOf and not hold is
    taken as it is: there they are rules.
    """
    rules = {key: value for key, value in schema.items() if key in _RULES}
    if schema.get("x-kubernetes-int-or-string"):
        rules.pop("anyOf", None)  # it says the two types once more, and null is none of them
    fields = schema.get("properties")
    if fields and (inner := {key: one for key, value in fields.items() if (one := _rules(value))}):
        rules["properties"] = inner
    items = schema.get("items")
    if items and (inner := _rules(items)):
        rules["items"] = inner
    others = schema.get("additionalProperties")
    if isinstance(others, dict) and (inner := _rules(others)):
        rules["additionalProperties"] = inner
    return rules


def _validator(rules: Schema) -> jsonschema_rs.Draft4Validator | None:
    import jsonschema_rs  # only where a definition has rules

    if has_references(rules):  # the server refuses them, and what they multiply has no end
        return None
    try:
        return jsonschema_rs.Draft4Validator(
            rules,
            validate_formats=False,
            pattern_options=jsonschema_rs.RegexOptions(),  # as Go's: no look-around, linear time
            offline=True,  # a $ref would have files read
        )
    except ValueError:  # a definition that the server would refuse is not this object's fault
        return None


def _defaulted(schema: Schema, value: Any) -> Any:
    """A value with the defaults that the server fills in before it looks at rules."""
    if isinstance(value, list):
        items = schema.get("items")
        return [_defaulted(items, one) for one in value] if items else value
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties") or {}
    others = schema.get("additionalProperties")
    others = others if isinstance(others, dict) else {}
    filled = {key: one["default"] for key, one in fields.items() if "default" in one}
    for key, one in value.items():
        if one is not None or key not in filled or fields[key].get("nullable"):
            filled[key] = one
    return {key: _defaulted(fields.get(key, others), one) for key, one in filled.items()}
