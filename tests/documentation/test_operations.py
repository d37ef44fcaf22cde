"""docs/operations.md has a time for everything that the claims on a node measure, and no other."""

from __future__ import annotations

import re

from support import PROJECT

from e2e.node.trees import EXECUTORS

PAGE = (PROJECT / "docs" / "operations.md").read_text()
CLAIMS = PROJECT / "e2e" / "node" / "claims"


def _rows(title: str) -> list[list[str]]:
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_what_is_measured_is_in_the_page() -> None:
    texts = "\n".join(path.read_text() for path in CLAIMS.glob("test_*.py"))
    measured = re.findall(r'\bmeasure\(\s*"([^"]+)"', texts)
    assert len(measured) > 15
    assert sorted(row[0] for row in _rows("How long it took")) == sorted(measured)


def test_a_time_is_of_an_executor_that_there_is() -> None:
    for _, *cells in _rows("How long it took"):
        assert len(cells) == len(EXECUTORS)
        assert any(cells)
        for cell in cells:
            assert re.fullmatch(r"(\d+ s)?", cell), cell
