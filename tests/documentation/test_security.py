"""The numbers of docs/security.md are those of the suite."""

from __future__ import annotations

import re

import pytest
from attacks.test_attacks import CASES, LIMITS
from held_off import KINDS, tried
from support import PROJECT, TESTS, read_txtar

PAGE = (PROJECT / "docs" / "security.md").read_text()
_ROWS = {
    what: (int(count), int(held), more)
    for what, count, held, more in re.findall(
        r"^\| (.+) \| (\d+) \| (\d+) \| (.*?) ?\|$", PAGE, re.MULTILINE
    )
}


def test_every_kind_has_a_row() -> None:
    assert [*_ROWS] == [*KINDS.values()]
    assert all(count == held for count, held, _ in _ROWS.values())


def test_as_many_are_tried_as_the_page_says(request: pytest.FixtureRequest) -> None:
    config = request.config
    is_whole = [*config.args] == [str(TESTS)] or [*config.args] == config.getini("testpaths")
    if not is_whole or config.option.keyword:
        pytest.skip("only a run of all tests knows how many there are")
    found = tried(request.session.items)
    assert {KINDS[kind]: count for kind, count in found.items()} == {
        what: count for what, (count, _, _) in _ROWS.items()
    }, "write the numbers into docs/security.md"


def test_bombs_have_the_bounds_of_the_page() -> None:
    files = [read_txtar(case) for case in CASES]
    limits = {
        tuple(map(int, re.findall(r"\d+", str(one.get("limits", LIMITS)))))
        for one in files
        if str(one["kind"]).strip() == "bomb"
    }
    bounds = re.findall(r"(\d+) s(?: of CPU)? and ([\d,]+) MiB", _ROWS[KINDS["bomb"]][2])
    assert limits == {(int(seconds), int(mib.replace(",", ""))) for seconds, mib in bounds}
