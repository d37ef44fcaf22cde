"""The only scheduler dies: with the tasks that it runs itself, and without those of others."""

from __future__ import annotations

import time

import pytest

from e2e.node import pods, runs
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.results import Measure
from e2e.node.trouble import told

SECONDS = 300
SECONDS_TO_BE_MISSED = 900
SECONDS_OF_A_TASK = 45


@pytest.mark.proves(
    "a killed scheduler comes back: tasks of others go on, its own are tried again", "kubelet"
)
def test_a_killed_scheduler(
    node: NodeControlPlane, airflow: Airflow, executor: str, measure: Measure
) -> None:
    tasks = runs.on_each(executor)
    with told(node):
        run = runs.begin_patient(airflow, tasks, SECONDS_OF_A_TASK)
        killed = time.monotonic()
        pods.kill(node, "scheduler")
        pods.wait_ready(node, "scheduler", 1, SECONDS)
        measure("killed scheduler: another one is Ready", time.monotonic() - killed)
        assert airflow.run("proof", SECONDS)["state"] == "success"
        measure("killed scheduler: a new run has ended", time.monotonic() - killed)
        end = airflow.wait_for_end("patient", run, SECONDS_TO_BE_MISSED)
        measure("killed scheduler: the run that was under way has ended", time.monotonic() - killed)
    tries = airflow.tries("patient", run)
    assert end["state"] == "success"
    assert tries == {name: 2 if name == "on_LocalExecutor" else 1 for name in tasks}
