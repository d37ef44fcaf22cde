"""Logs are bounded where they are kept, and go to an object store where one is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from support import Repository

from components.stacks import write_clusters

_AIRFLOW = (
    "executor-celery-kubernetes broker-redis database-postgres results-redis storage-nfs"
    " storage-nfs-workers dags-git-sync"
)


def _manifests(repository: Repository, components: str, values: dict[str, Any]) -> list[Any]:
    write_clusters(repository, {"c": f"{_AIRFLOW} {components}"}, {"c": values})
    repository.render("clusters")
    files = (repository.path / "clusters" / "c").rglob("*.yaml")
    return [yaml.safe_load(file.read_text()) for file in files]


def _pods(manifests: list[Any]) -> Iterator[tuple[str, Any]]:
    """The Pods of Airflow by component, and that of a task."""
    for one in manifests:
        for key, text in one.get("data", {}).items():
            if key == "pod_template_file.yaml":
                yield "task", yaml.safe_load(text)["spec"]
        if one["kind"] in ("Deployment", "StatefulSet"):
            labels = one["metadata"]["labels"]
            yield labels["app.kubernetes.io/component"], one["spec"]["template"]["spec"]


def test_who_writes_logs_has_a_groomer(repository: Repository) -> None:
    manifests = _manifests(repository, "log-groomer", {"logs.keepDays": 9, "logs.parsing": "3Gi"})
    groomers = {}
    for component, pod in _pods(manifests):
        for container in pod["containers"]:
            if container["name"] == "log-groomer":
                groomers[component] = container
                logs = [one for one in pod["volumes"] if one["name"] == "logs"]
                assert len(logs) == 1
    assert groomers.keys() == {"dag-processor", "triggerer", "worker"}
    for container in groomers.values():
        assert container["env"] == [{"name": "KEEP_DAYS", "value": "9"}]
        assert container["volumeMounts"] == [{"name": "logs", "mountPath": "/opt/airflow/logs"}]
    (volumes,) = (pod["volumes"] for name, pod in _pods(manifests) if name == "dag-processor")
    assert {"name": "logs", "emptyDir": {"sizeLimit": "3Gi"}} in volumes


def test_who_writes_or_reads_logs_knows_the_store(repository: Repository) -> None:
    folder = "gs://logs/airflow"
    manifests = _manifests(
        repository, "logs-remote logs-remote-workers", {"logs.remoteFolder": folder}
    )
    told = [
        one["data"]["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"]
        for one in manifests
        if "AIRFLOW__CORE__EXECUTION_API_SERVER_URL" in one.get("data", {})
    ]
    assert told == [folder, folder]
    knowing = {
        component
        for component, pod in _pods(manifests)
        for variable in pod["containers"][0].get("env", [])
        if variable["name"] == "AIRFLOW_CONN_REMOTE_LOGS"
    }
    assert knowing == {"api-server", "triggerer", "worker", "task"}


def test_dags_of_the_image_are_hidden_by_no_volume(repository: Repository) -> None:
    components = _AIRFLOW.replace("dags-git-sync", "dags-image")
    write_clusters(repository, {"c": components}, {})
    repository.render("clusters")
    files = (repository.path / "clusters" / "c").rglob("*.yaml")
    manifests = [yaml.safe_load(file.read_text()) for file in files]
    for _, pod in _pods(manifests):
        mounts = [mount for one in pod["containers"] for mount in one.get("volumeMounts", [])]
        assert not [mount for mount in mounts if mount["name"] == "dags"]
        assert not [volume for volume in pod.get("volumes", []) if volume["name"] == "dags"]
    folders = {
        one["data"]["AIRFLOW__CORE__DAGS_FOLDER"]
        for one in manifests
        if "AIRFLOW__CORE__DAGS_FOLDER" in one.get("data", {})
    }
    assert folders == {"/opt/airflow/dags"}
