"""More workers by a commit, and fewer again: no task is lost."""

from __future__ import annotations

import time

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.results import Measure
from e2e.node.trouble import told

SECONDS_TO_FIND = 180
SECONDS_TO_RUN = 500
SECONDS_OF_A_TASK = 150
RUNS = 6
TASK = "on_CeleryExecutor"
KEPT, GOING = "airflow-worker-0", "airflow-worker-1"


@pytest.mark.proves(
    "workers are scaled by a commit, and one that goes finishes its tasks",
    *("kustomize-controller", "kubelet"),
)
def test_more_workers_and_fewer_again(
    node: NodeControlPlane, synced: Flux, airflow: Airflow, executor: str, measure: Measure
) -> None:
    airflow.wait_for_dag("patient", SECONDS_TO_FIND)
    (first,) = pods.of_component(node, "worker")
    started = time.monotonic()
    with told(node):
        synced.wait_synced(trees.set_parameter(synced.upstream, executor, "celery.workers", "2"))
        pods.wait_ready(node, "worker", 2, SECONDS_TO_RUN)
        measure("a second worker is Ready after the commit", time.monotonic() - started)
        assert first["metadata"]["uid"] in pods.by_workload(node)["airflow-worker"]
        runs = [airflow.trigger("patient", seconds=SECONDS_OF_A_TASK) for _ in range(RUNS)]
        for run in runs:
            airflow.wait_for_log("patient", run, TASK, "begun 1", seconds=SECONDS_TO_RUN)
        assert workers(airflow, runs) == {(KEPT, "running"), (GOING, "running")}
        started = time.monotonic()
        synced.wait_synced(synced.upstream.revert())
        pods.wait_gone(node, GOING, SECONDS_TO_RUN)
        measure("a worker that goes finishes its tasks, and is gone", time.monotonic() - started)
        for run in runs:
            assert airflow.wait_for_end("patient", run, SECONDS_TO_RUN)["state"] == "success"
            assert airflow.tries("patient", run) == {TASK: 1}
    (last,) = pods.of_component(node, "worker")
    assert last["metadata"]["uid"] == first["metadata"]["uid"]


def workers(airflow: Airflow, runs: list[str]) -> set[tuple[str, str]]:
    """On which workers the tasks of runs are, and in which states."""
    tasks = [one for run in runs for one in airflow.tasks("patient", run)]
    return {(one["hostname"].partition(".")[0], one["state"]) for one in tasks}
