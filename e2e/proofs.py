"""The table that `make e2e` ends with: what was proven on which real programs, file by file.

A test says what it proves: `@pytest.mark.proves("what is promised", "kube-apiserver", ...)`,
with the names of tools (see `e2e.tools`).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from e2e import tools

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "proves(promise, *tools): what a test proves, and the real programs that it proves it on"
_COLUMNS, _RESULT = 80, 15
_WORDS = {"passed": "proven", "failed": "FAILED", "error": "FAILED", "skipped": "skipped"}


def note(items: list[pytest.Item]) -> None:
    """Write what each test proves into its reports; a test that does not say it is an error."""
    for item in items:
        mark = item.get_closest_marker("proves")
        if mark is None:
            raise pytest.UsageError(f"{item.nodeid}: add pytest.mark.proves(promise, *tools)")
        promise, *names = mark.args
        programs = ", ".join(dict.fromkeys(map(_program, names)))
        file = item.nodeid.partition("::")[0]
        item.user_properties.append(("proves", (promise, file, programs)))


def table(stats: Mapping[str, list[Any]]) -> list[str]:
    """The lines of the table, from the reports of a run by their outcome; 80 columns are enough."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for outcome, word in _WORDS.items():
        for report in stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "proves":
                    promise, file, programs = value
                    rows = found.setdefault((file, programs), {})
                    rows.setdefault(promise, []).append(word)
    lines = []
    for (file, programs), rows in sorted(found.items()):
        lines += ["", *textwrap.wrap(f"{file}: on {programs}" if programs else file, _COLUMNS)]
        for promise, words in rows.items():
            result, *more = textwrap.wrap(promise, _COLUMNS - _RESULT)
            lines += [f"  {_summary(words):{_RESULT - 2}}{result}"]
            lines += [" " * _RESULT + line for line in more]
    return lines


def _program(name: str) -> str:
    """A tool and its version; the parts of Kubernetes are one. What has its version is that."""
    if " " in name:
        return name
    return f"{'Kubernetes' if name.startswith('kube-') else name} {tools.version(name)}"


def _summary(words: list[str]) -> str:
    """The worst of the results: `proven (3)` for a test that ran on three clusters."""
    worst = next(word for word in ("FAILED", "skipped", "proven") if word in words)
    count = words.count(worst)
    return f"{worst} ({count})" if count > 1 else worst
