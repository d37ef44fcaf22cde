"""Workers that run are handed over to the HorizontalPodAutoscaler, which makes more when they work.

The metrics server and the controller of autoscalers are the real ones.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from e2e.fluxed import Flux
from e2e.node import handover, pods
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.gitserver import GitServer
from e2e.node.images import METRICS_SERVER
from e2e.node.results import Measure
from e2e.node.trouble import told
from e2e.tools import find

COMPONENT = "celery-autoscaling-hpa"
ON = ("metrics-server", "kube-controller-manager", "kustomize-controller", "kubelet")
SECONDS = 400
SECONDS_OF_A_TASK = 150
MOST = 3  # workers
RUNS = 4
AUTHORITY = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"  # signs what kubelet shows
AUTOSCALER = "airflow-worker"
METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/airflow/pods"
CONTROLLER = "kube-controller-manager"
# A task that does nothing but count.
_DAG = """
import time
from airflow.sdk import DAG, task

with DAG("busy", is_paused_upon_creation=False, params={"seconds": 60}):

    @task
    def count(params):
        deadline = time.monotonic() + params["seconds"]
        while time.monotonic() < deadline:
            pass

    count()
"""


@pytest.fixture(scope="module")
def metrics(node: NodeControlPlane) -> Generator[None]:
    """The metrics server, by its own manifests; it verifies kubelet."""
    node.import_image(METRICS_SERVER)
    text = node.kubectl("kustomize", str(find("metrics-server-manifests")))
    text = re.sub(r"image: \S+", f"image: {METRICS_SERVER.full_name}", text)
    first = "- --cert-dir=/tmp\n"
    assert first in text
    text = text.replace(first, f"{first}        - --kubelet-certificate-authority={AUTHORITY}\n")
    node.kubectl("apply", "--server-side", "--filename=-", stdin=text)
    with told(node):
        node.wait_for("metrics of workers", lambda: has_metrics(node), SECONDS)
    yield
    node.kubectl("delete", "--filename=-", stdin=text)


@pytest.fixture(scope="module")
def two_workers(synced: Flux, executor: str) -> Generator[None]:
    with handover.two_workers(synced, executor, {}):
        yield


@pytest.fixture(scope="module")
def numbers(node: NodeControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A file with each number of workers that was wanted since it was opened, and is."""
    path = tmp_path_factory.mktemp("numbers") / "numbers"
    with handover.watched(node, path):
        yield path


def has_metrics(node: NodeControlPlane) -> bool:
    """Whether the metrics server knows of a worker; before it runs, the answer is a text."""
    answer = node.ask("get", "--raw", METRICS)
    return answer.code == 0 and "airflow-worker-" in answer.out


@pytest.mark.proves("workers are handed over to an HPA, and are as many all the while", *ON)
@pytest.mark.usefixtures("metrics", "two_workers")
def test_a_handover(
    node: NodeControlPlane, synced: Flux, executor: str, numbers: Path, measure: Measure
) -> None:
    there = {one["metadata"]["uid"] for one in pods.of_component(node, "worker")}
    with told(node):
        handover.hand_over(synced)
        commit = handover.autoscale(synced.upstream, executor, COMPONENT, MOST)
        started = time.monotonic()
        synced.wait_synced(commit)
        node.wait_for(
            "an autoscaler that has metrics", lambda: handover.is_active(node, AUTOSCALER), SECONDS
        )
        measure("HPA: it has metrics after the commit", time.monotonic() - started)
    assert handover.seen(numbers) == {handover.BEFORE}
    assert "handover" in handover.owners(node)
    assert {one["metadata"]["uid"] for one in pods.of_component(node, "worker")} == there


@pytest.mark.proves("an HPA makes more workers when they work, and no task is lost", *ON)
@pytest.mark.usefixtures("metrics", "two_workers")
def test_more_workers(
    node: NodeControlPlane,
    synced: Flux,
    airflow: Airflow,
    dags: GitServer,
    numbers: Path,
    measure: Measure,
) -> None:
    there = {one["metadata"]["uid"] for one in pods.of_component(node, "worker")}
    dags.commit("dags/busy.py", _DAG)
    with told(node):
        airflow.wait_for_dag("busy", SECONDS)
        started = time.monotonic()
        runs = [airflow.trigger("busy", seconds=SECONDS_OF_A_TASK) for _ in range(RUNS)]
        pods.wait_ready(node, "worker", MOST, SECONDS)
        measure("HPA: another worker is Ready after work came", time.monotonic() - started)
        handover.sync_again(synced)
        for run in runs:
            assert airflow.wait_for_end("busy", run, SECONDS)["state"] == "success"
            assert airflow.tries("busy", run) == {"count": 1}
    assert there < {one["metadata"]["uid"] for one in pods.of_component(node, "worker")}
    assert handover.wanted(numbers) == [handover.BEFORE, MOST]
    assert handover.owners(node) == {CONTROLLER}
