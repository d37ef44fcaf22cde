"""Our bytes against kustomize's, and what kubectl makes of them."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from renderer.yamldoc.reading import read_documents, read_stream
from renderer.yamldoc.scalars import json_number
from renderer.yamldoc.writing import write
from yamldoc import samples

if TYPE_CHECKING:
    from yamldoc.judge import Judge


@pytest.mark.parametrize("seed", range(5))
def test_generated_values(judge: Judge, seed: int) -> None:
    assert_written_as_kustomize_does(judge, Random(seed), 400)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_very_many_generated_values(judge: Judge, seed: int) -> None:
    assert_written_as_kustomize_does(judge, Random(seed), 1000)


def assert_written_as_kustomize_does(judge: Judge, random: Random, count: int) -> None:
    values = [samples.value(random) for _ in range(count)]
    printed = judge.spec("  " + samples.flow({"values": values}))
    mine = write({"spec": {"values": values}}).partition("spec:\n")[2]
    if mine != printed:
        for value in values:
            alone = judge.spec("  " + samples.flow({"values": [value]}))
            assert write({"spec": {"values": [value]}}).partition("spec:\n")[2] == alone
    assert mine == printed


@pytest.mark.parametrize("seed", range(5))
def test_everybody_reads_what_we_write(judge: Judge, seed: int) -> None:
    random = Random(seed)
    values = [samples.value(random) for _ in range(300)]
    text = write({"values": values})
    expected = normal({"values": values})
    assert read_stream(text) == [expected]
    indented = "".join(f"  {line}" for line in text.splitlines(keepends=True))
    assert as_kubectl(judge.kubectl_reads(indented)) == as_kubectl(expected)


@pytest.mark.parametrize("seed", range(3))
def test_kustomize_reads_what_we_write(seed: int) -> None:
    random = Random(seed)
    texts = [samples.text(random) for _ in range(500)]
    data: Any = [text for text in texts if not re.match("-?0o[-+]", text.replace("_", ""))]
    assert read_documents(write(data).encode())[0].data == data


def test_what_kustomize_itself_prints_and_reads_otherwise(judge: Judge) -> None:
    assert write(["0o-7"]) == "- 0o-7\n" == judge.spec("- '0o-7'\n")
    assert judge.spec("- 0o-7\n") == "- -7\n"


def normal(value: Any) -> Any:
    """The value as JSON has it: 1.0 is 1."""
    if isinstance(value, dict):
        return {key: normal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [normal(inner) for inner in value]
    if isinstance(value, float) or (isinstance(value, int) and not -(2**63) <= value < 2**64):
        return json_number(float(value))
    return value


def as_kubectl(value: Any) -> Any:
    """kubectl holds what is no int64 as a float."""
    if isinstance(value, dict):
        return {key: as_kubectl(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_kubectl(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**63 - 1:
        return float(value)
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null\n"),
        ({}, "{}\n"),
        ([], "[]\n"),
        ({"a": {}, "b": [], "c": None}, "a: {}\nb: []\nc: null\n"),
        ({"a": [[1, [2]], {"x": 1, "y": [2]}]}, 'a:\n- - 1\n  - - 2\n- x: 1\n  "y":\n  - 2\n'),
        ({"a10": 1, "a9": 2, "aa": 3, "a-b": 4, "A": 5}, "A: 5\na-b: 4\na9: 2\na10: 1\naa: 3\n"),
        ({"k": 1234567.5, "l": 1e21, "m": 1e-5, "n": 0.25, "o": 100.0}, None),
        ({"k": "a\n", "l": " a\n\n", "m": "a", "n": "\n", "o": "a\tb\n"}, None),
        ({"k" * 128: 1, "l" * 129: [1], "m" * 129: {"a": 1}, "a\nb": "c\n", "n" * 129: []}, None),
        ({"deep": [[[[{"k " * 30: ["word " * 30, "  " * 50]}]]]]}, None),
    ],
)
def test_layout(judge: Judge, value: Any, text: str | None) -> None:
    if text is not None:
        assert write(value) == text
    if value:
        expected = judge.spec("  " + samples.flow(value))
        assert write({"spec": value}).partition("spec:\n")[2] == expected


def test_a_key_that_would_merge_is_quoted(judge: Judge) -> None:
    text = write({"<<": {"a": 1}})
    assert text == '"<<":\n  a: 1\n'
    assert judge.kubectl_reads("  " + text.replace("\n", "\n  ").rstrip(" ")) == {"<<": {"a": 1}}


def test_order_depends_on_the_keys_alone() -> None:
    """kustomize prints these in another order at every run: its order is circular."""
    keys = ["3-", "0x1F", "1Ex", "093e2"]
    texts = {write(dict.fromkeys(Random(seed).sample(keys, 4), 1)) for seed in range(20)}
    assert len(texts) == 1


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400])
def test_numbers_that_json_lacks(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write({"a": value})


def test_what_is_no_json() -> None:
    with pytest.raises(TypeError, match="set has no place in JSON"):
        write({"a": set()})  # type: ignore[dict-item] # that is the point


def test_writing_does_not_load_pyyaml() -> None:
    code = "import sys, renderer.yamldoc.writing; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
