"""Every test has a repository of its own, and a cache that all tests of a run share."""

from __future__ import annotations

import io
import signal
import sys
from typing import TYPE_CHECKING

import held_off
import pytest
from components.stacks import write_stacks
from support import Repository, Result, give_examples_time

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

give_examples_time()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    held_off.note(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if held_off.MARKER in terminalreporter.config.option.markexpr:
        for line in held_off.table(terminalreporter.stats):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the user's cache and configuration out of the tests, and the tests out of them."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        environment.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
        for name in ("RENDER_ENGINE", "RENDER_ALLOW", "RENDER_CACHE", "NO_COLOR"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    path = tmp_path / "repository"
    path.mkdir()
    return Repository(path)


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Every stack of `components.stacks`, rendered once: nobody writes there."""
    repository = Repository(tmp_path_factory.mktemp("stacks"))
    write_stacks(repository)
    repository.render("clusters")
    return repository


@pytest.fixture
def call(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `render krm` in a directory of the repository, with something on stdin."""

    def run(source: bytes, directory: str = ".") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source)))
        return repository.run("krm", directory=directory)

    return run


@pytest.fixture
def heeded_signals() -> Generator[None]:
    """^C and a hang-up end programs, also where a job in the background (nohup) ignores them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
