"""Celery's workers, their queues and number, and Flower."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support import PROJECT, Repository

from components.stacks import manifests, rendered, write_clusters

# With task Pods, so that every target of what is composed matches something.
_AIRFLOW = (
    "executor-celery-kubernetes broker-redis database-postgres results-redis logs-ephemeral"
    " dags-git-sync"
)

Objects = dict[tuple[str, str], Any]


def _tree(repository: Repository, components: str, values: dict[str, Any]) -> Objects:
    found = rendered(repository, f"{_AIRFLOW} {components}", values)
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def _container(objects: Objects, kind: str, name: str) -> Any:
    return objects[kind, name]["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(("queues", "flags"), [(None, []), ("default,heavy", ["--queues="])])
def test_queues(repository: Repository, queues: str | None, flags: list[str]) -> None:
    worker = _container(
        _tree(repository, "", {"celery.queues": queues}), "StatefulSet", "airflow-worker"
    )
    assert worker["args"] == ["airflow", "celery", "worker", *(f"{one}{queues}" for one in flags)]


_GROUP = re.compile(
    r"^```yaml\n# overlays/staging/heavy/kustomization.yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def test_a_group_of_workers(repository: Repository) -> None:
    """The example of base/README.md, beside the first group."""
    write_clusters(repository, {"c": _AIRFLOW}, {"c": {"celery.workers": 3}})
    (example,) = _GROUP.findall((PROJECT / "base/README.md").read_text())
    repository.write({"overlays/c/heavy/kustomization.yaml": example})
    file = repository.path / "overlays/c/kustomization.yaml"
    kustomization = json.loads(file.read_text())
    kustomization["resources"].append("heavy")
    file.write_text(json.dumps(kustomization))
    checked = repository.run("check")
    assert checked.out + checked.err == "1 cluster: 0 errors, 0 warnings\n"
    repository.render("clusters")
    found = manifests(repository, "c")
    objects = {(one["kind"], one["metadata"]["name"]): one for one in found}
    first, heavy = "airflow-worker", "airflow-worker-heavy"
    sets = {name: objects["StatefulSet", name]["spec"] for name in (first, heavy)}
    assert {name: one["replicas"] for name, one in sets.items()} == {first: 3, heavy: 1}
    labels = {name: one["template"]["metadata"]["labels"] for name, one in sets.items()}
    for name, spec in sets.items():
        assert spec["serviceName"] == name
        selectors = [
            spec["selector"]["matchLabels"],
            objects["Service", name]["spec"]["selector"],
            objects["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"],
        ]
        for selector in selectors:
            selected = [group for group in sets if selector.items() <= labels[group].items()]
            assert selected == [name]
    policy = objects["NetworkPolicy", first]["spec"]["podSelector"]["matchLabels"]
    assert all(policy.items() <= one.items() for one in labels.values())
    # The rest is the same: DAGs, logs, the configuration's name by content, the account.
    pods = {name: one["template"]["spec"] for name, one in sets.items()}
    (worker, other) = (one["containers"].pop(0) for one in pods.values())
    for pod in pods.values():
        pod.pop("topologySpreadConstraints")
    assert pods[first] == pods[heavy]
    assert other["args"] == [*worker.pop("args"), "--queues=heavy"]
    assert other["resources"]["limits"] == {"memory": "16Gi"}
    different = {key for key in worker if worker[key] != other[key]}
    assert different == {"resources"}


def test_flower_asks_for_a_password(repository: Repository) -> None:
    flower = _container(_tree(repository, "flower", {}), "Deployment", "airflow-flower")
    variables = {one["name"]: one for one in flower["env"]}
    assert variables["AIRFLOW__CELERY__FLOWER_BASIC_AUTH"]["valueFrom"] == {
        "secretKeyRef": {"name": "airflow-flower", "key": "basic-auth"}
    }


@pytest.mark.parametrize("path", ["", "/airflow"])
@pytest.mark.parametrize("entry", ["ingress flower flower-ingress", "ingress-gateway flower"])
def test_flower_is_below_its_prefix(repository: Repository, entry: str, path: str) -> None:
    if "gateway" in entry:
        entry += " flower-gateway"
    objects = _tree(repository, entry, {"web.path": path})
    flower = _container(objects, "Deployment", "airflow-flower")
    variables = {one["name"]: one.get("value") for one in flower["env"]}
    prefix = variables["AIRFLOW__CELERY__FLOWER_URL_PREFIX"]
    assert prefix == f"{path}/flower"
    for probe in ("startup", "readiness", "liveness"):
        assert flower[f"{probe}Probe"]["httpGet"]["path"] == f"{prefix}/healthcheck"
    if "gateway" in entry:
        rule = objects["HTTPRoute", "airflow"]["spec"]["rules"][1]
        assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": prefix}}]
        assert rule["backendRefs"] == [{"name": "airflow-flower", "port": 5555}]
    else:
        (rule,) = objects["Ingress", "airflow"]["spec"]["rules"]
        airflow, found = rule["http"]["paths"]
        assert (found["path"], found["pathType"]) == (prefix, "Prefix")
        assert found["backend"]["service"]["name"] == "airflow-flower"
        assert airflow["backend"]["service"]["name"] == "airflow-api-server"


_SCALERS = {
    "hpa": ("HorizontalPodAutoscaler", "minReplicas", "maxReplicas"),
    "keda": ("ScaledObject", "minReplicaCount", "maxReplicaCount"),
}


@pytest.mark.parametrize("scaler", _SCALERS)
def test_the_number_of_workers_is_the_autoscalers(repository: Repository, scaler: str) -> None:
    kind, least, most = _SCALERS[scaler]
    values = {"autoscaling.minWorkers": 2, "autoscaling.maxWorkers": 7, "celery.concurrency": 5}
    objects = _tree(repository, f"celery-autoscaling-{scaler}", values)
    assert "replicas" not in objects["StatefulSet", "airflow-worker"]["spec"]
    spec = objects[kind, "airflow-worker"]["spec"]
    assert (spec[least], spec[most]) == (2, 7)
    assert spec["scaleTargetRef"]["name"] == "airflow-worker"
    if scaler == "keda":
        assert "decimal / 5)" in spec["triggers"][0]["metadata"]["query"]


@pytest.mark.parametrize("scaler", _SCALERS)
def test_who_sets_the_number_beside_an_autoscaler_is_told(
    repository: Repository, scaler: str
) -> None:
    components = f"{_AIRFLOW} celery-autoscaling-{scaler}"
    write_clusters(repository, {"c": components}, {"c": {"celery.workers": 3}})
    ran = repository.run("check")
    assert ran.code == 1
    assert "celery.workers cannot be written" in ran.out


def test_there_is_one_autoscaler(repository: Repository) -> None:
    components = f"{_AIRFLOW} celery-autoscaling-hpa celery-autoscaling-keda"
    write_clusters(repository, {"c": components}, {})
    ran = repository.run("check")
    assert ran.code == 1
    assert "both provide worker-autoscaling" in ran.out
