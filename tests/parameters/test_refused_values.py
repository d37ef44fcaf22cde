"""What is said of a value that the schema of its parameter refuses: where, why, never what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from shop import shop
from support import Repository

_SECRET = "hunter2"
_NFS = {
    "type": "object",
    "properties": {"options": {"type": "array", "items": {"type": "string"}}, "port": {}},
    "additionalProperties": False,
}
_NEITHER = (
    ": this value has none of its allowed forms: this is not the name of a host; or this is not an"
    " IPv4 address"
)
_EITHER = [{"format": "hostname"}, {"format": "ipv4"}]


def _said(repository: Repository, schema: Any, value: str) -> tuple[str, str]:
    """The place of the finding in cluster.yaml, and what it says."""
    files = shop()
    files["base/parameters.yaml"] += (
        f"  - name: db.password\n    schema: {json.dumps(schema)}\n    required: true\n"
    )
    files["overlays/a/cluster.yaml"] += f"    db.password: {value}\n"
    repository.write(files)
    result = repository.run("clusters/a")
    assert result.code == 1
    assert _SECRET not in result.out + result.err
    place, _, text = result.err.partition(": error: db.password")
    assert "[refused-value]" in text, result.err
    message, _, hint = text.partition(" [refused-value]\n  hint: ")
    hint = hint.splitlines()[0]
    path, _, position = place.partition(":")
    assert path == "overlays/a/cluster.yaml"
    return position, f"{message} | {hint}".split("its schema is at ")[0].strip(" |;")


@pytest.mark.parametrize(
    ("schema", "value", "place", "message"),
    [
        (
            {"anyOf": _EITHER},
            "hunter2!",
            "8:18",
            _NEITHER,
        ),
        (
            {"oneOf": [{"minLength": 1}, {"type": "string"}]},
            _SECRET,
            "8:18",
            ": this value has several of the forms of which it must have one",
        ),
        (
            _NFS,
            "{options: [a, hunter2, 3]}",
            "8:41",
            ".options[2]: this is an integer, not a string | put it in quotes",
        ),
        (_NFS, "{opts: hunter2}", "8:18", ": unknown field opts | did you mean options?"),
        (_NFS, "\n      options:\n      - a\n      - 5\n", "11:9", None),
        ({"type": "integer"}, '"22"', "8:18", None),
        (
            {"type": "integer"},
            "",
            "8:17",
            ": this is null, not an integer | write a value, or null if it is not used here",
        ),
        ({"type": ["string", "null"]}, "22", "8:18", None),
        ({"enum": ["hunter", "b"]}, _SECRET, "8:18", None),
        ({"const": "b"}, _SECRET, "8:18", ': this value must be "b"'),
        ({"pattern": "^a"}, _SECRET, "8:18", ': this value does not match "^a"'),
        ({"format": "ipv6"}, _SECRET, "8:18", ": this is not an IPv6 address"),
        ({"format": "iri"}, '"<hunter2>"', "8:18", ": this is not of the format iri"),
        ({"maxLength": 3}, _SECRET, "8:18", ": this must have at most 3 characters"),
        ({"minimum": 1}, "0", "8:18", ": this number must be at least 1"),
        ({"exclusiveMaximum": 1}, "1", "8:18", ": this number must be less than 1"),
        ({"multipleOf": 2}, "3", "8:18", ": this number must be a multiple of 2"),
        ({"uniqueItems": True}, "[hunter2, hunter2]", "8:18", ": two items of this list are equal"),
        ({"contains": {"type": "integer"}}, "[hunter2]", "8:18", None),
        (
            {"prefixItems": [{}], "items": False},
            "[a, hunter2]",
            "8:22",
            "[1]: nothing may stand here",
        ),
        ({"unevaluatedItems": False}, "[hunter2]", "8:18", ": this list has too many items"),
        ({"unevaluatedProperties": False}, "{a: hunter2}", "8:18", ": unknown field a"),
        ({"propertyNames": {"maxLength": 1}}, "{ab: hunter2}", "8:18", None),
        ({"not": {"type": "string"}}, _SECRET, "8:18", None),
        ({"dependentRequired": {"a": ["b"]}}, "{a: hunter2}", "8:18", None),
        ({"if": {"type": "string"}, "then": {"minLength": 9}}, _SECRET, "8:18", None),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": _EITHER}}},
            "hunter2!",
            "8:18",
            _NEITHER,
        ),
    ],
)
def test_why_and_where(
    schema: Any, value: str, place: str, message: str | None, repository: Repository
) -> None:
    position, said = _said(repository, schema, value)
    assert position == place
    if message is not None:
        assert said == message


def test_a_default_has_its_own_place(repository: Repository) -> None:
    files = shop()
    files["base/parameters.yaml"] = files["base/parameters.yaml"].replace(
        "default: 1", "default: zero"
    )
    repository.write(files)
    assert (
        "base/parameters.yaml:11:14: error: web.replicas: this is a string, not an integer"
        in repository.run("clusters/a").err
    )
