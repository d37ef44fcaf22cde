"""The smoke test of `base/` tells what is wrong: each line of its table, made to happen."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
import yaml

from e2e.fluxed import Flux
from e2e.node.cluster import PODS, NodeControlPlane
from e2e.node.trouble import told

FLUX = ("kustomize-controller", "kubelet")
SECONDS_TO_JUDGE = 60  # how long the judge waits for Airflow, and then for a run
SECONDS_TO_GIVE_UP = 600  # the same where tasks try again, and fail
SECONDS = 900
SUBJECTS = ("system:serviceaccounts:airflow", "system:serviceaccounts:airflow-workers")

Judge = Callable[[int], tuple[int, str]]


@pytest.fixture
def judge(request: pytest.FixtureRequest, synced: Flux) -> Judge:
    """What the smoke test says now, after so many seconds at most: exit code and last line."""
    (file,) = (synced.upstream.path / f"clusters/{synced.name}/airflow").glob("job-*smoke-test*")
    job = yaml.safe_load(file.read_text())
    name = f"again-{request.node.callspec.id}" if hasattr(request.node, "callspec") else "again"
    job["metadata"] = {"name": name, "namespace": "airflow", "labels": job["metadata"]["labels"]}
    text = json.dumps(job)
    (usual,) = (
        one["value"]
        for one in job["spec"]["template"]["spec"]["containers"][0]["env"]
        if one["name"] == "SMOKE_TEST_SECONDS"
    )

    def run(seconds: int) -> tuple[int, str]:
        cluster = synced.cluster
        again = text.replace(f'"{usual}"', f'"{seconds}"')
        cluster.kubectl("create", "--filename=-", stdin=again)
        ended: dict[str, Any] = {}

        def judged() -> bool:
            nonlocal ended
            chosen = f"labelSelector=job-name={name}"
            pods = cluster.api.request("GET", f"/api/v1/namespaces/airflow/pods?{chosen}")["items"]
            states = [
                status["state"]
                for pod in pods
                for status in pod["status"].get("containerStatuses", [])
            ]
            ended = states[0].get("terminated", {}) if states else {}
            return bool(ended)

        with told(cluster):
            cluster.wait_for("verdict", judged, SECONDS)
        where = (f"job/{name}", "--namespace=airflow", "--container=judge")
        said = cluster.kubectl("logs", *where).strip().splitlines()
        return ended["exitCode"], said[-1]

    return run


@contextlib.contextmanager
def scaled(flux: Flux, workload: str) -> Generator[None]:
    """No Pod of a workload runs."""
    cluster = flux.cluster
    component = workload.rpartition("airflow-")[2]
    where = ("--namespace=airflow", workload)
    wanted = cluster.kubectl("get", *where, "--output=jsonpath={.spec.replicas}")
    cluster.kubectl("scale", *where, "--replicas=0")
    try:
        selector = f"--selector=app.kubernetes.io/component={component}"
        gone = ("wait", "pod", "--namespace=airflow", "--for=delete", "--timeout=110s")
        cluster.kubectl(*gone, selector)
        yield
    finally:
        cluster.kubectl("scale", *where, f"--replicas={wanted}")
    cluster.kubectl("rollout", "status", *where, "--timeout=110s")


@contextlib.contextmanager
def too_broad(flux: Flux) -> Generator[None]:
    """Whoever runs tasks may start Pods in default, too."""
    cluster = flux.cluster
    groups = [f"--group={name}" for name in SUBJECTS]
    may = ("--verb=create,get,list,watch,delete,patch", "--resource=pods,pods/log")
    cluster.kubectl("create", "role", "broad", "--namespace=default", *may)
    cluster.kubectl(
        "create", "rolebinding", "broad", "--namespace=default", "--role=broad", *groups
    )
    try:
        yield
    finally:
        cluster.kubectl("delete", "role,rolebinding", "broad", "--namespace=default")


@contextlib.contextmanager
def cut_off(flux: Flux) -> Generator[None]:
    """No Pod reaches the API server of Kubernetes."""
    assert isinstance(flux.cluster, NodeControlPlane)
    port = flux.cluster.server.rpartition(":")[2]
    rule = ("INPUT", "--source", PODS, "--protocol", "tcp", "--dport", port, "--jump", "REJECT")
    flux.cluster.iptables("--insert", *rule)
    try:
        yield
    finally:
        flux.cluster.iptables("--delete", *rule)


Cause = Callable[[Flux], contextlib.AbstractContextManager[None]]
SYMPTOMS: dict[str, tuple[Cause, int, str]] = {
    "scheduler": (lambda flux: scaled(flux, "deployment/airflow-scheduler"), 4, "no task has run"),
    "api": (lambda flux: scaled(flux, "deployment/airflow-api-server"), 3, "unknown: "),
    "cut-off": (cut_off, 6, "cannot reach the Kubernetes API"),
    "too-broad": (too_broad, 7, "permissions are too broad"),
}


@pytest.mark.proves("the smoke test tells what is wrong, line by line of its table", *FLUX)
@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_symptom(synced: Flux, judge: Judge, symptom: str) -> None:
    cause, code, text = SYMPTOMS[symptom]
    with cause(synced):
        said = judge(SECONDS_TO_GIVE_UP if cause is cut_off else SECONDS_TO_JUDGE)
    assert said[0] == code, said
    assert text in said[1]


@pytest.mark.proves("the smoke test tells what is wrong, line by line of its table", *FLUX)
def test_no_worker(synced: Flux, judge: Judge, executor: str) -> None:
    if executor != "celery":
        pytest.skip("only Celery has workers that can be missing")
    with scaled(synced, "statefulset/airflow-worker"):
        said = judge(SECONDS_TO_JUDGE)
    assert said[0] == 5, said
    assert "nothing runs by CeleryExecutor" in said[1]
