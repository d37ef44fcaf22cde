"""What a schema tells of the fields of an object without judging them: for who compares objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.checks.schema.definitions import Schema

_NOTHING: Schema = {}
# How definitions of custom resources write that a string is a quantity (controller-gen's pattern).
_QUANTITY_PATTERN = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
# The units that the pattern of a duration names (Flux and others have no format for it).
_DURATION_UNITS = ("ms", "s", "m", "h")

# A part of the key that may be left out, and what it is then: schemas do not say it
# (k8s.io/api/core/v1: ContainerPort, ServicePort).
_DEFAULTS = {"protocol": "TCP"}


class Shape(NamedTuple):
    """What is known of a value: an empty schema where nothing is.

    `custom` tells objects of a CustomResourceDefinition, in which null is a value.
    """

    schema: Schema
    definitions: Mapping[str, Schema]
    custom: bool

    def field(self, name: str) -> Shape:
        """The shape of a field of this mapping."""
        found = self.schema.get("properties", _NOTHING).get(name)
        if found is None:
            others = self.schema.get("additionalProperties")
            found = others if isinstance(others, dict) else _NOTHING
        return self._of(found)

    @property
    def item(self) -> Shape:
        """The shape of the items of this list."""
        return self._of(self.schema.get("items", _NOTHING))

    @property
    def is_map(self) -> bool:
        """Whether the items of this list have keys, and their order means nothing to the API."""
        return bool(self.keys)

    @property
    def is_set(self) -> bool:
        return self.schema.get("x-kubernetes-list-type") == "set"

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields by which the items of this list are told apart; empty where none do."""
        if self.schema.get("x-kubernetes-list-type") != "map":
            return ()
        return tuple(self.schema.get("x-kubernetes-list-map-keys", ()))

    def default(self, name: str) -> str | None:
        """What a field of an item's key is where it is left out."""
        found = self.item.schema.get("properties", _NOTHING).get(name, _NOTHING).get("default")
        return found if found is not None or self.custom else _DEFAULTS.get(name)

    @property
    def is_quantity(self) -> bool:
        if self.schema.get("format") == "quantity":
            return True
        pattern = self.schema.get("pattern")
        return isinstance(pattern, str) and pattern.startswith(_QUANTITY_PATTERN)

    @property
    def is_duration(self) -> bool:
        if self.schema.get("format") == "duration":
            return True
        pattern = self.schema.get("pattern")
        return isinstance(pattern, str) and f"({'|'.join(_DURATION_UNITS)})" in pattern

    def _of(self, schema: Schema) -> Shape:
        reference = schema.get("$ref")
        if reference is None:
            return self._replace(schema=schema)
        return Shape(self.definitions[reference], self.definitions, custom=False)


# Of what no schema describes.
NO_SHAPE = Shape(_NOTHING, _NOTHING, custom=True)
