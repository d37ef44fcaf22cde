"""Findings without the values of parameters that are declared secret."""

from __future__ import annotations

from typing import Any

import pytest

from renderer.checks.secrets.unsaid import without_values
from renderer.findings import Finding

SAID = Finding.error(
    "a",
    "Secret shop/q7-x93 is not there",
    object="Secret shop/q7-x93",
    field="/a/q7-x93",
    hint="q7-x93",
)


def said(value: Any, message: str, *composed: str) -> str:
    (found,) = without_values([Finding.error("a", message)], [value], composed)
    return found.message


def test_a_value_is_hidden_in_all_parts() -> None:
    (found,) = without_values([SAID], ["q7-x93"], [])
    assert "q7" not in str(found)
    assert found.message == "Secret shop/<hidden> is not there"
    assert (found.object, found.field) == ("Secret shop/<hidden>", "/a/<hidden>")


@pytest.mark.parametrize(
    ("value", "message", "expected"),
    [
        ({"a": ["q7-x93-lm2"]}, "no key q7-x93-lm2", "no key <hidden>"),
        ("q7-x93-lm2", "no key pre.q7-x93-lm2x", "no key pre.<hidden>x"),
        ("a/b~c", "in /data/a~1b~0c", "in /data/<hidden>"),
        (54321, "no port 54321", "no port <hidden>"),
        ("rab1", "vrab1 and rab1", "vrab1 and <hidden>"),
        ("hunter", "no key hunter", "no key <hidden>"),
        ("abc", "abc", "abc"),
        (True, "True", "True"),
        (None, "None", "None"),
        ("", "a", "a"),
    ],
)
def test_values(value: Any, message: str, expected: str) -> None:
    assert said(value, message) == expected


def test_a_word_that_is_composed_stands_there_by_chance() -> None:
    assert said("airflow", "Secret airflow/a is not there", "namespace: airflow") == (
        "Secret airflow/a is not there"
    )
    assert said("hunter42", "a hunter42", "hunter42") == "a <hidden>"
