"""The table that `make e2e` ends with: each promise, the test of it, the real programs, the result.

A test says what it proves: `@pytest.mark.proves("what is promised", "kube-apiserver", ...)`,
with the names of tools (see `e2e.tools`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from e2e import tools

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "proves(promise, *tools): what a test proves, and the real programs that it proves it on"
_WORDS = {"passed": "proven", "failed": "FAILED", "error": "FAILED", "skipped": "skipped"}


def note(items: list[pytest.Item]) -> None:
    """Write what each test proves into its reports; a test that does not say it is an error."""
    for item in items:
        mark = item.get_closest_marker("proves")
        if mark is None:
            raise pytest.UsageError(f"{item.nodeid}: add pytest.mark.proves(promise, *tools)")
        promise, *names = mark.args
        programs = ", ".join(dict.fromkeys(map(_program, names)))
        test = item.nodeid.partition("[")[0]
        item.user_properties.append(("proves", (promise, test, programs)))


def table(stats: Mapping[str, list[Any]]) -> list[str]:
    """The lines of the table, from the reports of a run by their outcome."""
    results: dict[tuple[str, ...], list[str]] = {}
    for outcome, word in _WORDS.items():
        for report in stats.get(outcome, []):
            for name, row in getattr(report, "user_properties", []):
                if name == "proves":
                    results.setdefault(tuple(row), []).append(word)
    rows = [
        (*row, _summary(words)) for row, words in sorted(results.items(), key=lambda r: r[0][1])
    ]
    rows.insert(0, ("PROMISE", "TEST", "PROGRAMS", "RESULT"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _program(name: str) -> str:
    """A tool and its version; the parts of Kubernetes are one."""
    return f"{'Kubernetes' if name.startswith('kube-') else name} {tools.version(name)}"


def _summary(words: list[str]) -> str:
    """`proven (3)` for a test that ran on three clusters."""
    return ", ".join(
        f"{word} ({count})" if count > 1 else word for word, count in Counter(words).items()
    )
