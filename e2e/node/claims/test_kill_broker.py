"""The broker dies with tasks that no worker has taken: it keeps nothing on a disk."""

from __future__ import annotations

import time

import pytest

from e2e.fluxed import Flux
from e2e.node import pods
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.results import Measure
from e2e.node.trouble import told
from e2e.node.workloads import scaled

SECONDS = 300
SECONDS_TO_BE_MISSED = 1500


@pytest.mark.proves(
    "tasks that were queued in a killed broker are missed, and queued again", "kubelet"
)
def test_a_killed_broker(
    node: NodeControlPlane, synced: Flux, airflow: Airflow, measure: Measure
) -> None:
    airflow.wait_for_dag("patient", SECONDS)
    with told(node):
        with scaled(synced, "statefulset/airflow-worker"):
            run = airflow.trigger("patient", seconds=5)
            airflow.wait_for_state("patient", run, "queued", SECONDS)
            time.sleep(10)  # it is in the broker now
            killed = time.monotonic()
            pods.kill(node, "broker")
            pods.wait_ready(node, "broker", 1, SECONDS)
            measure("killed broker: another one is Ready", time.monotonic() - killed)
        assert airflow.run("proof", SECONDS)["state"] == "success"
        measure("killed broker: a new task has run", time.monotonic() - killed)
        assert {*airflow.states("patient", run).values()} == {"queued"}
        end = airflow.wait_for_end("patient", run, SECONDS_TO_BE_MISSED)
        measure("killed broker: tasks that were queued have run", time.monotonic() - killed)
    assert end["state"] == "success"
