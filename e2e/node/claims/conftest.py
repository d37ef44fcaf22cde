"""The node that claims are tried on: they run inside of `e2e.node.namespaces` only."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator

import pytest

from e2e.conftest import short_failure
from e2e.controlplane import started_as
from e2e.fluxed import NAMESPACE, Flux
from e2e.fluxsource import Source
from e2e.node import dags as texts
from e2e.node import plan, pods, results, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import ADDRESS, NodeControlPlane
from e2e.node.gitserver import GitServer
from e2e.node.kept import INSIDE
from e2e.node.recording import Recorder
from e2e.node.syncing import syncing
from e2e.node.trouble import told


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--executor", choices=plan.NAMES, default="local")
    parser.addoption("--results", type=json.loads, help="where to write what became of each file")


def pytest_configure(config: pytest.Config) -> None:
    if INSIDE not in os.environ:
        raise pytest.UsageError("these need a machine of their own: make e2e-node")
    if places := config.getoption("--results"):
        config.pluginmanager.register(Recorder(places))


@pytest.fixture(scope="session")
def node() -> Generator[NodeControlPlane]:
    """A cluster with one real node, and nothing on it but CoreDNS."""
    with contextlib.ExitStack() as stack:
        with short_failure():
            cluster = stack.enter_context(started_as(NodeControlPlane))
        yield cluster


@pytest.fixture(scope="session")
def executor(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--executor"))


@pytest.fixture(scope="session")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Generator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"), ADDRESS)
    with server.serving():
        yield server


@pytest.fixture(scope="session")
def restarted() -> dict[str, int]:
    """How often containers were started again until everything was Ready; `synced` writes it."""
    return {}


@pytest.fixture(scope="session")
def synced(
    tmp_path_factory: pytest.TempPathFactory,
    node: NodeControlPlane,  # first: it makes the address that the next one serves at
    dags: GitServer,
    executor: str,
    restarted: dict[str, int],
) -> Generator[Flux]:
    """Everything that the commit has is applied by Flux, and Ready."""
    dags.commit_all(texts.files(trees.EXECUTORS[executor]))
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(
            trees.upstream(tmp_path_factory.mktemp("upstream"), executor)
        )
        trees.make_volumes()
        for path in sorted((upstream.path / f"clusters/{executor}/_cluster").glob("namespace-*")):
            node.apply(path)
        trees.create_secrets(node, upstream, executor)
        node.kubectl("create", "--filename=-", stdin=trees.git_secrets(dags.access))
        flux = syncing(executor, node, upstream)
        flux.install()
        flux.bootstrap()
        stack.enter_context(Source(node, upstream, NAMESPACE, "platform"))
        with short_failure(), told(node):
            flux.wait_synced(upstream.head)
        restarted.update(pods.restarts(node))
        yield flux


@pytest.fixture(scope="session")
def airflow(synced: Flux) -> Airflow:
    return Airflow(synced.cluster)


@pytest.fixture
def measure(record_property: Callable[[str, object], None]) -> results.Measure:
    """Note how many seconds something took, for the table."""

    def note(what: str, seconds: float) -> None:
        record_property(results.MEASURED, (what, seconds))

    return note
