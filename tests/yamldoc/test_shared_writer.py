"""The shared writer gives the same text as the plain one, whatever changes."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.yamldoc.writing import SharedWriter, write
from yamldoc import samples

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.text("k\n", min_size=125, max_size=132), inner)
    ),
    max_leaves=20,
)


@given(base=values, edits=st.lists(st.tuples(st.integers(0, 2**32), values), max_size=6))
@settings(max_examples=300)
def test_random_edits(base: Any, edits: list[tuple[int, Any]]) -> None:
    writer = SharedWriter(base)
    variant = base
    for seed, value in edits:
        variant = edited(variant, value, Random(seed))
        assert writer.write(variant) == write(variant, lines=True)
    assert writer.write(base) == write(base, lines=True)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=100)
def test_odd_values(seed: int) -> None:
    random = Random(seed)
    base: Any = {f"k{number}": samples.value(random) for number in range(10)}
    writer = SharedWriter(base)
    for _ in range(5):
        variant = edited(base, samples.value(random), random)
        assert writer.write(variant) == write(variant, lines=True)


def test_a_container_that_moved() -> None:
    inner: Any = {"a": ["x y " * 30], "b": {"c": 1}}
    base: Any = {"first": inner, "list": [1, 2]}
    writer = SharedWriter(base)
    moved: Any = {"deeper": {"still": {"deeper": inner}}, "items": [inner, [base["list"]]]}
    assert writer.write(moved) == write(moved, lines=True)


def test_a_scalar_in_the_place_of_a_base() -> None:
    assert SharedWriter({"a": 1}).write("x") == "x\n"
    assert SharedWriter(None).write({"a": 1}) == "a: 1\n"


def edited(value: Any, new: Any, random: Random) -> Any:
    """A copy with `new` somewhere in it; what is not on the way stays the same object."""
    if not value or not isinstance(value, dict | list) or random.random() < 0.1:
        return new
    copy: Any = value.copy()
    where = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    if random.random() < 0.1:
        del copy[where]
    else:
        copy[where] = edited(value[where], new, random)
    return copy
