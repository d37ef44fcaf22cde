"""Airflow as `base/` composes it, with each executor: from a commit to a finished DAG."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import pytest

from e2e.conftest import short_failure
from e2e.fluxed import NAMESPACE, Flux
from e2e.fluxsource import Source
from e2e.node import trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import ADDRESS, NodeControlPlane
from e2e.node.gitserver import GitServer
from e2e.node.trouble import told
from e2e.trees import unready

FLUX = ("kustomize-controller", "kubelet")
MINUTES_TO_READY = 12
KINDS = "deployments,statefulsets,jobs,persistentvolumeclaims,poddisruptionbudgets,pods"
SECONDS_TO_FIND = 180
SECONDS_TO_RUN = 300
# One task that the scheduler alone ends, and one for each executor.
DAG = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task

with DAG("proof", is_paused_upon_creation=False):
    start = EmptyOperator(task_id="start")
    for executor in {executors}:

        @task(task_id=f"on_{{executor}}", executor=executor)
        def work():
            print("worked", 6 * 7)

        start >> work()
"""


@pytest.fixture(scope="module")
def executor(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--executor"))


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Generator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"), ADDRESS)
    with server.serving():
        yield server


@pytest.fixture(scope="module")
def synced(
    tmp_path_factory: pytest.TempPathFactory,
    node: NodeControlPlane,  # first: it makes the address that the next one serves at
    dags: GitServer,
    executor: str,
) -> Generator[Flux]:
    """Everything that the commit has is applied by Flux, and Ready."""
    dags.commit("dags/proof.py", DAG.format(executors=trees.EXECUTORS[executor]))
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(
            trees.upstream(tmp_path_factory.mktemp("upstream"), executor)
        )
        trees.make_volumes()
        for path in sorted((upstream.path / f"clusters/{executor}/_cluster").glob("namespace-*")):
            node.apply(path)
        trees.create_secrets(node, dags.access)
        flux = Flux(
            executor, node, upstream, timeout=f"{MINUTES_TO_READY}m", seconds=60 * MINUTES_TO_READY
        )
        flux.install()
        flux.bootstrap()
        stack.enter_context(Source(node, upstream, NAMESPACE, "platform"))
        with short_failure(), told(node):
            flux.wait_synced(upstream.head)
        yield flux


@pytest.fixture(scope="module")
def airflow(synced: Flux) -> Airflow:
    return Airflow(synced.cluster)


@pytest.fixture(scope="module")
def finished(node: NodeControlPlane, airflow: Airflow) -> str:
    """The id of a run of the DAG that has succeeded."""
    with told(node):
        airflow.wait_for_dag("proof", SECONDS_TO_FIND)
        run = airflow.run("proof", SECONDS_TO_RUN)
    states = {one["task_id"]: one["state"] for one in airflow.tasks("proof", run["dag_run_id"])}
    assert run["state"] == "success", states
    return str(run["dag_run_id"])


@pytest.mark.proves("from a commit: all Pods are Ready by their own probes", *FLUX)
def test_everything_is_ready(synced: Flux) -> None:
    problems = unready(synced.cluster.objects(KINDS))
    assert not problems
    for namespace in ("airflow", "airflow-workers"):
        found = synced.cluster.api.request("GET", f"/api/v1/namespaces/{namespace}")
        enforced = found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        assert enforced == "restricted"


@pytest.mark.proves("a DAG from git is found and run: a task on each executor succeeds", *FLUX)
def test_a_dag_runs(airflow: Airflow, finished: str, executor: str) -> None:
    tasks = airflow.tasks("proof", finished)
    states = {one["task_id"]: one["state"] for one in tasks}
    names = ("start", *(f"on_{name}" for name in trees.EXECUTORS[executor]))
    assert states == dict.fromkeys(names, "success")


@pytest.mark.proves("the log of each finished task is read by the API", *FLUX)
def test_logs(airflow: Airflow, finished: str, executor: str) -> None:
    for name in trees.EXECUTORS[executor]:
        assert "worked 42" in airflow.log("proof", finished, f"on_{name}")


@pytest.mark.proves("the smoke test of base/ says: correct", *FLUX)
def test_the_smoke_test(synced: Flux) -> None:
    (job,) = (
        one for one in synced.cluster.objects("jobs") if "smoke-test" in one["metadata"]["name"]
    )
    assert job["status"].get("succeeded") == 1
    where = (f"job/{job['metadata']['name']}", "--namespace=airflow", "--container=judge")
    said = synced.cluster.kubectl("logs", *where)
    assert said.strip().splitlines()[-1].startswith("correct: "), said
