"""What became of each claim on each executor, and the table of it."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROVEN, FAILED, MISSING = "proven", "FAILED", "-"
_CLAIM, _CELL = 44, 18


class Result(NamedTuple):
    """The outcome of a claim's tests, and their seconds with what they were the first to need."""

    outcome: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.outcome} {self.seconds:.0f} s"


def of_reports(stats: Mapping[str, list[Any]]) -> dict[str, Result]:
    """The result of each claim, from the reports of a run of pytest by their outcome."""
    found: dict[str, Result] = {}
    for outcome, word in (("passed", PROVEN), ("failed", FAILED), ("error", FAILED)):
        for report in stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "proves":
                    before = found.get(value[0], Result(word, 0)).seconds
                    found[value[0]] = Result(word, before + _seconds(report, stats))
    return found


def write(path: Path, results: Mapping[str, Result]) -> None:
    """Write results for `read`."""
    path.write_text(json.dumps(results))


def read(path: Path) -> dict[str, Result]:
    """Results that were written; none if there is no such file."""
    if not path.exists():
        return {}
    return {claim: Result(*values) for claim, values in json.loads(path.read_text()).items()}


def table(columns: Mapping[str, Mapping[str, Result]]) -> list[str]:
    """The lines of a table: a row for each claim, a column for each executor."""
    claims = dict.fromkeys(claim for results in columns.values() for claim in results)
    lines = [_row("", list(columns))]
    for claim in claims:
        cells = [str(results.get(claim, MISSING)) for results in columns.values()]
        first, *more = textwrap.wrap(claim, _CLAIM - 2)
        lines += [_row(first, cells), *(f"  {one}" for one in more)]
    return lines


def all_proven(columns: Mapping[str, Mapping[str, Result]]) -> bool:
    """Whether every column has every claim, and each is proven."""
    claims = {claim for results in columns.values() for claim in results}
    return bool(claims) and all(
        claim in results and results[claim].outcome == PROVEN
        for results in columns.values()
        for claim in claims
    )


def _row(first: str, cells: Sequence[str]) -> str:
    return f"{first:{_CLAIM}}{''.join(f'{cell:{_CELL}}' for cell in cells)}".rstrip()


def _seconds(report: Any, stats: Mapping[str, list[Any]]) -> float:
    """Of all phases of a test: the first one to need a fixture also waits for it."""
    phases = [one for reports in stats.values() for one in reports]
    same = [one for one in phases if getattr(one, "nodeid", None) == report.nodeid]
    return float(sum(one.duration for one in same if one.when != "teardown"))
