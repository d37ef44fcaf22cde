"""What became of each claim on each executor, and the table of it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    # Of an executor, by files of claims; None for one that was not tried.
    Column = Mapping[str, "Results | None"]

PROVEN, FAILED, MISSING = "proven", "FAILED", "-"
MEASURED = "measured"
"""The property of a test that is a pair: what was measured, and its seconds."""

Measure = Callable[[str, float], None]
"""What a test notes such a pair with."""

_CLAIM, _CELL = 44, 18


class Result(NamedTuple):
    """The outcome of a claim's tests, and their seconds with what they were the first to need."""

    outcome: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.outcome} {self.seconds:.0f} s"


class Results(NamedTuple):
    """What became of the claims of a file, and the seconds that its tests have measured."""

    claims: Mapping[str, Result] = {}
    measured: Mapping[str, float] = {}

    @property
    def is_proven(self) -> bool:
        """Whether there are claims, and all of them are proven."""
        outcomes = {one.outcome for one in self.claims.values()}
        return outcomes == {PROVEN}


def of_reports(reports: Iterable[Any]) -> Results:
    """The results of the tests that pytest reports: each phase of each, in order.

    A claim is proven if every phase of its tests has passed; a test that was skipped is none of
    them.
    """
    claims: dict[str, Result] = {}
    measured: dict[str, float] = {}
    for report in reports:
        properties = dict(getattr(report, "user_properties", []))
        if "proves" not in properties or report.outcome == "skipped":
            continue
        claim = properties["proves"][0]
        before = claims.get(claim, Result(PROVEN, 0))
        outcome = before.outcome if report.outcome == "passed" else FAILED
        # Of all phases but the last: the first test to need a fixture also waits for it.
        seconds = 0 if report.when == "teardown" else report.duration
        claims[claim] = Result(outcome, before.seconds + seconds)
        for name, value in report.user_properties:
            if name == MEASURED:
                measured[value[0]] = value[1]
    return Results(claims, measured)


def write(path: Path, results: Results) -> None:
    """Write results for `read`: the file is whole, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results))
    new.replace(path)


def read(path: Path) -> Results | None:
    """Results that were written; None if there are none."""
    if not path.exists():
        return None
    claims, measured = json.loads(path.read_text())
    return Results({claim: Result(*values) for claim, values in claims.items()}, measured)


def of_places(places: Mapping[str, Path]) -> Column:
    """What was written, by files of claims."""
    return {file: read(path) for file, path in places.items()}


def table(columns: Mapping[str, Column]) -> list[str]:
    """The lines of a table: a row for each claim, a column for each executor.

    A cell is empty where the claim is not to be tried, and a dash where it was to be and was not.
    """
    lines = [_row("", list(columns))]
    for file in dict.fromkeys(file for column in columns.values() for file in column):
        found = [column.get(file) for column in columns.values()]
        claims = dict.fromkeys(claim for one in found if one for claim in one.claims)
        for claim in claims or [file]:
            cells = [_cell(column, file, claim) for column in columns.values()]
            first, *more = textwrap.wrap(claim, _CLAIM - 2)
            lines += [_row(first, cells), *(f"  {one}" for one in more)]
    return [*lines, *_measured(columns)]


def all_proven(columns: Mapping[str, Column]) -> bool:
    """Whether everything that was to be tried is proven, and there is something."""
    found = [one for column in columns.values() for one in column.values()]
    return bool(found) and all(one is not None and one.is_proven for one in found)


def _cell(column: Column, file: str, claim: str) -> str:
    if file not in column:
        return ""
    results = column[file]
    return str(results.claims.get(claim, MISSING)) if results else MISSING


def _measured(columns: Mapping[str, Column]) -> Iterator[str]:
    for executor, column in columns.items():
        for results in filter(None, column.values()):
            for what, seconds in results.measured.items():
                yield f"{executor}: {what}: {seconds:.0f} s"


def _row(first: str, cells: Sequence[str]) -> str:
    return f"{first:{_CLAIM}}{''.join(f'{cell:{_CELL}}' for cell in cells)}".rstrip()
