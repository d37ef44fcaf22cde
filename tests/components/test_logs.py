"""Logs are bounded where they are kept, and go to an object store where one is named."""

from __future__ import annotations

from support import Repository

from components.stacks import pods, rendered

_AIRFLOW = (
    "executor-celery-kubernetes broker-redis database-postgres results-redis storage-nfs"
    " storage-nfs-workers dags-git-sync"
)


def test_who_writes_logs_has_a_groomer(repository: Repository) -> None:
    values = {"logs.keepDays": 9, "logs.parsing": "3Gi"}
    found = [*pods(rendered(repository, f"{_AIRFLOW} log-groomer", values))]
    groomers = {}
    for component, pod in found:
        for container in pod["spec"]["containers"]:
            if container["name"] == "log-groomer":
                groomers[component] = container
                logs = [one for one in pod["spec"]["volumes"] if one["name"] == "logs"]
                assert len(logs) == 1
    assert groomers.keys() == {"dag-processor", "triggerer", "worker"}
    for container in groomers.values():
        assert container["env"] == [{"name": "KEEP_DAYS", "value": "9"}]
        assert container["volumeMounts"] == [{"name": "logs", "mountPath": "/opt/airflow/logs"}]
    (volumes,) = (pod["spec"]["volumes"] for name, pod in found if name == "dag-processor")
    assert {"name": "logs", "emptyDir": {"sizeLimit": "3Gi"}} in volumes


def test_who_writes_or_reads_logs_knows_the_store(repository: Repository) -> None:
    folder = "gs://logs/airflow"
    components = f"{_AIRFLOW} logs-remote logs-remote-workers"
    objects = rendered(repository, components, {"logs.remoteFolder": folder})
    told = [
        one["data"]["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"]
        for one in objects
        if "AIRFLOW__CORE__EXECUTION_API_SERVER_URL" in one.get("data", {})
    ]
    assert told == [folder, folder]
    knowing = {
        component
        for component, pod in pods(objects)
        for variable in pod["spec"]["containers"][0].get("env", [])
        if variable["name"] == "AIRFLOW_CONN_REMOTE_LOGS"
    }
    assert knowing == {"api-server", "triggerer", "worker", "task"}


def test_dags_of_the_image_are_hidden_by_no_volume(repository: Repository) -> None:
    objects = rendered(repository, _AIRFLOW.replace("dags-git-sync", "dags-image"))
    for _, pod in pods(objects):
        spec = pod["spec"]
        mounts = [mount for one in spec["containers"] for mount in one.get("volumeMounts", [])]
        assert not [mount for mount in mounts if mount["name"] == "dags"]
        assert not [volume for volume in spec.get("volumes", []) if volume["name"] == "dags"]
    folders = {
        one["data"]["AIRFLOW__CORE__DAGS_FOLDER"]
        for one in objects
        if "AIRFLOW__CORE__DAGS_FOLDER" in one.get("data", {})
    }
    assert folders == {"/opt/airflow/dags"}
