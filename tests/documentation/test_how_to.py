"""Each example of docs/how-to.md does what it says, in clusters of each executor.

The first line of a block names its file of the overlay, and what the cluster has to have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import yaml
from components.pods import STAYS, Pod, every_pod
from components.stacks import manifests, write_clusters
from support import PROJECT, Repository, write_tree

PAGE = (PROJECT / "docs" / "how-to.md").read_text()
_BLOCK = re.compile(
    r"^```yaml\n# ([\w.-]+)(?:, with ([\w -]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

CLUSTERS = {
    "local": (
        "executor-local database-postgres database-backup database-clean logs-ephemeral"
        " dags-git-sync smoke-test"
    ),
    "celery": (
        "executor-celery broker-redis database-postgres results-postgres storage-nfs dags-git-sync"
        " ingress flower flower-ingress metrics-statsd"
    ),
    "kubernetes": (
        "executor-kubernetes database-external database-clean logs-ephemeral dags-git-sync git-ca"
        " logs-remote logs-remote-workers smoke-test smoke-test-workers"
    ),
    "image": (
        "executor-celery-kubernetes broker-external database-external results-external"
        " logs-ephemeral dags-image"
    ),
}
_HAS = {
    "task Pods": "executor-kubernetes|executor-celery-kubernetes",
    "CronJobs": "database-backup|database-clean",
    "git-sync": "dags-git-sync",
    "workers": "executor-celery|executor-celery-kubernetes",
    "workers or local tasks": "executor-celery|executor-celery-kubernetes|executor-local",
    "database-external": "database-external",
}


class Block(NamedTuple):
    """What stands in one file of an overlay, and what a cluster has that it is for."""

    file: str
    needs: list[str]
    content: Any


def _every_account_has_the_secret(pods: list[Pod], objects: list[Any]) -> None:
    accounts = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["imagePullSecrets"]
        for one in objects
        if one["kind"] == "ServiceAccount"
    }
    for pod in pods:
        assert accounts[pod.namespace, pod.spec["serviceAccountName"]] == [{"name": "registry"}]
        assert pod.main["image"].startswith("registry.example.com/") or pod.is_foreign


def _tasks_have_an_identity(pods: list[Pod], objects: list[Any]) -> None:
    annotated = {
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for one in objects
        if "eks.amazonaws.com/role-arn" in one["metadata"].get("annotations", {})
    }
    for pod in pods:
        if pod.runs_tasks or pod.component in ("api-server", "triggerer"):
            assert (pod.namespace, pod.spec["serviceAccountName"]) in annotated
            assert pod.labels["azure.workload.identity/use"] == "true"


def _all_are_on_their_nodes(pods: list[Pod], _: list[Any]) -> None:
    for pod in pods:
        pool, taint = ("tasks", "spot") if pod.kind == "Pod" else ("airflow", "airflow")
        assert pod.spec["nodeSelector"] == {"pool": pool}
        assert [one["key"] for one in pod.spec["tolerations"]] == [taint]


def _processes_come_before_tasks(pods: list[Pod], _: list[Any]) -> None:
    for pod in pods:
        has_class = pod.kind in (*STAYS, "Job")
        assert ("priorityClassName" in pod.spec) == has_class


def _the_authority_is_trusted(pods: list[Pod], objects: list[Any]) -> None:
    there = [
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for one in objects
        if one["kind"] == "ConfigMap" and one["metadata"]["name"].startswith("airflow-ca-")
    ]
    for pod in pods:
        if pod.is_airflow or pod.kind == "Pod":
            [volume] = [one for one in pod.spec["volumes"] if one["name"] == "ca"]
            assert (pod.namespace, volume["configMap"]["name"]) in there
            mounts = {one["name"]: one["mountPath"] for one in pod.main["volumeMounts"]}
            values = {one["name"]: one.get("value") for one in pod.main["env"]}
            assert (
                values["SSL_CERT_FILE"] == values["REQUESTS_CA_BUNDLE"] == f"{mounts['ca']}/ca.crt"
            )


def _all_ask_the_proxy(pods: list[Pod], objects: list[Any]) -> None:
    data = _data(objects)
    for pod in pods:
        for container in [*pod.spec["initContainers" if pod.kind == "Pod" else "containers"]]:
            if container["name"].startswith("git-sync"):
                assert "HTTPS_PROXY" in [one["name"] for one in container["env"]]
        if pod.is_airflow or pod.kind == "Pod":
            assert "NO_PROXY" in data[pod.namespace, pod.main["envFrom"][0]["configMapRef"]["name"]]


def _there_is_more_environment(pods: list[Pod], objects: list[Any]) -> None:
    data = _data(objects)
    for pod in pods:
        if pod.is_airflow or pod.kind == "Pod":
            settings = data[pod.namespace, pod.main["envFrom"][0]["configMapRef"]["name"]]
            assert settings["REGION"] == "eu-west-3"
        names = [one["name"] for one in pod.main.get("env", [])]
        assert ("REPORTS_TOKEN" in names) == (pod.component == "api-server")


def _tasks_have_connections(pods: list[Pod], _: list[Any]) -> None:
    for pod in pods:
        has_them = {"secretRef": {"name": "airflow-connections"}} in pod.main.get("envFrom", [])
        assert has_them == (pod.runs_tasks or pod.component == "triggerer")


def _there_is_more_memory(pods: list[Pod], _: list[Any]) -> None:
    wanted = {"scheduler": "6Gi", "worker": "8Gi", "task": "2Gi"}
    for pod in pods:
        if pod.component in wanted:
            assert pod.main["resources"]["limits"]["memory"] == wanted[pod.component]


def _sidecars_come_first(pods: list[Pod], objects: list[Any]) -> None:
    has_postgres = any(one["metadata"]["name"] == "airflow-postgres" for one in objects)
    for pod in pods:
        sidecars = [one for one in pod.spec.get("initContainers", []) if "restartPolicy" in one]
        if pod.kind == "Pod":
            assert [one["name"] for one in sidecars] == ["agent"]
        elif pod.kind != "CronJob":
            uses_it = "airflow.gitops/uses-database" in pod.labels and not has_postgres
            assert [one["name"] for one in sidecars] == ["database-proxy"] * uses_it
            assert pod.spec.get("initContainers", [])[: len(sidecars)] == sidecars


PROOFS: dict[str, Callable[[list[Pod], list[Any]], None]] = {
    "Images from a private registry": _every_account_has_the_secret,
    "An identity from the cloud": _tasks_have_an_identity,
    "Nodes of its own": _all_are_on_their_nodes,
    "A priority": _processes_come_before_tasks,
    "An authority of your own": _the_authority_is_trusted,
    "A proxy": _all_ask_the_proxy,
    "More environment": _there_is_more_environment,
    "Connections": _tasks_have_connections,
    "Resources": _there_is_more_memory,
    "A sidecar": _sidecars_come_first,
}


def _data(objects: list[Any]) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["data"]
        for one in objects
        if one["kind"] == "ConfigMap"
    }


def _sections() -> dict[str, list[Block]]:
    parts = re.split(r"^## (.*)\n", PAGE, flags=re.MULTILINE)
    return {
        title: [
            Block(file, needs.split(" and ") if needs else [], yaml.safe_load(content))
            for file, needs, content in _BLOCK.findall(text)
        ]
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


SECTIONS = {title: blocks for title, blocks in _sections().items() if blocks}


def test_every_block_of_yaml_is_tried() -> None:
    assert PAGE.count("```yaml\n") == sum(map(len, SECTIONS.values()))
    assert list(SECTIONS) == list(PROOFS)


@pytest.mark.parametrize("title", SECTIONS)
def test_an_example(repository: Repository, title: str) -> None:
    _write(repository, {title: SECTIONS[title]})
    ran = repository.run("clusters")
    assert ran.code == 0, ran.err
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(CLUSTERS)} clusters: 0 errors, 0 warnings\n"
    for cluster, components in CLUSTERS.items():
        objects = manifests(repository, cluster)
        pods = list(every_pod(objects))
        assert any(pod.component == "task" for pod in pods) == ("kubernetes" in components)
        PROOFS[title](pods, objects)


def test_all_examples_together(repository: Repository) -> None:
    _write(repository, SECTIONS)
    ran = repository.run("clusters")
    assert ran.code == 0, ran.err
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(CLUSTERS)} clusters: 0 errors, 0 warnings\n"


def test_the_first_container_is_what_the_page_says(stacks: Repository) -> None:
    """In every stack: Airflow's own, with lists that a patch can append to."""
    for cluster in (stacks.path / "clusters").iterdir():
        for pod in every_pod(manifests(stacks, cluster.name)):
            if pod.is_airflow or pod.component == "task":
                assert pod.main["name"] in (pod.component, "base")
                assert {"env", "envFrom", "volumeMounts"} <= pod.main.keys()
                assert {"initContainers", "volumes"} <= pod.spec.keys() or pod.component == "flower"


def _write(repository: Repository, sections: dict[str, list[Block]]) -> None:
    write_clusters(repository, CLUSTERS, {})
    for name, components in CLUSTERS.items():
        directory = repository.path / "overlays" / name
        files = {"ca.crt": "-----BEGIN CERTIFICATE-----\n"}
        merged = {
            file: json.loads((directory / file).read_text())
            for file in ("cluster.yaml", "kustomization.yaml")
        }
        for block in (one for blocks in sections.values() for one in blocks):
            if not all(re.search(rf"\b({_HAS[one]})\b(?!-)", components) for one in block.needs):
                continue
            if block.file in merged:
                _merge(merged[block.file], block.content)
            else:
                files[block.file] = json.dumps(block.content)
        files |= {file: json.dumps(content) for file, content in merged.items()}
        write_tree(directory, files)


def _merge(into: dict[str, Any], block: dict[str, Any]) -> None:
    """Add what a block has: to lists at their end, but that an image has one entry."""
    for key, value in block.items():
        if isinstance(value, dict):
            _merge(into[key], value)
        elif key == "images":
            into[key] = value
        else:
            into[key] = [*into.get(key, []), *value]
