"""How large a pattern is with its repetitions written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.pattern_size import CLASS, UNICODE, pattern_size


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("ab{3}", 4),
        ("(ab){3}", 7),
        ("(a|b){2,5}c", 17),
        ("((a{50}){50}){50}", 125_000),
        ("(a*){100}", 201),
        ("a*{100}", 101),
        (r"\{9}", 2 + 1),
        ("[(]{3}", 6),
        (r"[\]{]{4}", 4),
        (r"\(a\){7}", 9),
        ("a{,5}", 5),
        ("a{99999999999999999999}", 10**9),
    ],
)
def test_size(pattern: str, size: int) -> None:
    assert pattern_size(pattern) >= size


def test_a_pattern_of_people_is_small() -> None:
    label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
    assert pattern_size(rf"^{label}(\.{label})*$") < 150
    assert pattern_size("^[^()]{1,20}$") < 300


@pytest.mark.parametrize(
    "pattern",
    [
        "([)]" + "a" * 50 + "){100}",  # a class with what closes nothing
        "([]()]" + "a" * 50 + "){100}",
        "([[(]]" + "a" * 50 + "){100}",
        "(?x)(" + "a" * 50 + "#)\n){100}",  # a comment with it
        "(?i:(?x)(" + "a" * 50 + "#)\n)){100}",
    ],
)
def test_what_is_unclear_is_no_smaller_than_any_reading_of_it(pattern: str) -> None:
    assert pattern_size(pattern) >= 5000


def test_classes_take_more_memory() -> None:
    assert pattern_size("[a-z]{5}", in_memory=True) >= 5 * CLASS
    assert pattern_size(r"\p{Greek}{5}", in_memory=True) >= 5 * UNICODE
    assert pattern_size(r"[\pL]{5}", in_memory=True) >= 5 * UNICODE


_PATTERNS = st.recursive(
    st.sampled_from([("a", 1), ("[a-z]", 1), (r"\d", 1), (r"\(", 1), (".", 1)]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: (two[0][0] + two[1][0], two[0][1] + two[1][1])),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]}|{two[1][0]})", two[0][1] + two[1][1])
        ),
        st.tuples(inner, st.integers(1, 20)).map(
            lambda one: (f"({one[0][0]}){{{one[1]}}}", one[0][1] * one[1])
        ),
        inner.map(lambda one: (f"({one[0]})*", one[1])),
    ),
)


@given(_PATTERNS)
def test_no_less_than_what_is_written_out(pattern: tuple[str, int]) -> None:
    text, size = pattern
    assert pattern_size(text) >= size
