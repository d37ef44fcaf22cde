"""A Celery worker dies with its tasks."""

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
TASK = "on_CeleryExecutor"


@pytest.mark.proves("a killed worker comes back, and its tasks are tried again", "kubelet")
def test_a_killed_worker(node: NodeControlPlane, airflow: Airflow, measure: Measure) -> None:
    with told(node):
        run = runs.begin_patient(airflow, [TASK], 20)
        killed = time.monotonic()
        pods.kill(node, "worker")
        pods.wait_ready(node, "worker", 1, SECONDS)
        measure("killed worker: another one is Ready", time.monotonic() - killed)
        assert airflow.run("proof", SECONDS)["state"] == "success"
        measure("killed worker: a new task has run", time.monotonic() - killed)
        end = airflow.wait_for_end("patient", run, SECONDS_TO_BE_MISSED)
        measure("killed worker: its task has run again", time.monotonic() - killed)
    tries = airflow.tries("patient", run)
    assert end["state"] == "success"
    assert tries[TASK] == 2
