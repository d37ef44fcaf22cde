"""The steps of docs/helm-chart.md, beside a release of Airflow's official chart.

The chart is not here: `_release` calls objects as it does. AIRFLOW_CHART names a file with the real
ones:

    helm template airflow apache-airflow/airflow --namespace airflow --no-hooks > chart.yaml
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from e2e.node import trees
from e2e.trees import ROOT, copy_repository, label

if TYPE_CHECKING:
    from e2e.api import Object
    from e2e.controlplane import ControlPlane
    from e2e.trees import Repository

PAGE = (ROOT / "docs" / "helm-chart.md").read_text("utf-8")
_STEPS = PAGE.partition("\n## The move\n")[2].partition("\n## Its values\n")[0]
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^\$ ((?:[^\n]*<<'EOF'\n.*?^EOF$)|[^\n]*)", re.MULTILINE | re.DOTALL)
_IN_PODS = (" exec ", " rollout ")
OLD, NEW = "airflow", "data"
_FERNET = "cmFuZG9tIHRleHQgb2YgMzIgY2hhcmFjdGVycyBsb25n"
_CONNECTION = (
    "postgresql://postgres:postgres@airflow-postgresql.airflow:5432/postgres?sslmode=disable"
)
_PROCESSES = ("scheduler", "dag-processor", "triggerer", "api-server", "worker")
_REFUSED = {
    *("deployments/airflow-api-server", "deployments/airflow-dag-processor"),
    *("deployments/airflow-scheduler", "deployments/airflow-statsd", "statefulsets/airflow-worker"),
}


class Side(NamedTuple):
    """What the two have in common: the control plane, and a clone in which commands are typed."""

    cluster: ControlPlane
    repository: Repository

    def type(self, commands: str) -> str:
        """What a shell prints, in which each command succeeds."""
        temporary = {"TMPDIR": str(self.cluster.directory)}
        environment = trees.environment(self.cluster) | temporary
        return trees.run(commands, self.repository.path, environment)


@pytest.fixture
def side(empty_cluster: ControlPlane, tmp_path: Path) -> Side:
    """A release of the chart, and the overlay of the page, rendered."""
    empty_cluster.kubectl("create", "namespace", OLD)
    chart = _release()
    if given := os.environ.get("AIRFLOW_CHART", ""):
        real = [one for one in yaml.safe_load_all(Path(given).read_text("utf-8")) if one]
        assert [label(one) for one in chart if _identity(one) not in map(_identity, real)] == []
        chart = real
    objects = yaml.safe_dump_all([*chart, _fernet(), _logs(), _volume(), _ingress()])
    who = ("--server-side", "--field-manager=helm", "--namespace", OLD, "--filename=-")
    empty_cluster.kubectl("apply", *who, stdin=objects)
    repository = copy_repository(tmp_path)
    made = Side(empty_cluster, repository)
    for command in _PROMPT.findall(_section("2.")):
        if "render list" not in command:
            made.type(command)
    return made


@pytest.mark.proves(
    "the steps from the official chart to here that need no Pod", "kube-apiserver", "kubectl"
)
def test_the_steps(side: Side) -> None:
    cluster = side.cluster
    script = "\n".join([*_shell("3."), _secrets(side), *_shell("4."), *_shell("5.")])
    side.type(script)

    keys = cluster.api.request("GET", f"/api/v1/namespaces/{NEW}/secrets/airflow-keys")
    fernet = cluster.api.request("GET", f"/api/v1/namespaces/{OLD}/secrets/airflow-fernet-key")
    assert keys["data"]["fernet-key"] == fernet["data"]["fernet-key"]
    database = _decoded(cluster, "airflow-database")
    assert database["connection"] == _CONNECTION
    assert database["connection-async"] == (
        "postgresql+asyncpg://postgres:postgres@airflow-postgresql.airflow:5432/postgres?ssl=disable"
    )

    running = [label(one) for one in cluster.objects("pods") if one["metadata"]["namespace"] == OLD]
    assert [name for name in running if name.partition("airflow-")[2].startswith(_PROCESSES)] == []
    assert _claim(cluster, NEW, "old-logs")["status"]["phase"] == "Bound"
    assert cluster.objects("ingresses.networking.k8s.io") == []

    before = _versions(cluster)
    answer = cluster.apply(side.repository.path / "clusters" / "moved")
    assert (answer.code, answer.err) == (0, "")
    assert _versions(cluster) == before


@pytest.mark.proves(
    "why both are not in one namespace: what the API server refuses", "kube-apiserver"
)
def test_both_in_one_namespace(side: Side) -> None:
    overlay = side.repository.path / "overlays" / "moved" / "cluster.yaml"
    overlay.write_text(re.sub(r"^  namespaces: .*\n", "", overlay.read_text(), flags=re.MULTILINE))
    side.repository.render("moved")
    answer = side.cluster.ask(
        *("apply", "--server-side", "--force-conflicts", "--recursive"),
        f"--filename={side.repository.path / 'clusters' / 'moved'}",
    )
    refused = re.findall(r'(\w+)\.apps "(airflow-[\w-]+)" is invalid', answer.err)
    assert {f"{kind.lower()}s/{name}" for kind, name in refused} == _REFUSED
    path = f"/api/v1/namespaces/{OLD}/services/airflow-api-server"
    selector = side.cluster.api.request("GET", path)["spec"]["selector"]
    assert selector["app.kubernetes.io/component"] == "api-server"


def _section(number: str) -> str:
    return _STEPS.partition(f"\n### {number}")[2].partition("\n### ")[0]


def _shell(number: str) -> list[str]:
    """The blocks of a step that need no Pod."""
    blocks = [text for kind, text in _BLOCK.findall(_section(number)) if kind == "sh"]
    assert blocks
    return [text for text in blocks if not any(one in text for one in _IN_PODS)]


def _secrets(side: Side) -> str:
    """The commands of the list, as the page wants them; the certificate is anything."""
    listed = side.type("render list --secrets moved")
    new = re.search(r"--from-literal=fernet-key=.*?(?= \\\n)", listed)
    assert new
    listed = listed.replace(new.group(), "--from-file=fernet-key")
    typed = "\n".join(line for line in listed.splitlines() if not line.startswith("kubectl apply"))
    return f"touch tls.crt tls.key\n{typed}"


def _versions(cluster: ControlPlane) -> dict[str, Any]:
    """What a change of an object of the old side changes; controllers write a workload's status."""
    kinds = "deployments.apps,statefulsets.apps,services,secrets,configmaps,serviceaccounts"
    return {
        label(one): one["metadata"].get("generation") or one["metadata"]["resourceVersion"]
        for one in cluster.objects(kinds)
        if one["metadata"]["namespace"] == OLD
    }


def _decoded(cluster: ControlPlane, name: str) -> dict[str, str]:
    template = '{{range $key, $value := .data}}{{$key}} {{$value | base64decode}}{{"\\n"}}{{end}}'
    arguments = ("get", "secret", name, "--namespace", NEW, f"--output=go-template={template}")
    lines = cluster.kubectl(*arguments).splitlines()
    return dict(line.split(" ", 1) for line in lines)


def _claim(cluster: ControlPlane, namespace: str, name: str) -> Object:
    path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}"
    cluster.wait_for(
        f"the claim {name}",
        lambda: cluster.api.request("GET", path)["status"].get("phase") == "Bound",
    )
    return cluster.api.request("GET", path)


def _release() -> list[Object]:
    """What the chart calls its objects, what they select, and the values that are taken over."""
    deployments = ("api-server", "dag-processor", "scheduler", "statsd")
    sets = ("redis", "triggerer", "worker")
    ports = {"api-server": 8080, "redis": 6379, "statsd": 9125, "triggerer": 8794, "worker": 8793}
    return [
        _object("v1", "Secret", "metadata", stringData={"connection": _CONNECTION}),
        *(_object("v1", "ServiceAccount", name) for name in (*deployments, *sets)),
        *(_service(name, port) for name, port in ports.items()),
        *(_object("apps/v1", "Deployment", name, spec=_workload(name)) for name in deployments),
        *(_object("apps/v1", "StatefulSet", name, spec=_workload(name)) for name in sets),
    ]


def _service(name: str, port: int) -> Object:
    return _object(
        "v1", "Service", name, spec={"selector": _labels(name), "ports": [{"port": port}]}
    )


def _identity(one: Object) -> tuple[Any, ...]:
    """By what two objects are the same to the steps."""
    return one["kind"], one["metadata"]["name"], one.get("spec", {}).get("selector")


def _fernet() -> Object:
    """A hook makes it, which the template does not print."""
    return _object("v1", "Secret", "fernet-key", stringData={"fernet-key": _FERNET})


def _logs() -> Object:
    """The claim of `logs.persistence`, which is off by default."""
    wanted = {"resources": {"requests": {"storage": "1Gi"}}, "accessModes": ["ReadWriteMany"]}
    return _object("v1", "PersistentVolumeClaim", "logs", spec=wanted | {"volumeName": "logs"})


def _volume() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "logs"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "1Gi"},
            "hostPath": {"path": "/volumes/logs"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": "standard",
        },
    }


def _ingress() -> Object:
    """That of `ingress.apiServer`, which is off by default."""
    backend = {"service": {"name": "airflow-api-server", "port": {"number": 8080}}}
    path = {"path": "/", "pathType": "ImplementationSpecific", "backend": backend}
    rules = [{"host": "airflow.example.com", "http": {"paths": [path]}}]
    return _object("networking.k8s.io/v1", "Ingress", "ingress", spec={"rules": rules})


def _workload(name: str) -> dict[str, Any]:
    pod = {"containers": [{"name": name, "image": "apache/airflow:3.3.2"}]}
    template = {"metadata": {"labels": _labels(name)}, "spec": pod}
    return {"selector": {"matchLabels": _labels(name)}, "template": template}


def _labels(name: str) -> dict[str, str]:
    return {"tier": "airflow", "component": name, "release": "airflow"}


def _object(version: str, kind: str, name: str, **fields: Any) -> Object:
    metadata = {"name": f"airflow-{name}"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
