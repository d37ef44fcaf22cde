"""The node that claims are tried on: they run inside of `e2e.node.namespaces` only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from e2e.conftest import short_failure
from e2e.controlplane import started_as
from e2e.node import results
from e2e.node.cluster import NodeControlPlane
from e2e.node.kept import INSIDE
from e2e.node.trees import EXECUTORS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--executor", choices=list(EXECUTORS), default="local")
    parser.addoption("--results", type=Path, help="a file for what became of each claim")


def pytest_configure() -> None:
    if INSIDE not in os.environ:
        raise pytest.UsageError("these need a machine of their own: make e2e-node")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if file := config.getoption("--results"):
        results.write(file, results.of_reports(terminalreporter.stats))


@pytest.fixture(scope="session")
def node() -> Generator[NodeControlPlane]:
    """A cluster with one real node, and nothing on it but CoreDNS."""
    with contextlib.ExitStack() as stack:
        with short_failure():
            cluster = stack.enter_context(started_as(NodeControlPlane))
        yield cluster
