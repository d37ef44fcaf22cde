"""What plain scalars mean, held against both readers of the real binary."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from renderer.yamldoc.scalars import NotJsonError, kubectl_value, kustomize_value
from renderer.yamldoc.writing import write
from yamldoc import samples

if TYPE_CHECKING:
    from renderer.yamldoc.scalars import Scalar
    from yamldoc.judge import Judge

SAME: list[tuple[str, Scalar]] = [
    ("012", 10),
    ("0777", 511),
    ("019", 19),
    ("0o14", 12),
    ("0X1F", 31),
    ("0b11", 3),
    ("1_000", 1000),
    ("1e3", 1000),
    (".5", 0.5),
    ("5.", 5),
    ("1.0", 1),
    ("1:30", "1:30"),
    ("=", "="),
    ("<<", "<<"),
    ("1e400", "1e400"),
    ("9007199254740993", 9007199254740993),
    ("1e20", 10**20),
    ("1e21", 1e21),
    ("-0.0", 0),
    ("0b-11", -3),
    (".1_0", 0.1),
    ("~", None),
    ("TRUE", True),
    ("nUll", "nUll"),
]
DIFFERENT: list[tuple[str, Scalar, Scalar]] = [
    ("y", "y", True),
    ("Off", "Off", False),
    ("2019-08-14", "2019-08-14T00:00:00Z", "2019-08-14"),
    ("0o-7", -7, "0o-7"),
    ("9223372036854775808", 9223372036854775808, 9223372036854776000),
]


@pytest.mark.parametrize(("text", "value"), SAME)
def test_read_alike(text: str, value: Scalar) -> None:
    for read in (kustomize_value(text), kubectl_value(text)):
        assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(("text", "kustomize", "kubectl"), DIFFERENT)
def test_read_differently(text: str, kustomize: Scalar, kubectl: Scalar) -> None:
    assert kustomize_value(text) == kustomize
    assert kubectl_value(text) == kubectl


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NAN"])
def test_numbers_that_json_lacks(text: str) -> None:
    with pytest.raises(NotJsonError):
        kustomize_value(text)
    with pytest.raises(NotJsonError):
        kubectl_value(text)


def test_the_tables_are_the_binary_s_own_view(judge: Judge) -> None:
    texts = [row[0] for row in SAME] + [row[0] for row in DIFFERENT]
    assert_read_as_the_binary_does(judge, texts)


@pytest.mark.parametrize("seed", range(2))
def test_generated_scalars(judge: Judge, seed: int) -> None:
    assert_read_as_the_binary_does(judge, scalars(Random(seed), 2000))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 125))
def test_very_many_generated_scalars(judge: Judge, seed: int) -> None:
    assert_read_as_the_binary_does(judge, scalars(Random(seed), 5000))


def scalars(random: Random, count: int) -> list[str]:
    texts = (samples.plain_scalar(random) for _ in range(count))
    return [text for text in texts if is_json(text)]


def is_json(text: str) -> bool:
    try:
        kustomize_value(text)
        kubectl_value(text)
    except NotJsonError:
        return False
    return True


def assert_read_as_the_binary_does(judge: Judge, texts: list[str]) -> None:
    source = "".join(f"- {text}\n" for text in texts)
    printed = judge.spec(source).splitlines()
    expected = [write([kustomize_value(text)]).rstrip("\n") for text in texts]
    wrong = [row for row in zip(texts, printed, expected, strict=True) if row[1] != row[2]]
    assert not wrong
    read: list[Any] = judge.kubectl_reads(source)
    mine = [kubectl_value(text) for text in texts]
    pairs = [row for row in zip(texts, read, mine, strict=True) if row[1] != row[2]]
    assert not pairs
    assert [type(value) for value in read] == [type(value) for value in mine]
