"""The smoke test of `base/` tells what is wrong: each line of its table, made to happen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import smoke
from e2e.node.cluster import NodeControlPlane
from e2e.node.workloads import scaled

FLUX = ("kustomize-controller", "kubelet")
SECONDS_TO_JUDGE = 60  # how long the judge waits for Airflow, and then for a run
SECONDS_TO_GIVE_UP = 600  # the same where tasks try again, and fail
SUBJECTS = ("system:serviceaccounts:airflow", "system:serviceaccounts:airflow-workers")


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


def cut_off(flux: Flux) -> contextlib.AbstractContextManager[None]:
    """No Pod reaches the API server of Kubernetes."""
    assert isinstance(flux.cluster, NodeControlPlane)
    return flux.cluster.closed_to_pods(flux.cluster.port)


Cause = Callable[[Flux], contextlib.AbstractContextManager[None]]
SYMPTOMS: dict[str, tuple[Cause, int, str]] = {
    "scheduler": (lambda flux: scaled(flux, "deployment/airflow-scheduler"), 4, "no task has run"),
    "api": (lambda flux: scaled(flux, "deployment/airflow-api-server"), 3, "unknown: "),
    "cut-off": (cut_off, 6, "cannot reach the Kubernetes API"),
    "too-broad": (too_broad, 7, "permissions are too broad"),
}


@pytest.mark.proves("the smoke test tells what is wrong, line by line of its table", *FLUX)
@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_symptom(synced: Flux, symptom: str) -> None:
    cause, code, text = SYMPTOMS[symptom]
    with cause(synced):
        seconds = SECONDS_TO_GIVE_UP if cause is cut_off else SECONDS_TO_JUDGE
        said = smoke.judge(synced, f"again-{symptom}", seconds)
    assert said[0] == code, said
    assert text in said[1]


@pytest.mark.proves("the smoke test tells what is wrong, line by line of its table", *FLUX)
def test_no_worker(synced: Flux, executor: str) -> None:
    if executor != "celery":
        pytest.skip("only Celery has workers that can be missing")
    with scaled(synced, "statefulset/airflow-worker"):
        said = smoke.judge(synced, "again-no-worker", SECONDS_TO_JUDGE)
    assert said[0] == 5, said
    assert "nothing runs by CeleryExecutor" in said[1]
