"""Custom resources against the schemas of their CustomResourceDefinitions."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.schema.samples import DEFINITION, SHOP, check, manifest, of, said
from renderer.checks.schema import Schemas

CRD = manifest(DEFINITION).data
SCHEMAS = Schemas().with_definitions([CRD])
INVALID = "invalid-manifest"


def shop(spec: str) -> str:
    return SHOP.replace("{size: 3, address: street}", spec)


def test_a_definition_is_a_manifest_too() -> None:
    assert check(DEFINITION) == []
    text = DEFINITION.replace("scope: Namespaced", "scope: Namespace")
    ((_, field, _, hint),) = check(text)
    assert (field, hint) == ("/spec/scope", "did you mean Namespaced?")


@pytest.mark.parametrize(
    "spec",
    [
        "{size: 3, address: street}",
        "{size: 3, port: 80}",
        "{size: 3, port: http}",
        "{size: 3, currency: null, port: 80}",
        "{size: 3, port: 80, free: {any: [1, {thing: true}]}, half: {known: 1, other: x}}",
        "{size: 3, port: 80, prices: {bread: 2}, shelves: [{name: a, depth: 1}, {name: b}]}",
        "{size: 3, port: 80, inner: {apiVersion: v1, kind: Any, metadata: {name: a}, x: 1}}",
    ],
)
def test_what_is_valid(spec: str) -> None:
    assert check(shop(spec), SCHEMAS) == []


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ("size: '3'", "/size", "this is a string, not an integer"),
        ("size: null", "/size", "null is not an integer"),
        ("size: 11", "/size", "this number must be at most 10"),
        ("port: 1.5", "/port", "this is a number, not an integer or a string"),
        ("colour: blue", "/colour", "this value is none of red, green"),
        ("address: '1', port: null", "/port", "null is not a value"),
        ("tags: [a, b, a]", "/tags/2", "this value is also in item 0 of the list"),
        ("shelves: [{depth: 1}]", "/shelves/0", "the required field name is missing"),
        ("prices: {a: b}", "/prices/a", "this is a string, not an integer"),
        ("half: {known: x}", "/half/known", "this is a string, not an integer"),
        ("inner: {kind: Any}", "/inner", "the required field apiVersion is missing"),
    ],
)
def test_what_is_not(spec: str, field: str, message: str) -> None:
    data = manifest(SHOP).data
    changes = manifest(f"apiVersion: v1\nkind: A\nspec: {{{spec}}}").data["spec"]
    ((rule, where, what, _),) = said(SCHEMAS.check(of({**data, "spec": data["spec"] | changes})))
    assert (rule, where, what) == (INVALID, f"/spec{field}", message)


def test_a_key_that_stands_twice() -> None:
    ((_, field, message, _),) = check(
        shop("{size: 1, port: 1, shelves: [{name: a}, {name: a}]}"), SCHEMAS
    )
    assert field == "/spec/shelves/1"
    assert message == "this name is also in item 0 of the list"


def test_only_sets_and_maps_have_distinct_items() -> None:
    definition = manifest(DEFINITION.replace("list-type: set", "list-type: atomic")).data
    text = shop("{size: 1, port: 1, tags: [a, b, a]}")
    assert check(text, Schemas().with_definitions([definition])) == []


def test_a_pattern_and_a_missing_field() -> None:
    ((_, field, message, _),) = check(shop("{size: 1, address: '1'}"), SCHEMAS)
    assert (field, message) == ("/spec/address", 'this value does not match "^[a-z]+$"')
    ((_, field, message, _),) = check(shop("{port: 1}"), SCHEMAS)
    assert (field, message) == ("/spec", "the required field size is missing")


def test_one_of_several_forms_is_needed() -> None:
    for spec, wanted in (
        ("{size: 1}", "one of these is required: address, or port"),
        ("{size: 1, port: 1, address: a}", "only one of these may be there: address, port"),
    ):
        ((rule, field, message, _),) = check(shop(spec), SCHEMAS)
        assert (rule, field, message) == (INVALID, "/spec", wanted)


def test_unknown_fields_would_be_pruned() -> None:
    text = shop(
        "{size: 1, port: 1, sized: 2, inner: {apiVersion: v1, kind: A, metadata: {nam: b}}}"
    )
    assert [(rule, field) for rule, field, *_ in check(text, SCHEMAS)] == [
        ("unknown-manifest-field", "/spec/sized"),
        ("unknown-manifest-field", "/spec/inner/metadata/nam"),
    ]
    assert check(f"{SHOP}stat: {{}}\n", SCHEMAS)[0][1] == "/stat"


def test_a_version_that_the_definition_does_not_serve() -> None:
    text = SHOP.replace("/v1", "/v1alpha1")
    assert check(text, SCHEMAS) == [
        (
            "unserved-version",
            "/apiVersion",
            "its CustomResourceDefinition does not serve example.com/v1alpha1 Shop",
            "use apiVersion: example.com/v1",
        )
    ]


def test_of_two_definitions_one_must_fit_and_a_later_one_replaces_both() -> None:
    other = copy.deepcopy(CRD)
    spec = other["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["floors"] = {"type": "integer"}
    text = shop("{size: 1, port: 1, floors: 2}")
    assert check(text, SCHEMAS) != []
    assert check(text, Schemas().with_definitions([CRD, other])) == []
    assert check(text, Schemas().with_definitions([CRD, other]).with_definitions([CRD])) != []


def test_definitions_that_define_nothing_are_passed_over() -> None:
    odd: list[Any] = [None, 1, [], {"kind": "CustomResourceDefinition"}, {**CRD, "spec": []}]
    odd += [
        {**CRD, "spec": {**CRD["spec"], "versions": one}} for one in (None, [1], [{"served": 1}])
    ]
    for one in odd:
        assert Schemas().with_definitions([one]).check(manifest(SHOP)) is not None


def test_rules_that_cannot_be_compiled_are_not_the_objects_fault() -> None:
    broken = copy.deepcopy(CRD)
    spec = broken["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["address"]["pattern"] = "(?=look)ahead["
    assert check(SHOP, Schemas().with_definitions([broken])) == []


@pytest.mark.parametrize(
    "more",
    [{"$ref": "#"}, {"$ref": "#/properties/spec"}, {"$ref": 5}, {"propertyNames": {"format": "x"}}],
)
def test_what_a_definition_may_not_hold_is_not_the_objects_fault(more: dict[str, Any]) -> None:
    broken = copy.deepcopy(CRD)
    broken["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"] |= more
    assert check(SHOP, Schemas().with_definitions([broken])) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYWORDS = ["type", "items", "properties", "required", "enum", "default", "format", "pattern"]
KEYWORDS += ["additionalProperties", "anyOf", "minimum", "nullable", "x-kubernetes-list-map-keys"]
KEYWORDS += ["allOf", "oneOf", "not", "minItems", "maxLength", "$ref", "propertyNames"]
FIELDS = sorted(
    CRD["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5))
def test_any_value_anywhere_has_a_verdict(spec: dict[str, Any]) -> None:
    SCHEMAS.check(of({**manifest(SHOP).data, "spec": spec}))


@given(st.sampled_from(FIELDS), st.sampled_from(KEYWORDS), JSON)
def test_any_definition_can_be_worked_with(field: str, key: str, value: Any) -> None:
    odd = copy.deepcopy(CRD)
    schema = odd["spec"]["versions"][1]["schema"]["openAPIV3Schema"]
    schema["properties"]["spec"]["properties"][field][key] = value
    schemas = Schemas().with_definitions([odd])
    for spec in ("{size: 1, port: 1}", "{tags: [a], shelves: [{name: a}], prices: {a: 1}}"):
        assert schemas.check(manifest(shop(spec))) is not None


@pytest.mark.parametrize("value", [1, True, "x", [], {"status": 1}])
def test_a_definition_that_cannot_be_read_is_no_reason_to_stop(value: Any) -> None:
    """What is wrong with it is for the API server's schema of definitions to say."""
    broken = copy.deepcopy(manifest(DEFINITION).data)
    for version in broken["spec"]["versions"]:
        version["subresources"] = value
    schemas = Schemas().with_definitions([broken])
    assert schemas.check(of(broken)) != []
    assert check(SHOP, schemas) == check(SHOP) == []
