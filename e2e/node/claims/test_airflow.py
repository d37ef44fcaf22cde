"""Airflow as `base/` composes it, with each executor: from a commit to a finished DAG."""

from __future__ import annotations

import pytest

from e2e.fluxed import Flux
from e2e.node import runs, smoke
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.trouble import told
from e2e.trees import label, unready

FLUX = ("kustomize-controller", "kubelet")
KINDS = "deployments,statefulsets,jobs,persistentvolumeclaims,poddisruptionbudgets,pods"
SECONDS_TO_SYNC = 180
SECONDS_TO_FIND = 180
SECONDS_TO_RUN = 300


@pytest.fixture(scope="module")
def finished(node: NodeControlPlane, airflow: Airflow) -> str:
    """The id of a run of the DAG that has succeeded."""
    with told(node):
        airflow.wait_for_dag("proof", SECONDS_TO_FIND)
        run = airflow.run("proof", SECONDS_TO_RUN)
    assert run["state"] == "success", airflow.states("proof", run["dag_run_id"])
    return str(run["dag_run_id"])


@pytest.mark.proves("from a commit: all Pods are Ready by their own probes", *FLUX)
def test_everything_is_ready(synced: Flux) -> None:
    problems = unready(synced.cluster.objects(KINDS))
    assert not problems
    for namespace in ("airflow", "airflow-workers"):
        found = synced.cluster.api.request("GET", f"/api/v1/namespaces/{namespace}")
        enforced = found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        assert enforced == "restricted"


@pytest.mark.proves("from a commit: no container is started a second time", *FLUX)
@pytest.mark.usefixtures("synced")
def test_nothing_is_restarted(restarted: dict[str, int]) -> None:
    assert not restarted


@pytest.mark.proves("a second sync of the same commit changes nothing", *FLUX)
def test_a_second_sync_changes_nothing(synced: Flux) -> None:
    def there() -> dict[str, tuple[str, int]]:
        found = synced.cluster.objects(KINDS)
        metadata = [(label(one), one["metadata"]) for one in found]
        return {name: (one["uid"], one.get("generation", 0)) for name, one in metadata}

    def handled() -> str:
        return str(synced.status().get("lastHandledReconcileAt"))

    before, seen = there(), handled()
    synced.look()
    synced.cluster.wait_for("second sync", lambda: handled() != seen, SECONDS_TO_SYNC)
    assert synced.condition()["status"] == "True"
    assert there() == before


@pytest.mark.proves("a DAG from git is found and run: a task on each executor succeeds", *FLUX)
def test_a_dag_runs(airflow: Airflow, finished: str, executor: str) -> None:
    assert airflow.states("proof", finished) == runs.success(executor)


@pytest.mark.proves("the log of each finished task is read by the API", *FLUX)
def test_logs(airflow: Airflow, finished: str, executor: str) -> None:
    runs.assert_logs(airflow, executor, finished)


@pytest.mark.proves("the smoke test of base/ says: correct", *FLUX)
def test_the_smoke_test(synced: Flux) -> None:
    (job,) = (
        one for one in synced.cluster.objects("jobs") if "smoke-test" in one["metadata"]["name"]
    )
    assert job["status"].get("succeeded") == 1
    assert smoke.verdict(synced.cluster, job["metadata"]["name"]).startswith("correct: ")
