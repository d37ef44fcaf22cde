"""Keywords in schemas of parameters: those that say nothing are errors, and no others."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import yaml
from support import PROJECT

from renderer.findings import Finding
from renderer.parameters.fields import Fields
from renderer.parameters.keywords import check_keywords
from renderer.yamldoc.reading import read_documents

DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}


def found_in(schema: Any) -> list[Finding]:
    source = yaml.safe_dump({"schema": schema}, sort_keys=False).encode()
    (document,) = read_documents(source)
    fields = Fields("p.yaml", document, source)
    check_keywords(fields, ("schema",), "a.b")
    return fields.findings


@pytest.mark.parametrize(
    ("schema", "message", "hint"),
    [
        ({"typ": "integer"}, "unknown keyword typ in the schema of a.b", "did you mean type?"),
        (
            {"type": "integer", "minimun": 5},
            "unknown keyword minimun in the schema of a.b",
            "did you mean minimum?",
        ),
        ({"Type": "string"}, "unknown keyword Type in the schema of a.b", "did you mean type?"),
        (
            {"remark": "for people"},
            "unknown keyword remark in the schema of a.b",
            "what is meant for others begins with x-",
        ),
        (
            {"type": "string", "nullable": True},
            "unknown keyword nullable in the schema of a.b",
            "write null among the types, as type: [string, 'null']",
        ),
        (
            {"prefixItems": [{}], "additionalItems": False},
            "additionalItems says nothing in the schema of a.b, which is of draft 2020-12",
            "what follows prefixItems is items",
        ),
        (
            {**DRAFT_7, "dependentRequired": {"a": ["b"]}},
            "dependentRequired says nothing in the schema of a.b, which is of draft draft-07",
            "",
        ),
    ],
)
def test_what_says_nothing(schema: Any, message: str, hint: str) -> None:
    (found,) = found_in(schema)
    assert (found.rule, found.message, found.hint) == ("bad-schema", message, hint)


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"typ": "string"}},
        {"properties": {"a": {"typ": "string"}}},
        {"additionalProperties": {"typ": "string"}},
        {"anyOf": [{"type": "string"}, {"typ": "string"}]},
        {"$defs": {"a": {"typ": "string"}}, "$ref": "#/$defs/a"},
        {"not": {"if": {"typ": "string"}}},
        {**DRAFT_7, "items": [{"typ": "string"}]},
    ],
)
def test_wherever_a_schema_stands(schema: Any) -> None:
    (found,) = found_in(schema)
    assert found.message == "unknown keyword typ in the schema of a.b"
    assert found.location
    assert found.location.line > 1


@pytest.mark.parametrize(
    "schema",
    [
        True,
        False,
        {},
        {"enum": [{"typ": 1}]},
        {"const": {"typ": 1}},
        {"default": {"typ": 1}, "examples": [{"typ": 1}]},
        {"properties": {"typ": {"type": "string"}}, "required": ["typ"]},
        {"dependentRequired": {"typ": ["minimun"]}},
        {"dependencies": {"typ": ["minimun"]}},
        {"patternProperties": {"typ": {}}},
        {"x-order": 1, "x-more": {"typ": 1}},
        {"title": "a", "description": "b", "$comment": "c", "deprecated": True},
        {"types": {"port": {"type": "integer"}}, "$ref": "#/types/port"},
        {**DRAFT_7, "items": [{}], "additionalItems": False},
        {"type": 5, "properties": 5, "allOf": 5, "items": [5]},
    ],
)
def test_what_is_no_mistake(schema: Any) -> None:
    assert found_in(schema) == []


@pytest.mark.parametrize("draft", [4, 6, 7, 201909, 202012])
def test_each_keyword_of_a_draft_is_known(draft: int) -> None:
    """The meta-schemas themselves, as far as they are in one piece, hold no unknown keyword."""
    names = {4: "draft-04", 6: "draft-06", 7: "draft-07", 201909: "2019-09", 202012: "2020-12"}
    words = {
        "dependentRequired": ({"a": ["b"]}, {"a": 1}),
        "prefixItems": ([{"type": "string"}], [1]),
        "contains": ({"type": "string"}, [1]),
        "const": (1, 2),
        "propertyNames": ({"maxLength": 0}, {"a": 1}),
        "minContains": (2, [1]),
        "unevaluatedProperties": (False, {"a": 1}),
        "dependentSchemas": ({"a": False}, {"a": 1}),
        "dependencies": ({"a": ["b"]}, {"a": 1}),
    }
    uri = {
        4: "http://json-schema.org/draft-04/schema#",
        6: "http://json-schema.org/draft-06/schema#",
    }
    uri |= {7: DRAFT_7["$schema"], 201909: "https://json-schema.org/draft/2019-09/schema"}
    uri[202012] = "https://json-schema.org/draft/2020-12/schema"
    assert names[draft] in uri[draft]
    for word, (value, refused) in words.items():
        schema = {"$schema": uri[draft], word: value}
        if word == "minContains":
            schema["contains"] = {"type": "integer"}
        is_followed = not jsonschema_rs.validator_for(schema).is_valid(refused)
        said = [one for one in found_in(schema) if one.message.startswith(f"{word} says nothing")]
        assert is_followed != bool(said), (word, draft)


def test_the_components_of_this_repository() -> None:
    for path in sorted(PROJECT.glob("base/**/*.yaml")):
        content = path.read_bytes()
        for document in read_documents(content) if b"kind: Parameters" in content else ():
            fields = Fields(str(path), document, content)
            for entry in fields.entries(("spec", "parameters")):
                check_keywords(fields, (*entry, "schema"), "a")
            assert fields.findings == []
