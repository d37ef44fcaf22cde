"""Workers that run are handed over to KEDA, which makes as many as tasks ask for, and none without.

KEDA's operator and its metrics server are the real ones, in Pods. Network policies are enforced (by
a test helper), so that KEDA reaches the database because a policy says so.
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
from e2e.node.firewall import Firewall
from e2e.node.images import KEDA, KEDA_ADAPTER
from e2e.node.results import Measure
from e2e.node.trouble import told
from e2e.tools import find

COMPONENT = "celery-autoscaling-keda"
ON = ("keda", "keda-adapter", "kube-controller-manager", "kustomize-controller", "kubelet")
SECONDS = 400
SECONDS_OF_A_TASK = 150
SECONDS_TO_NONE = 900  # after ten minutes without a task
MOST = 3  # workers
AT_ONCE = 2  # tasks of a worker
TASK = "on_CeleryExecutor"
AUTOSCALER = "keda-hpa-airflow-worker"  # KEDA makes it
SCALED = "/apis/keda.sh/v1alpha1/namespaces/airflow/scaledobjects/airflow-worker"
SERVERS = ("keda-operator", "keda-metrics-apiserver")
IMAGES = {
    "ghcr.io/kedacore/keda:latest": KEDA,
    "ghcr.io/kedacore/keda-metrics-apiserver:latest": KEDA_ADAPTER,
}


def manifests() -> str:
    """KEDA's own, without its admission webhook, for images that nobody pulls."""
    files = [
        path
        for name in ("keda-manifests", "keda-adapter-manifests")
        for path in find(name).iterdir()
    ]
    files.sort(key=lambda path: path.name != "namespace.yaml")
    text = "\n---\n".join(path.read_text() for path in files)
    for name, image in IMAGES.items():
        assert f"image: {name}\n" in text
        text = text.replace(f"image: {name}\n", f"image: {image.full_name}\n")
    text = text.replace("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent")
    last = "- --enable-cert-rotation=true\n"
    text, count = re.subn(f"( *){last}", rf"\1{last}\1- --enable-webhook-patching=false\n", text)
    assert count == 1
    return text


@pytest.fixture(scope="module")
def keda(node: NodeControlPlane) -> Generator[None]:
    """KEDA, beside an Airflow whose policies are enforced."""
    for image in IMAGES.values():
        node.import_image(image)
    text = manifests()
    with Firewall(node), told(node):
        node.kubectl("apply", "--server-side", "--filename=-", stdin=text)
        node.wait_for("KEDA", lambda: all(is_available(node, name) for name in SERVERS), SECONDS)
        yield
        node.wait_for("end of the ScaledObject", lambda: node.api.find(SCALED) is None, SECONDS)
        node.kubectl("delete", "--filename=-", stdin=text)


def is_available(node: NodeControlPlane, name: str) -> bool:
    found = node.api.request("GET", f"/apis/apps/v1/namespaces/keda/deployments/{name}")
    return bool(found["status"].get("availableReplicas"))


@pytest.fixture(scope="module")
def two_workers(synced: Flux, executor: str) -> Generator[None]:
    with handover.two_workers(synced, executor, {"celery.concurrency": AT_ONCE}):
        yield


@pytest.fixture(scope="module")
def begun(node: NodeControlPlane, airflow: Airflow) -> list[str]:
    """Runs whose tasks keep the workers busy."""
    with told(node):
        airflow.wait_for_dag("patient", SECONDS)
        runs = trigger(airflow, handover.BEFORE * AT_ONCE)
        for run in runs:
            airflow.wait_for_log("patient", run, TASK, "begun 1", seconds=SECONDS)
    return runs


def trigger(airflow: Airflow, count: int) -> list[str]:
    return [airflow.trigger("patient", seconds=SECONDS_OF_A_TASK) for _ in range(count)]


@pytest.fixture(scope="module")
def numbers(node: NodeControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A file with each number of workers that was wanted since it was opened, and is."""
    path = tmp_path_factory.mktemp("numbers") / "numbers"
    with handover.watched(node, path):
        yield path


@pytest.mark.proves("workers are handed over to KEDA, and are as many all the while", *ON)
@pytest.mark.usefixtures("keda", "two_workers", "begun")
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
            "tasks that KEDA counts", lambda: handover.is_active(node, AUTOSCALER), SECONDS
        )
        measure("KEDA: it counts tasks after the commit", time.monotonic() - started)
    assert handover.seen(numbers) == {handover.BEFORE}
    assert "handover" in handover.owners(node)
    assert {one["metadata"]["uid"] for one in pods.of_component(node, "worker")} == there


@pytest.mark.proves("KEDA makes more workers when tasks wait, and no task is lost", *ON)
@pytest.mark.usefixtures("keda", "two_workers")
def test_more_workers(
    node: NodeControlPlane,
    synced: Flux,
    airflow: Airflow,
    begun: list[str],
    numbers: Path,
    measure: Measure,
) -> None:
    there = {one["metadata"]["uid"] for one in pods.of_component(node, "worker")}
    with told(node):
        started = time.monotonic()
        runs = [*begun, *trigger(airflow, MOST * AT_ONCE)]
        pods.wait_ready(node, "worker", MOST, SECONDS)
        measure("KEDA: another worker is Ready after work came", time.monotonic() - started)
        handover.sync_again(synced)
        for run in runs:
            assert airflow.wait_for_end("patient", run, SECONDS)["state"] == "success"
            assert airflow.tries("patient", run) == {TASK: 1}
    assert there < {one["metadata"]["uid"] for one in pods.of_component(node, "worker")}
    assert handover.wanted(numbers) == [handover.BEFORE, MOST]
    assert handover.owners(node) == {"kube-controller-manager"}


@pytest.mark.proves("KEDA has no worker when there is no task, and one for the next", *ON)
@pytest.mark.usefixtures("keda", "two_workers")
def test_no_worker(node: NodeControlPlane, airflow: Airflow, measure: Measure) -> None:
    with told(node):
        started = time.monotonic()
        pods.wait_ready(node, "worker", 0, SECONDS_TO_NONE)
        measure("KEDA: no worker is left after the last task", time.monotonic() - started)
        started = time.monotonic()
        assert airflow.run("proof", SECONDS)["state"] == "success"
        measure("KEDA: a task has run when no worker was left", time.monotonic() - started)
        pods.wait_ready(node, "worker", 1, SECONDS)
