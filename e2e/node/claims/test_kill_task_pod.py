"""The Pod of a task dies, which the Kubernetes executor watches."""

from __future__ import annotations

import time

import pytest

from e2e.node import pods, runs
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.results import Measure
from e2e.node.trouble import told

SECONDS = 300
TASK = "on_KubernetesExecutor"


@pytest.mark.proves("the task of a killed Pod is tried again in another one", "kubelet")
def test_a_killed_task_pod(node: NodeControlPlane, airflow: Airflow, measure: Measure) -> None:
    with told(node):
        run = runs.begin_patient(airflow, [TASK], 20)
        killed = time.monotonic()
        pods.kill(node, "worker", "airflow-workers")
        end = airflow.wait_for_end("patient", run, SECONDS)
        measure("killed task Pod: its task has run again", time.monotonic() - killed)
    tries = airflow.tries("patient", run)
    assert end["state"] == "success"
    assert tries[TASK] == 2
