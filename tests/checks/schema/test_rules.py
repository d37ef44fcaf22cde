"""What is said of values that break a rule of their CustomResourceDefinition."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from checks.schema.samples import DEFINITION, SHOP, manifest, of, said
from renderer.checks.schema import Schemas

EITHER = [{"required": ["a"]}, {"required": ["b", "c"]}]
NONE = {"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}}
SECRET = "hunter2"


def sayings(schema: dict[str, Any], value: Any) -> list[tuple[str, str, str, str]]:
    crd = copy.deepcopy(manifest(DEFINITION).data)
    names = crd["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    free = {"x-kubernetes-preserve-unknown-fields": True}
    names["properties"]["rule"] = {**free, **schema}
    data = manifest(SHOP).data
    shop = of({**data, "spec": {**data["spec"], "rule": value}})
    return said(Schemas().with_definitions([crd]).check(shop))


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"anyOf": EITHER}, {}, "one of these is required: a, or b and c"),
        ({"oneOf": EITHER}, {"b": SECRET}, "one of these is required: a, or b and c"),
        (
            {"oneOf": EITHER},
            {"a": 1, "b": 2, "c": 3},
            "only one of these may be there: a, b and c",
        ),
        (
            {"oneOf": [NONE, {"required": ["a"]}, {"required": ["b"]}]},
            {"a": 1, "b": 2},
            "only one of these may be there: a, b",
        ),
        ({"not": EITHER[1]}, {"b": 1, "c": 2}, "b and c must not be there together"),
        (NONE, {"b": 1}, "b must not be there"),
        ({"not": {"pattern": "^h"}}, SECRET, "this value is one that the definition forbids"),
        (
            {"anyOf": [{"type": "integer"}, {"pattern": "^[0-9]+$"}]},
            SECRET,
            (
                "this value has none of its allowed forms: this is a string, not an integer; or"
                ' this value does not match "^[0-9]+$"'
            ),
        ),
        (
            {"anyOf": [{"properties": {"kind": {"enum": ["A", "B"]}}}, {"required": ["size"]}]},
            {"kind": SECRET},
            (
                "this value has none of its allowed forms: /kind: this value is none of A, B; or"
                " the required field size is missing"
            ),
        ),
        (
            {"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
            {},
            "this value has several of the forms of which it must have one",
        ),
        ({"type": "string", "minLength": 1}, "", "this must not be empty"),
        ({"type": "array", "maxItems": 1}, [1, 2], "this must have at most 1 item"),
        ({"type": "array", "minItems": 1}, [], "this list must not be empty"),
        ({"type": "object", "minProperties": 2}, {}, "this must have at least 2 fields"),
    ],
)
def test_messages_say_what_is_expected_and_never_the_value(
    schema: dict[str, Any], value: Any, message: str
) -> None:
    ((rule, field, what, hint),) = sayings(schema, value)
    assert (rule, field, what) == ("invalid-manifest", "/spec/rule", message)
    assert SECRET not in what + hint


def test_a_field_that_a_form_requires_is_named() -> None:
    schema = {"allOf": [{"required": ["size", "form"]}]}
    assert [(message, hint) for _, _, message, hint in sayings(schema, {})] == [
        ("the required field size is missing", "add size"),
        ("the required field form is missing", "add form"),
    ]


def test_null_for_a_nullable_integer_or_string() -> None:
    schema = {"x-kubernetes-int-or-string": True, "nullable": True}
    both = [{"type": "integer"}, {"type": "string"}]
    assert sayings({**schema, "anyOf": both}, None) == []


def test_a_whole_number_is_an_integer_however_it_is_written() -> None:
    assert sayings({"type": "integer"}, 1.0) == []
    ((_, _, message, _),) = sayings({"type": "integer"}, 1.5)
    assert message == "this is a number, not an integer"


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**25, 1e21, -1e19, 2.0**53])
def test_a_whole_number_of_more_than_64_bits(value: float) -> None:
    for schema in ({"type": "integer"}, {"x-kubernetes-int-or-string": True}):
        ((_, _, message, _),) = sayings(schema, value)
        assert message == "the number does not fit into 64 bits"


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 2.0**53 - 1])
def test_a_whole_number_of_64_bits(value: float) -> None:
    assert sayings({"type": "integer"}, value) == []
    assert sayings({"type": "number"}, 1e21) == []


def test_equal_items_of_a_set_in_whatever_order_their_fields_are() -> None:
    schema = {"type": "array", "x-kubernetes-list-type": "set"}
    items = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    ((_, field, message, _),) = sayings(
        {**schema, "items": items}, [{"a": 1, "b": [2]}, {"b": [2], "a": 1}]
    )
    assert (field, message) == ("/spec/rule/1", "this value is also in item 0 of the list")


def test_the_nearest_word_whatever_its_case() -> None:
    ((_, _, message, hint),) = sayings({"type": "string", "enum": ["TCP", "UDP"]}, "tcp")
    assert (message, hint) == ("this value is none of TCP, UDP", "did you mean TCP?")
    ((_, _, _, hint),) = sayings({"type": "string", "enum": ["TCP", "UDP"]}, SECRET)
    assert hint == ""


MANY = [{"pattern": f"^{number}$"} for number in range(1000)]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (
            {"items": {"anyOf": MANY}},
            ["x"] * 2000,
            "its CustomResourceDefinition has too many rules for an object of this size",
        ),
        (
            {"allOf": [{"pattern": "a"}] * 3000},
            "a",
            "its CustomResourceDefinition has too many rules for an object of this size",
        ),
        (
            {"items": {"minProperties": 1, "allOf": [{"minProperties": 2}] * 200}},
            [{}] * 500,
            (
                "a rule of its CustomResourceDefinition does not allow this; why would take too"
                " long to say"
            ),
        ),
    ],
)
def test_what_is_too_much_to_look_at_is_said(
    schema: dict[str, Any], value: Any, message: str
) -> None:
    ((rule, field, found, _),) = sayings(schema, value)
    assert (rule, field, found) == ("invalid-manifest", "", message)


def test_many_rules_for_a_small_object() -> None:
    assert sayings({"anyOf": MANY}, "999") == []
    assert sayings({"items": {"anyOf": MANY}}, ["1", "2", "3"]) == []
