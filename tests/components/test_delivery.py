"""DAGs come from the server that a cluster names, with flags that git-sync documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support import Repository

from components.stacks import pods, rendered, write_clusters

# https://github.com/kubernetes/git-sync/blob/v4.7.1/README.md, "OPTIONS"
_FLAGS = {*Path(__file__).with_name("git_sync_flags.txt").read_text().split()}
_IMAGE = "registry.k8s.io/git-sync/git-sync:v4.7.1"
# Every executor's workloads: a Deployment with init containers, a StatefulSet without, a Pod.
_AIRFLOW = (
    "executor-celery-kubernetes broker-redis database-postgres results-postgres logs-ephemeral"
)


def _containers(repository: Repository, delivery: str, values: dict[str, Any]) -> list[Any]:
    """The containers of git-sync in a cluster, with the volumes of their Pods."""
    objects = rendered(repository, f"{_AIRFLOW} {delivery}", values)
    checked = repository.run("check")
    assert checked.out + checked.err == "1 cluster: 0 errors, 0 warnings\n"
    found = [
        container | {"volumes": pod["spec"]["volumes"]}
        for _, pod in pods(objects)
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        if container["image"] == _IMAGE
    ]
    assert len(found) == 7  # two each in dag-processor, triggerer and worker, one in a task's Pod
    for container in found:
        flags = {flag.partition("=")[0] for flag in container["args"]}
        assert flags <= _FLAGS
        assert len(flags) == len(container["args"])
    return found


def _repository_of(container: Any) -> str:
    environment = {one["name"]: one.get("value") for one in container["env"]}
    assert "--repo=$(GITSYNC_REPO)" in container["args"]
    return str(environment["GITSYNC_REPO"])


def _ports(repository: Repository) -> list[int]:
    file = repository.path / "clusters/c/airflow/networkpolicy-airflow-git-sync.yaml"
    (rule,) = yaml.safe_load(file.read_text())["spec"]["egress"]
    return [one["port"] for one in rule["ports"]]


@pytest.mark.parametrize(
    ("values", "url"),
    [
        (
            {"git.host": "git@git.example.com", "git.scheme": "ssh", "git.port": 7999},
            "ssh://git@git.example.com:7999/data/dags.git",
        ),
        (
            {"git.host": "git.example.com", "git.port": 8443},
            "https://git.example.com:8443/data/dags.git",
        ),
        (
            {"git.host": "gitea", "git.scheme": "http", "git.port": 3000},
            "http://gitea:3000/data/dags.git",
        ),
    ],
)
def test_address_and_policy_have_one_port(
    repository: Repository, values: dict[str, Any], url: str
) -> None:
    found = _containers(repository, "dags-git-server", {**values, "git.path": "data/dags.git"})
    assert {_repository_of(one) for one in found} == {url}
    assert _ports(repository) == [values["git.port"]]


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git@git.example.com:7999/dags.git",
        "https://git.example.com:8443/dags.git",
        "http://git.example.com/dags.git",
        "https://user:password@git.example.com/dags.git",
        "git.example.com/dags.git",
    ],
)
def test_a_port_that_the_policy_does_not_open_is_refused(repository: Repository, url: str) -> None:
    write_clusters(repository, {"c": f"{_AIRFLOW} dags-git-sync"}, {"c": {"git.repository": url}})
    ran = repository.run("check")
    assert ran.code == 1
    assert "git.repository" in ran.out


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/dags.git",
        "https://git.example.com:443/dags.git",
        "ssh://git@git.example.com/dags.git",
        "git@git.example.com:data/dags.git",
    ],
)
def test_usual_ports(repository: Repository, url: str) -> None:
    found = _containers(repository, "dags-git-sync", {"git.repository": url})
    assert {_repository_of(one) for one in found} == {url}
    assert _ports(repository) == [22, 443]
    assert not any(arg.startswith("--submodules") for one in found for arg in one["args"])


def test_submodules(repository: Repository) -> None:
    found = _containers(repository, "dags-git-sync", {"git.submodules": "off"})
    assert all("--submodules=off" in one["args"] for one in found)


def test_an_authority_of_ones_own(repository: Repository) -> None:
    found = _containers(repository, "dags-git-sync git-ca", {"git.caKey": "ca.crt"})
    for one in found:
        assert "--git-config=http.sslCAInfo:/etc/git-ca/ca.crt" in one["args"]
        mounts = {mount["name"]: mount["mountPath"] for mount in one["volumeMounts"]}
        assert mounts["git-ca"] == "/etc/git-ca"
        (volume,) = (volume for volume in one["volumes"] if volume["name"] == "git-ca")
        assert volume["configMap"]["name"].startswith("airflow-git-ca-")  # with its hash


def test_a_github_app(repository: Repository) -> None:
    values = {"github.appId": 12, "github.installationId": 345}
    found = _containers(repository, "dags-git-sync git-github-app", values)
    for one in found:
        assert one["args"][-3:] == [
            "--github-app-application-id=12",
            "--github-app-installation-id=345",
            "--github-app-private-key-file=/etc/git-secret/github-app",
        ]
