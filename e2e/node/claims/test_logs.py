"""Logs are read by the API wherever a task is: at work, in a trigger, or at its end."""

from __future__ import annotations

import pytest

from e2e.node import runs
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.trouble import told

SECONDS_TO_FIND = 180
SECONDS_TO_RUN = 300
SECONDS_OF_A_TASK = 45


@pytest.mark.proves("the log of a task is read while it runs, and when it has ended", "kubelet")
def test_a_running_and_a_finished_task(
    node: NodeControlPlane, airflow: Airflow, executor: str
) -> None:
    tasks = runs.on_each(executor)
    with told(node):
        airflow.wait_for_dag("patient", SECONDS_TO_FIND)
        run = airflow.trigger("patient", seconds=SECONDS_OF_A_TASK)
        for task in tasks:
            log = airflow.wait_for_log("patient", run, task, "begun 1", seconds=SECONDS_TO_RUN)
            assert '"ended"' not in log
            assert airflow.states("patient", run)[task] == "running"
        assert airflow.wait_for_end("patient", run, SECONDS_TO_RUN)["state"] == "success"
    for task in tasks:
        assert '"ended"' in airflow.log("patient", run, task)


@pytest.mark.proves("the log of a deferred task is read while its trigger waits", "kubelet")
def test_a_deferred_task(node: NodeControlPlane, airflow: Airflow) -> None:
    with told(node):
        airflow.wait_for_dag("deferred", SECONDS_TO_FIND)
        run = airflow.trigger("deferred")
        airflow.wait_for_state("deferred", run, "deferred", SECONDS_TO_RUN)
        airflow.wait_for_log("deferred", run, "wait", "trigger starting", seconds=SECONDS_TO_RUN)
        assert airflow.states("deferred", run) == {"wait": "deferred"}
        assert airflow.wait_for_end("deferred", run, SECONDS_TO_RUN)["state"] == "success"
