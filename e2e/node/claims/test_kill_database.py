"""The database dies under Airflow at work."""

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
SECONDS_OF_A_TASK = 60


@pytest.mark.proves(
    "a killed database comes back with all that was written, and Airflow with it", "kubelet"
)
def test_a_killed_database(
    node: NodeControlPlane, airflow: Airflow, executor: str, measure: Measure
) -> None:
    airflow.wait_for_dag("proof", SECONDS)
    with told(node):
        ended = airflow.run("proof", SECONDS)["dag_run_id"]
        run = runs.begin_patient(airflow, runs.on_each(executor), SECONDS_OF_A_TASK)
        killed = time.monotonic()
        pods.kill(node, "database")
        pods.wait_ready(node, "database", 1, SECONDS)
        measure("killed database: another Pod is Ready", time.monotonic() - killed)
        node.wait_for("answer", lambda: airflow.is_well("proof"), SECONDS)
        measure("killed database: the API answers", time.monotonic() - killed)
        assert {*airflow.states("proof", ended).values()} == {"success"}
        assert airflow.run("proof", SECONDS)["state"] == "success"
        measure("killed database: a new run has ended", time.monotonic() - killed)
        end = airflow.wait_for_end("patient", run, SECONDS_TO_BE_MISSED)
        measure("killed database: the run that was under way has ended", time.monotonic() - killed)
    assert end["state"] == "success"
