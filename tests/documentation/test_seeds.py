"""docs/seeds.md names files and tests that are there, and says of every row what became of it."""

from __future__ import annotations

import re

from support import PROJECT

PAGE = (PROJECT / "docs" / "seeds.md").read_text()
_PATH = re.compile(r"`((?:base|docs|images|overlays)/[\w./-]*)`")
_TEST = re.compile(r"`(?:((?:tests|e2e)/[\w/]+\.py)::)?(test_\w+)`")


def _rows(columns: int) -> list[list[str]]:
    rows = [line.strip("|").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in row] for row in rows if len(row) == columns]
    return [row for row in found if row[0] not in ("there", "key")]


def test_files_are_there() -> None:
    paths = _PATH.findall(PAGE)
    assert len(paths) > 40
    assert [path for path in paths if not (PROJECT / path).exists()] == []


def test_tests_are_there() -> None:
    file, missing = "", []
    for path, test in _TEST.findall(PAGE):
        file = path or file
        if f"def {test}(" not in (PROJECT / file).read_text():
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_row_has_a_proof_or_says_why_not() -> None:
    rows = _rows(3)
    assert len(rows) > 30
    bare = [row[0] for row in rows if not _TEST.search(row[2])]
    excused = [row[0] for row in rows if row[1].startswith(("gone: ", "not there yet: "))]
    assert bare == excused


def test_every_key_says_what_became_of_it() -> None:
    rows = _rows(2)
    assert len(rows) > 25
    assert [row for row in rows if not row[1]] == []
