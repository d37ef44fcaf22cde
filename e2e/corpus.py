"""Valid objects of many kinds: Kubernetes' own published examples, and grown from the schemas.

Nothing here knows what is valid: whoever uses it keeps what a real API server accepts.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

Schema = dict[str, Any]

# Values that are accepted in many places, by the type of the field.
_STRINGS = (
    "a-name", "/a/path", "registry.example.com/image:1.0", "10.0.0.1", "10.0.0.0/8", "v1", "1",
    "example.com", "example.com/name", "30s", "2006-01-02T15:04:05Z", "*", "get", "pods", "tcp",
    "https://example.com/", "a == b", "true", "",
)  # fmt: skip
_FORMATTED = {"byte": "YQ==", "date-time": "2006-01-02T15:04:05Z"}
_OTHERS: Mapping[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": (1, 0, 80, 8080, 30, 100, 65534),
    "number": (1, 0.5),
}


def published(directory: Path) -> Iterator[dict[str, Any]]:
    """Every object in the YAML files of a directory, as far as they are YAML."""
    for path in sorted(directory.glob("*.yaml")):
        try:
            documents = list(yaml.load_all(path.read_bytes(), JsonLoader))
        except yaml.YAMLError:
            continue  # templates
        for data in documents:
            if isinstance(data, dict) and isinstance(data.get("metadata"), dict):
                data["metadata"].pop("namespace", None)  # which is not there
                data["metadata"].setdefault("name", "a-name")
                yield data


class JsonLoader(yaml.CSafeLoader):
    """YAML as JSON has it: no dates."""


JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith((":timestamp", ":merge"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class Grower:
    """Grows objects from schemas: required fields first, then one field at a time."""

    def __init__(self, definitions: Mapping[str, Schema], random: Random) -> None:
        self._definitions = definitions
        self._random = random

    def seed(self, api_version: str, kind: str, schema: Schema) -> dict[str, Any]:
        """An object with what the schema requires and, mostly, a spec."""
        value = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a-name"}}
        fields = schema.get("properties", {})
        wanted = [*schema.get("required", ()), *(["spec"] if "spec" in fields else ())]
        for key in wanted:
            if key not in value:
                value[key] = self._value(fields[key], 0)
        return value

    def grow(self, schema: Schema, data: dict[str, Any]) -> dict[str, Any]:
        """A copy with one more field, or with another value in one."""
        grown = copy.deepcopy(data)
        self._grow(schema, grown, top=True)
        grown["metadata"].pop("namespace", None)
        return grown

    def _grow(self, schema: Schema, value: Any, *, top: bool = False) -> None:
        schema = self._resolved(schema)
        if isinstance(value, list):
            items = schema.get("items", {})
            deeper = [one for one in value if isinstance(one, (dict, list))]
            if deeper and self._random.random() < 0.8:
                self._grow(items, self._random.choice(deeper))
            else:
                value.append(self._value(items, 0))
            return
        fields = schema.get("properties")
        if fields is None:
            value[self._random.choice(["a-key", "other"])] = self._value(
                schema.get("additionalProperties", {"type": "string"}), 0
            )
            return
        names = [one for one in fields if not (top and one in ("apiVersion", "kind", "status"))]
        there = [one for one in names if isinstance(value.get(one), (dict, list))]
        if there and self._random.random() < 0.75:
            key = self._random.choice(there)
            self._grow(fields[key], value[key])
        elif free := [one for one in names if one != "metadata" and one not in there]:
            key = self._random.choice(free)
            if not (top and key == "metadata") and key != "name":
                value[key] = self._value(fields[key], 0)

    def _value(self, schema: Schema, depth: int) -> Any:
        schema = self._resolved(schema)
        choose = self._random.choice
        if "enum" in schema:
            return choose(schema["enum"])
        if schema.get("x-kubernetes-int-or-string"):
            return choose([1, 80, "25%", "http"])
        if schema.get("format") == "quantity":
            return choose(["1", "500m", "1Gi", 2, 0.5])
        if "oneOf" in schema:
            return self._value(choose(schema["oneOf"]), depth + 1)
        expected = schema.get("type", "object")
        if expected == "object":
            return self._object(schema, depth)
        if expected == "array":
            return [] if depth > 5 else [self._value(schema.get("items", {}), depth + 1)]
        if expected == "string":
            return _FORMATTED.get(schema.get("format", "")) or choose(_STRINGS)
        return choose(_OTHERS[expected])

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        fields = schema.get("properties", {})
        names = list(schema.get("required", ()))
        if fields and depth < 4 and self._random.random() < 0.5:
            names.append(self._random.choice([*fields]))
        value = {key: self._value(fields.get(key, {}), depth + 1) for key in names}
        if "additionalProperties" in schema and depth < 4:
            value["a-key"] = self._value(schema["additionalProperties"], depth + 1)
        return value

    def _resolved(self, schema: Schema) -> Schema:
        return self._definitions[schema["$ref"]] if "$ref" in schema else schema
