"""Writes what became of a file of claims as soon as the last of its tests has ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e.node import results

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


class Recorder:
    """A plugin of pytest; `places` are where it writes, by the paths of files.

    Who has failed may have left anything: no other file is tried after it.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(report)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        done = yield
        if nextitem is None or nextitem.path != item.path:
            found = results.of_reports(self._reports)
            results.write(Path(self._places[str(item.path)]), found)
            self._reports.clear()
            if not found.is_proven:
                item.session.shouldstop = f"{item.path.name} has failed"
        return done
