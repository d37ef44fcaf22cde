"""Any executor with any database, delivery and storage, and the smoke test, is a whole tree."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
import yaml
from support import Repository

from components.stacks import STACKS

_EXECUTORS = {
    "local": "LocalExecutor",
    "celery": "CeleryExecutor",
    "kubernetes": "KubernetesExecutor",
    "both": "CeleryExecutor,KubernetesExecutor",
}

Objects = dict[str, Any]


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return cast("str", request.param)


@pytest.fixture(scope="module")
def composed(stacks: Repository, stack: str) -> Objects:
    """The objects of a cluster by folder and file, and `task`, the Pod of one."""
    found = {
        f"{path.parent.name}/{path.stem}": yaml.safe_load(path.read_text())
        for path in (stacks.path / "clusters" / stack).rglob("*.yaml")
    }
    template = found.get("airflow/configmap-airflow-pod-template")
    if template:
        found["task"] = yaml.safe_load(template["data"]["pod_template_file.yaml"])
    return found


def test_nothing_is_wrong_with_any(stacks: Repository) -> None:
    checked = stacks.run("check")
    assert checked.out + checked.err == f"{len(STACKS)} clusters: 0 errors, 0 warnings\n"


def _configuration(composed: Objects) -> dict[str, str]:
    return cast("dict[str, str]", composed["airflow/configmap-airflow-config"]["data"])


def test_one_executor_is_known_to_all(composed: Objects, stack: str) -> None:
    executor = _EXECUTORS[stack.partition("-")[0]]
    assert _configuration(composed)["AIRFLOW__CORE__EXECUTOR"] == executor
    tasks = composed.get("airflow-workers/configmap-airflow-task-config")
    assert (tasks is not None) == ("Kubernetes" in executor)
    if tasks:
        assert tasks["data"]["AIRFLOW__CORE__EXECUTOR"] == executor


# What says where DAGs are and which there are.
_OF_READERS = {
    "AIRFLOW__CORE__DAGS_FOLDER",
    "AIRFLOW__CORE__EXECUTOR",
    "AIRFLOW__CORE__LOAD_EXAMPLES",
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST",
}


def test_task_pods_and_the_others_read_the_same_dags(composed: Objects, stack: str) -> None:
    configuration = _configuration(composed)
    has_examples = "example-dags" in STACKS[stack].split()
    assert configuration["AIRFLOW__CORE__LOAD_EXAMPLES"] == str(has_examples)
    tasks = composed.get("airflow-workers/configmap-airflow-task-config")
    if tasks:
        assert tasks["data"].keys() >= _OF_READERS & configuration.keys()
        for name, value in tasks["data"].items():
            assert configuration[name] == value, name


def _workloads(composed: Objects) -> dict[str, Any]:
    """The Pods by the file of what makes them."""
    pods = {
        name: made["spec"]["template"]
        for name, made in composed.items()
        if made["kind"] in ("Deployment", "StatefulSet", "Job")
    }
    return pods | ({"task": composed["task"]} if "task" in composed else {})


def test_where_dags_are_read_the_smoke_test_is(composed: Objects) -> None:
    configuration = _configuration(composed)
    listed = configuration["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"]
    bundles = json.loads(listed.replace("$DAGS_BUNDLE", configuration["DAGS_BUNDLE"]))
    names = {one["name"]: one["kwargs"].get("path") for one in bundles}
    dags = "dags" if "AIRFLOW_CONN_DAGS_GIT" in configuration else "dags-folder"
    assert names == {dags: None, "smoke-test": "/opt/airflow/smoke-test"}
    reading = {
        name
        for name, pod in _workloads(composed).items()
        if pod["metadata"]["labels"].get("airflow.gitops/reads-dags")
    }
    mounting = {
        name
        for name, pod in _workloads(composed).items()
        for mount in pod["spec"]["containers"][0].get("volumeMounts", [])
        if mount["mountPath"] == "/opt/airflow/smoke-test/smoke_test.py"
    }
    assert reading == mounting
    for name, made in composed.items():
        if name.endswith("/configmap-airflow-smoke-test"):
            pod = yaml.safe_load(made["data"]["pod.yaml"])
            assert pod["spec"]["containers"][0]["image"] == "apache/airflow:3.3.2"


_OF_AIRFLOW = {"airflow-database", "airflow-postgres"}
# Who is the database, or reads how to reach it from a file.
_WITH_FILES = {"airflow/statefulset-airflow-postgres", "airflow/deployment-airflow-pgbouncer"}


def test_tasks_do_not_know_the_database(composed: Objects) -> None:
    """Those of the Local executor run where the scheduler is, which knows it."""
    for name in ("airflow/statefulset-airflow-worker", "task"):
        pod = _workloads(composed).get(name)
        if pod:
            assert "airflow.gitops/uses-database" not in pod["metadata"]["labels"]
            assert _secrets(pod) <= {
                ("airflow-celery", "broker-url"),
                ("airflow-celery", "result-backend"),
                ("airflow-keys", "api-secret-key"),
                ("airflow-git-credentials", "username"),
                ("airflow-git-credentials", "password"),
                ("airflow-remote-logs", "connection"),
            }


def _secrets(pod: dict[str, Any]) -> set[tuple[str, str]]:
    """The Secrets and keys in the environment of a Pod's containers."""
    spec = pod["spec"]
    return {
        (source["secretKeyRef"]["name"], source["secretKeyRef"]["key"])
        for container in [*spec.get("initContainers", []), *spec["containers"]]
        for variable in container.get("env", [])
        if "secretKeyRef" in (source := variable.get("valueFrom", {}))
    }


def test_who_uses_the_database_waits_for_it(composed: Objects) -> None:
    for name, pod in _workloads(composed).items():
        users = {key for secret, key in _secrets(pod) if secret in _OF_AIRFLOW}
        labelled = "airflow.gitops/uses-database" in pod["metadata"]["labels"]
        assert labelled == bool(users) or name in _WITH_FILES
        if "connection" in users:
            first = pod["spec"]["initContainers"][0]
            assert "airflow db check --retry" in " ".join(first["args"]), name


def test_an_external_database_has_two_addresses(composed: Objects, stack: str) -> None:
    """Each process that knows one knows the other; what only waits or migrates is synchronous."""
    external = "database-external" in STACKS[stack]
    for name, pod in _workloads(composed).items():
        if "/deployment-" in name and ("airflow-database", "connection") in _secrets(pod):
            assert (("airflow-database", "connection-async") in _secrets(pod)) == external
