"""What every e2e test may use, and the table of what was proven at the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support import give_examples_time

from e2e import proofs
from e2e.controlplane import ControlPlane, started
from e2e.trees import CLUSTERS, Running, settle
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Generator

give_examples_time()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", proofs.MARKER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    try:
        proofs.note(items)
    except ToolError as error:
        raise pytest.UsageError(f"{error.message}\n  hint: {error.hint}") from None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in proofs.table(terminalreporter.stats):
        terminalreporter.write_line(line)


@contextlib.contextmanager
def started_or_fail() -> Generator[ControlPlane]:
    """A control plane, or a short failure that says what to do."""
    with contextlib.ExitStack() as stack:
        with short_failure():
            cluster = stack.enter_context(started())
        yield cluster


@contextlib.contextmanager
def short_failure() -> Generator[None]:
    """A `ToolError` is shown by its message and the next step, without a traceback."""
    try:
        yield
    except ToolError as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        message = f"{error.message}\n  hint: {error.hint}\n{notes}"
        raise pytest.fail.Exception(message, pytrace=False) from None


@pytest.fixture(scope="module")
def cluster() -> Generator[ControlPlane]:
    """An empty control plane for the tests of a module."""
    with started_or_fail() as running:
        yield running


@pytest.fixture
def empty_cluster() -> Generator[ControlPlane]:
    """An empty control plane for one test."""
    with started_or_fail() as running:
        yield running


@pytest.fixture(scope="session", params=CLUSTERS)
def running(request: pytest.FixtureRequest) -> Generator[Running]:
    """Each committed tree in turn, applied to a control plane of its own, and ready.

    All tests of a tree share it, one after the other: each leaves it as it was.
    """
    with started_or_fail() as control_plane:
        tree = Running(str(request.param), control_plane)
        tree.apply()
        settle(control_plane)
        yield tree
