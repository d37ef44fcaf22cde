"""Schemas of custom resources, from the CustomResourceDefinitions that define them.

The rules are those of structural schemas: Kubernetes docs, "Extend the Kubernetes API with
CustomResourceDefinitions", sections "Specifying a structural schema", "Field pruning",
"Defaulting" and "Intstr, nullable, embedded resource".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.schema.problems import INVALID, Problem, without_status
from renderer.checks.schema.rules import Rules, value_rules
from renderer.checks.schema.walking import SchemaWalk
from renderer.json_schema import TYPES
from renderer.kubernetes.manifests import defined_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.checks.schema.definitions import Schema
    from renderer.kubernetes.kinds import Kind


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
        if self._rules and not any(one.rule == INVALID for one in found):
            found += self._rules.problems(_defaulted(self._schema, data))
        return without_status(found) if self._drops_status else found

    @cached_property
    def _is_sound(self) -> bool:
        return _is_sound(self._schema)

    @cached_property
    def _rules(self) -> Rules | None:
        found = value_rules(self._schema)
        return Rules(found) if found else None


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
