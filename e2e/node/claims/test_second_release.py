"""Two releases of Airflow side by side: neither sees the other."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import runs, smoke, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.gitserver import GitServer
from e2e.node.syncing import syncing
from e2e.node.trouble import told

NAME = "second"
SECONDS = 300


@pytest.fixture(scope="module")
def second(
    node: NodeControlPlane, synced: Flux, dags: GitServer, executor: str
) -> Generator[Airflow]:
    """Another release of the same overlay, synced by the same Flux."""
    upstream = synced.upstream
    commit = trees.add_release(upstream, executor, NAME, trees.SECOND)
    for path in sorted((upstream.path / f"clusters/{NAME}/_cluster").glob("namespace-*")):
        node.apply(path)
    trees.create_secrets(node, upstream, NAME)
    secrets = trees.git_secrets(dags.access, trees.SECOND)
    node.kubectl("create", "--filename=-", stdin=secrets)
    flux = syncing(NAME, node, upstream)
    flux.bootstrap()
    with told(node):
        flux.wait_synced(commit)
    yield Airflow(node, user="grace", release=trees.SECOND)
    flux.uninstall()
    with told(node):
        synced.wait_synced(upstream.revert())


@pytest.mark.proves("two releases side by side: the smoke test says correct in both", "kubelet")
@pytest.mark.usefixtures("second")
def test_the_smoke_test_of_each(node: NodeControlPlane) -> None:
    names = {
        one["metadata"]["namespace"]: one["metadata"]["name"]
        for one in node.objects("jobs")
        if "smoke-test" in one["metadata"]["name"]
    }
    assert {*names} == {trees.FIRST.namespace, trees.SECOND.namespace}
    assert names[trees.SECOND.namespace].startswith(trees.SECOND.prefix)
    for namespace, name in names.items():
        assert smoke.verdict(node, name, namespace).startswith("correct: ")


@pytest.mark.proves("two releases side by side: a run, its log and a user are of one", "kubelet")
def test_neither_sees_the_other(
    node: NodeControlPlane, airflow: Airflow, second: Airflow, executor: str
) -> None:
    with told(node):
        for each in (airflow, second):
            each.wait_for_dag("proof", SECONDS)
        run = second.run("proof", SECONDS)["dag_run_id"]
    assert second.states("proof", run) == runs.success(executor)
    runs.assert_logs(second, executor, run)
    assert airflow.ask("GET", f"/api/v2/dags/proof/dagRuns/{run}")[0] == 404
    secret = {"username": second.user, "password": second.password}
    assert airflow.ask("POST", "/auth/token", secret)[0] == 401
    with told(node):
        own = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", own) == runs.success(executor)
    assert second.ask("GET", f"/api/v2/dags/proof/dagRuns/{own}")[0] == 404
