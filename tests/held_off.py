"""The table that `make test-attacks` ends with: what was tried, and what was held off.

A test says what it tries: `@pytest.mark.holds_off("bomb")`, with a name of KINDS. What it measures
it records (`record_property`): `seconds` of CPU, `mebibytes`, and `faults` where it injects many.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MARKER = "holds_off"
KINDS = {
    "escape": "programs run, files read or written outside, addresses spoken to",
    "loss": "files of others, or the only ones of a tree, overwritten or removed",
    "silence": "wrong input that passes without a word",
    "lie": "trees that make a review say what is not so",
    "bomb": "runs that do not end, or take all memory",
    "secret": "secrets in plain text that are not found, or are shown",
    "fault": "faults while a tree is written that tear a file, or lose one",
}
_HEAD = ("what", "tried", "held off", "measured")


def note(items: Iterable[pytest.Item]) -> None:
    """Write what each test tries into its reports."""
    for item in items:
        for mark in item.iter_markers(MARKER):
            item.user_properties.append((MARKER, mark.args[0]))


def tried(items: Iterable[pytest.Item]) -> Counter[str]:
    """How many tests try each kind."""
    marks = (mark for item in items for mark in item.iter_markers(MARKER))
    return Counter(str(mark.args[0]) for mark in marks)


def table(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """The lines of the table, from the reports of a run by their outcome."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in stats.get(outcome, ()):
            properties = dict(getattr(report, "user_properties", ()))
            if MARKER in properties:
                found.setdefault(properties[MARKER], []).append((outcome, properties))
    rows = [_HEAD, *(_row(kind, found.get(kind, [])) for kind in KINDS)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(kind: str, found: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[str, str, str, str]:
    ran = [(outcome, properties) for outcome, properties in found if outcome != "skipped"]
    held = sum(outcome == "passed" for outcome, _ in ran)
    measured = []
    if kind == "bomb":
        for name, unit in (("seconds", "s"), ("mebibytes", "MiB")):
            worst = max((properties.get(name, 0) for _, properties in ran), default=0)
            measured.append(f"at most {worst:.0f} {unit}")
    if kind == "fault":
        measured.append(f"{sum(properties.get('faults', 1) for _, properties in ran)} faults")
    if len(ran) < len(found):
        measured.append(f"{len(found) - len(ran)} skipped")
    return KINDS[kind], str(len(ran)), str(held), ", ".join(measured)
