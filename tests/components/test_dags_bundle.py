"""DAGs by Airflow's own git bundle: who reads them has all that it wants, and nobody else has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Repository

from components.stacks import pods, rendered, write_clusters

# Every executor's workloads: a Deployment, a StatefulSet, a Pod.
_AIRFLOW = (
    "executor-celery-kubernetes broker-redis database-postgres results-postgres logs-ephemeral"
    " dags-bundle"
)
_READERS = {"dag-processor", "worker", "task"}


def _configurations(objects: list[Any]) -> list[dict[str, str]]:
    """Airflow's, in airflow and for task Pods."""
    found = [one["data"] for one in objects if "DAGS_BUNDLE" in one.get("data", {})]
    assert len(found) == 2
    return found


def test_readers_have_clones_and_credentials(repository: Repository) -> None:
    objects = rendered(repository, _AIRFLOW, {"bundle.storage": "3Gi"})
    checked = repository.run("check")
    assert checked.out + checked.err == "1 cluster: 0 errors, 0 warnings\n"
    readers = set()
    for component, pod in pods(objects):
        spec = pod["spec"]
        mounts = {one["mountPath"]: one for one in spec["containers"][0].get("volumeMounts", [])}
        volumes = {one["name"]: one for one in spec["volumes"]}
        assert "/opt/airflow/dags" not in mounts
        assert (
            ("/etc/git-secret" in mounts) == ("dags" in volumes) == ("git-credentials" in volumes)
        )
        if "dags" in volumes:
            readers.add(component)
            assert mounts["/opt/airflow/bundles"]["name"] == "dags"
            assert mounts["/etc/git-secret"]["readOnly"]
            assert volumes["dags"]["emptyDir"] == {"sizeLimit": "3Gi"}
    assert readers == _READERS
    for told in _configurations(objects):
        assert told["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"] == "/opt/airflow/bundles"


def test_the_server_is_said_once(repository: Repository) -> None:
    values = {
        "git.scheme": "ssh",
        "git.host": "git@git.example.com",
        "git.port": 22,
        "git.path": "data/dags.git",
        "git.ref": "release/1",
        "git.directory": ".",
        "bundle.submodules": True,
    }
    objects = rendered(repository, _AIRFLOW, values)
    for told in _configurations(objects):
        connection = json.loads(told["AIRFLOW_CONN_DAGS_GIT"])
        assert connection["host"] == "ssh://git@git.example.com:22/data/dags.git"
        assert connection["extra"]["strict_host_key_checking"] == "yes"
        assert told["GIT_CONFIG_KEY_0"] == "credential.ssh://git@git.example.com:22.helper"
        assert json.loads(told["DAGS_BUNDLE"])["kwargs"] == {
            "git_conn_id": "dags_git",
            "tracking_ref": "release/1",
            "subdir": ".",
            "submodules": True,
        }
    (policy,) = (one for one in objects if one["metadata"]["name"] == "airflow-git")
    assert policy["spec"]["egress"] == [{"ports": [{"protocol": "TCP", "port": 22}]}]


def test_an_authority_of_ones_own(repository: Repository) -> None:
    objects = rendered(repository, f"{_AIRFLOW} bundle-ca", {"git.caKey": "root.pem"})
    checked = repository.run("check")
    assert checked.out + checked.err == "1 cluster: 0 errors, 0 warnings\n"
    readers = set()
    for component, pod in pods(objects):
        for one in pod["spec"]["volumes"]:
            if one["name"] == "git-ca":
                readers.add(component)
                assert one["configMap"]["name"].startswith("airflow-git-ca-")  # with its hash
                mounts = pod["spec"]["containers"][0]["volumeMounts"]
                assert {"name": "git-ca", "mountPath": "/etc/git-ca", "readOnly": True} in mounts
    assert readers == _READERS
    for told in _configurations(objects):
        assert told["GIT_CONFIG_COUNT"] == "2"
        assert told["GIT_CONFIG_KEY_1"] == "http.https://git.example.com:7999.sslCAInfo"
        assert told["GIT_CONFIG_VALUE_1"] == "/etc/git-ca/root.pem"


@pytest.mark.parametrize(
    ("name", "value"),
    [("git.ref", 'main", "x": "'), ("git.path", "$HOME/dags.git"), ("git.directory", 'a"b')],
)
def test_what_would_break_the_json_is_refused(
    repository: Repository, name: str, value: str
) -> None:
    write_clusters(repository, {"c": _AIRFLOW}, {"c": {name: value}})
    ran = repository.run("check")
    assert ran.code == 1
    assert f"{name}: " in ran.out


def test_there_is_one_delivery(repository: Repository) -> None:
    write_clusters(repository, {"c": f"{_AIRFLOW} dags-git-server"}, {"c": {}})
    ran = repository.run("check")
    assert ran.code == 1
    assert "dags-bundle" in ran.out
    assert "dags-git-server" in ran.out
