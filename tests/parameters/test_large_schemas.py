"""What multiplies without any reference: alternatives, patterns and values, and what is said."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer import schema_effort
from renderer.json_schema import pattern_options
from renderer.schema_effort import Effort, TooMuchError

_HOST = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$"
_NAMES = [f"name-{number}" for number in range(1000)]
_FORMS = [
    {"properties": {f"field{j}": {"type": "string"} for j in range(10)}, "required": [f"form{i}"]}
    for i in range(10)
]
_OBJECT = {**{f"field{number}": "text" for number in range(10)}, "form3": True}


def _nested(levels: int, fields: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {f"f{number}": value for number in range(fields)}
    return json.loads(json.dumps(value))


def _nested_schema(levels: int, fields: int) -> Any:
    schema: Any = {"type": "integer", "description": "how many"}
    for _ in range(levels):
        described = {"type": "object", "description": "fields", "additionalProperties": False}
        schema = {**described, "properties": {f"f{number}": schema for number in range(fields)}}
    return schema


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"pattern": _HOST}}, [f"web-{n}.shop.example.com" for n in range(2000)]),
        ({"items": {"type": "string", "format": "hostname"}}, ["web.example.com"] * 20_000),
        ({"items": {"enum": [*range(5000)]}}, [4999] * 100),
        ({"items": {"enum": [f"a{n}" for n in range(5000)]}}, [f"a{n}" for n in range(5000)]),
        (_nested_schema(4, 6), _nested(4, 6)),
        ({"additionalProperties": _nested_schema(3, 5)}, {name: _nested(3, 5) for name in "abcd"}),
        ({"propertyNames": {"pattern": _HOST}}, dict.fromkeys(_NAMES, "x")),
        ({"items": {"oneOf": _FORMS}}, [_OBJECT] * 1000),
        ({"uniqueItems": True}, [n + 0.5 for n in range(50_000)]),
        ({"type": "string", "pattern": "^(.|\n)*$"}, "text\n" * 100_000),
        ({"items": {"maxLength": 253}}, ["x"] * 100_000),
    ],
)
def test_large_values_of_people_are_asked(schema: Any, value: Any) -> None:
    Effort(schema).check(value)
    options = pattern_options()
    assert jsonschema_rs.validator_for(schema, pattern_options=options).is_valid(value)


_WORDS = [{"pattern": f"^(a|b)*{n}$"} for n in range(500)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"propertyNames": {"allOf": _WORDS}}, {f"k{n}": 1 for n in range(5000)}),
        (
            {"patternProperties": {f"^k{n}": {} for n in range(2000)}},
            {f"k{n}": 1 for n in range(900)},
        ),
        ({"items": {"anyOf": [{"const": n} for n in range(5000)]}}, ["x"] * 50_000),
        ({"items": {"enum": [n + 0.5 for n in range(5000)]}}, [4999.5] * 5000),
        ({"items": {"enum": [f"a{n}" for n in range(20_000)]}}, ["x"] * 100_000),
        ({"items": {"enum": [[0] * 50 + [n] for n in range(2000)]}}, [[0] * 50] * 2000),
        ({"items": {"allOf": [{"pattern": "a[ab]{300}c"}] * 300}}, ["ab" * 500] * 300),
        ({"pattern": "((a{50}){50}){50}"}, "a" * 10_000),
        ({"$defs": {f"a{n}": {"type": "string"} for n in range(300_000)}}, 1),
        ({"allOf": [{"pattern": "[a-z]{1000}"}] * 1000}, 1),
        ({"allOf": [{"pattern": "a"}] * 3000}, 1),
    ],
)
def test_what_multiplies_without_references_is_refused(schema: Any, value: Any) -> None:
    with pytest.raises(TooMuchError):
        Effort(schema).check(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"propertyNames": {"pattern": "^x"}}, {f"k{n}": 1 for n in range(2000)}),
        ({"dependentRequired": {f"k{n}": ["x"] * 100 for n in range(100)}}, {"k1": [1] * 200_000}),
        ({"items": {"required": [f"k{n}" for n in range(1000)]}}, [{}] * 100),
        ({"items": {"enum": [f"a{n}" for n in range(5000)]}}, ["x"] * 1000),
        ({"items": {"const": "x" * 100_000}}, ["y"] * 1000),
        ({"items": {"not": {"description": "x" * 100_000}}}, ["y"] * 1000),
        ({"allOf": [{"type": "string"}] * 1000}, [1] * 2000),
        ({"items": False}, [1] * 100_000),
    ],
)
def test_what_has_too_many_faults_is_told_as_one(schema: Any, value: Any) -> None:
    effort = Effort(schema)
    effort.check(value)
    assert not effort.can_tell(value)


_TEXTS = st.text("ab", max_size=3)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_OWN = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "array", "object"]),
        "enum": st.lists(_VALUES, min_size=1, max_size=3),
        "const": _VALUES,
        "pattern": st.sampled_from(["a", "^(a|b){2}$", r"\pL{3}"]),
        "required": st.lists(_TEXTS, max_size=3, unique=True),
        "dependentRequired": st.dictionaries(_TEXTS, st.lists(_TEXTS, max_size=2, unique=True)),
        "uniqueItems": st.booleans(),
        "multipleOf": st.integers(1, 3),
        "format": st.just("uri"),
    },
)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    held = st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(["anyOf", "allOf", "oneOf", "prefixItems"], some),
            **dict.fromkeys(["items", "not", "additionalProperties", "propertyNames"], inner),
            "properties": st.dictionaries(_TEXTS, inner, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(["a", "^b{2}"]), inner),
        },
    )
    return st.builds(lambda own, more: {**own, **more}, _OWN, held)


_SCHEMAS = st.recursive(st.booleans() | _OWN, _holding, max_leaves=8)


@given(_SCHEMAS, _VALUES)
def test_small_schemas_are_asked_about_small_values(schema: Any, value: Any) -> None:
    effort = Effort(schema)
    effort.check(value)
    assert effort.can_tell(value)


def _is_asked(schema: Any, value: Any, most: int) -> bool:
    with mock.patch.object(schema_effort, "MOST", most):
        try:
            Effort(schema).check(value)
        except TooMuchError:
            return False
        return True


@given(_SCHEMAS, _VALUES, st.integers(1, 4), st.integers(1, 200))
def test_more_of_the_same_is_no_less_work(schema: Any, value: Any, times: int, most: int) -> None:
    for repeated in ({"items": schema}, {"allOf": [{"items": schema}] * times}):
        if not _is_asked(repeated, [value] * times, most):
            assert not _is_asked(repeated, [value] * (times + 1), most)
            assert not _is_asked({"allOf": [repeated] * 2}, [value] * times, most)


@given(_SCHEMAS, _VALUES)
def test_what_is_not_counted_is_no_more_than_is_assumed(schema: Any, value: Any) -> None:
    held = {"allOf": [schema]}
    assert _is_asked(held, value, Effort(held).at_most(value) - 1)  # fewer, so that it is counted
