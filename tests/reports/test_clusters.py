"""Sets of clusters in few words: short whatever the fleet, and never of other clusters."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.reports.clusters import clusters_text

FLEET = [
    *(f"prod-{n:03}" for n in range(400)),
    *(f"c{n:03}" for n in range(600)),
]
NUMBERED = FLEET[400:]


@pytest.mark.parametrize(
    ("names", "among", "text"),
    [
        (["a"], ["a", "b"], "in a"),
        (["b", "a"], ["a", "b"], "in 2 clusters: a, b"),
        (FLEET, FLEET, "in all 1000 clusters"),
        (FLEET[1:], FLEET, "in all 1000 clusters but prod-000"),
        (NUMBERED[2:], NUMBERED, "in all 600 clusters but c000 and c001"),
        (FLEET[:400], FLEET, "in 400 clusters: prod-*"),
        (FLEET[1:400], FLEET, "in 399 clusters: prod-* but prod-000"),
        (
            FLEET[400:],
            FLEET,
            "in 600 of 1000 clusters: c000, c001, c002, c003, c004 and 595 more",
        ),
        (
            [*FLEET[:400], *FLEET[500:]],
            FLEET,
            "in 900 of 1000 clusters: prod-*, c100, c101, c102, c103 and 496 more",
        ),
        (
            [letter * 30 for letter in "abcd"],
            [letter * 30 for letter in "abcde"],
            f"in 4 of 5 clusters: {'a' * 30} and 3 more",
        ),
    ],
)
def test_sets_of_clusters(names: list[str], among: list[str], text: str) -> None:
    assert clusters_text(names, among) == text


NAMES = st.from_regex(r"[abc]{1,2}(-[abc]{1,3})?", fullmatch=True)


@given(st.lists(NAMES, min_size=1, max_size=80, unique=True), st.data())
def test_a_set_is_said_exactly_and_in_one_line(among: list[str], data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(among), min_size=1, unique=True))
    text = clusters_text(names, among)
    assert len(text) <= 70
    assert clusters_text(names[::-1], among[::-1]) == text
    said, more = _said(text, among)
    assert said <= {*names}
    assert len(said) + more == len(names)


def _said(text: str, among: list[str]) -> tuple[set[str], int]:
    """The clusters that a text names, and how many more there are."""
    counts, _, listed = text.partition(": ")
    if counts.startswith("in all"):
        return {*among} - {*counts.partition(" but ")[2].split(" and ")}, 0
    if not listed:
        return {text.removeprefix("in ")}, 0
    found = re.fullmatch(r"(.*?)(?: and (\d+) more)?", listed)
    assert found
    said: set[str] = set()
    for part in found[1].split(", "):
        pattern, _, but = part.partition(" but ")
        said |= {one for one in among if fnmatchcase(one, pattern)} - {*but.split(" and ")}
    return said, int(found[2] or 0)
