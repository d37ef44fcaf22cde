"""The work that a schema makes is known before it is done."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.schema_effort import MOST, Effort, TooMuchError, UnfollowedError

_NAMES = "abcd"


def _refers_to(names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas that refer to some of the definitions."""
    references = st.sampled_from(names).map(lambda name: {"$ref": f"#/$defs/{name}"})
    schemas: st.SearchStrategy[dict[str, Any]] = st.recursive(
        references | st.just({"type": "string"}),
        lambda inner: st.one_of(
            st.builds(
                lambda keyword, some: {keyword: some},
                st.sampled_from(["anyOf", "allOf", "oneOf"]),
                st.lists(inner, min_size=1, max_size=3),
            ),
            inner.map(lambda one: {"properties": {"x": one}}),
            inner.map(lambda one: {"additionalProperties": one}),
            inner.map(lambda one: {"items": one}),
            inner.map(lambda one: {"not": one}),
        ),
        max_leaves=6,
    )
    return schemas


def _schemas() -> st.SearchStrategy[dict[str, Any]]:
    """Each definition may refer to all, so that they may go round in circles."""
    return st.builds(
        lambda root, inner: {**root, "$defs": dict(zip(_NAMES, inner, strict=True))},
        _refers_to(_NAMES),
        st.tuples(*[_refers_to(_NAMES) for _ in _NAMES]),
    )


_VALUES = st.recursive(
    st.none() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner),
    max_leaves=8,
)


def _asked(schema: Any, value: Any, root: Any, depth: int = 0) -> int:
    """The questions, one after the other, as a validator asks them; many where it has no end."""
    total = 1
    for one, part in _next(schema, value, root):
        total += _asked(one, part, root, depth + 1)
        if total > MOST or depth > 60:
            return MOST + 1
    return total


def _next(schema: Any, value: Any, root: Any) -> list[tuple[Any, Any]]:
    fields = value if isinstance(value, dict) else {}
    names = schema.get("$ref", "").rpartition("/")[2]
    same = [root["$defs"][name] for name in names]
    for keyword in ("anyOf", "allOf", "oneOf"):
        same += schema.get(keyword, [])
    same += [schema["not"]] if "not" in schema else []
    found = [(one, value) for one in same]
    if "x" in schema.get("properties", {}) and "x" in fields:
        found.append((schema["properties"]["x"], fields["x"]))
    if "additionalProperties" in schema:
        found += [(schema["additionalProperties"], part) for part in fields.values()]
    if "items" in schema and isinstance(value, list):
        found += [(schema["items"], part) for part in value]
    return found


@given(_schemas(), _VALUES)
def test_what_is_let_through_ends(schema: dict[str, Any], value: Any) -> None:
    try:
        Effort(schema).check(value)
    except TooMuchError:
        return
    assert _asked(schema, value, schema) <= MOST
    jsonschema_rs.validator_for(json.dumps(schema)).is_valid(value)


_TREE = {"properties": {"name": {"type": "string"}, "inner": {"$ref": "#"}}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (_TREE, {"inner": {"inner": {"inner": {"name": "a"}}}}),
        ({"$id": "https://example.com/pool", "type": "integer"}, 1),
        ({"properties": {"id": {"$ref": "#/$defs/n"}}, "$defs": {"n": {}}}, {"id": 1}),
        ({"$ref": "#/$defs/a%20b", "$defs": {"a b": {"items": {"type": "integer"}}}}, [1] * 5000),
        ({"anyOf": [{"$ref": "#/$defs/a"}] * 40, "$defs": {"a": {"type": "integer"}}}, 1),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1}),
        ({"enum": [[*range(3000)] for _ in range(30)]}, [*range(2999)]),
    ],
)
def test_schemas_of_people_are_asked(schema: Any, value: Any) -> None:
    Effort(schema).check(value)


def _nested(keyword: str, levels: int) -> Any:
    schema: Any = {"properties": {"a": {"type": "integer"}}, "items": {"type": "integer"}}
    for _ in range(levels):
        schema = {"allOf": [schema], keyword: False}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        _nested("unevaluatedProperties", 40),
        _nested("unevaluatedItems", 40),
        {"$ref": "#/nowhere"},
    ],
)
def test_what_multiplies_is_refused(schema: Any) -> None:
    for value in ({"a": 1}, [1]):
        with pytest.raises(TooMuchError):
            Effort(schema).check(value)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"not": {"$ref": "#"}},
        {"if": {"$ref": "#/then"}, "then": {"if": {"$ref": "#"}}},
        {"dependentSchemas": {"x": {"$ref": "#"}}},
    ],
)
def test_a_schema_that_asks_itself_about_the_same_value_is_refused(schema: Any) -> None:
    with pytest.raises(TooMuchError):
        Effort(schema).check({"x": 1})


_DECOY = {"$ref": "#/$defs/a", "$defs": {"a": True}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$dynamicRef": "#/$defs/a"},
        {"$recursiveRef": "#"},
        {"$ref": "#name"},
        {"$ref": "other.json"},
        {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        {"$id": "https://example.com/a", "$ref": "#"},
        {"anyOf": [{"id": "http://x/", "$ref": "#/$defs/a"}, {"items": [_DECOY]}]},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}, "unevaluatedProperties": False},
    ],
)
def test_references_that_lead_elsewhere_are_refused(schema: Any) -> None:
    with pytest.raises(UnfollowedError):
        Effort(schema)
