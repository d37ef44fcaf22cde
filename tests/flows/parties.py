"""The Pods of a tree as parties, and those whom they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from flows.reach import Party
from renderer.checks.facts import pairs_of
from renderer.checks.pods import embedded_pods, pod_of
from renderer.kubernetes.manifests import Manifest, labels_of, object_ref

HOMES = ("airflow", "airflow-workers")  # the namespaces whose policies are in a tree

# What a Pod is called in the table, by its namespace and component.
_NAMES = {
    ("airflow", "api-server"): "api-server",
    ("airflow", "backup"): "backup",
    ("airflow", "broker"): "redis",
    ("airflow", "dag-processor"): "dag-processor",
    ("airflow", "database"): "postgres",
    ("airflow", "database-clean"): "database-clean",
    ("airflow", "first-user"): "first-user",
    ("airflow", "flower"): "flower",
    ("airflow", "metrics"): "statsd",
    ("airflow", "migrate"): "migrate",
    ("airflow", "pooler"): "pgbouncer",
    ("airflow", "results"): "results",
    ("airflow", "scheduler"): "scheduler",
    ("airflow", "secrets"): "secrets",
    ("airflow", "smoke-test"): "smoke-test",
    ("airflow", "triggerer"): "triggerer",
    ("airflow", "worker"): "worker",
    ("airflow-workers", "smoke-test"): "smoke-test's Pod",
    ("airflow-workers", "worker"): "task Pod",
}


def manifests_in(directory: Path) -> list[Manifest]:
    """The objects of a rendered tree."""
    found = []
    for file in sorted(directory.rglob("*.yaml")):
        data = yaml.safe_load(file.read_text("utf-8"))
        ref = object_ref(data)
        found.append(Manifest(ref, data, ref.name))
    return found


def parties(manifests: Iterable[Manifest]) -> list[Party]:
    """Every Pod of a tree, Pods in its namespaces that are nobody's, and those outside of them."""
    manifests = list(manifests)
    homes = {
        one.ref.name: pairs_of(labels_of(one.data))
        for one in manifests
        if one.ref.kind == "Namespace"
    }
    assert {*homes} == {*HOMES}
    made = {one.name: one for one in _pods(manifests)}  # what several ConfigMaps hold once
    pods = [
        one._replace(address=f"10.244.0.{number}")
        for number, one in enumerate(made.values(), start=1)
    ]
    # It listens wherever anybody does: what lets in more than it should lets in to this one.
    every_port = tuple(sorted({port for one in pods for port in one.ports}))
    every_label = frozenset(pair for one in pods for pair in one.labels)
    known = [
        *pods,
        Party("another Pod in airflow", "10.244.1.1", "airflow", ports=every_port),
        Party("another Pod in airflow-workers", "10.244.1.2", "airflow-workers", ports=every_port),
    ]
    outside = [
        Party("DNS", "10.244.2.1", "kube-system", pairs_of({"k8s-app": "kube-dns"})),
        Party("DNS of the node", "169.254.20.10"),
        Party("ingress controller", "10.244.2.2", "traefik"),
        Party("Prometheus", "10.244.2.3", "monitoring"),
        Party("KEDA", "10.244.2.5", "keda"),
        Party("Kubernetes API", "172.16.0.10"),
        Party("broker server", "10.30.0.5"),
        Party("database server", "10.20.0.5"),
        Party("identity provider", "10.40.0.5"),
        Party("git server", "198.51.100.5"),
        Party("object store", "198.51.100.77"),
        Party("a stranger", "203.0.113.9"),
        Party("a Pod elsewhere", "10.244.2.4", "default", every_label, ports=every_port),
    ]
    return [
        one._replace(namespace_labels=homes.get(one.namespace, frozenset())) for one in known
    ] + (outside)


def _pods(manifests: Iterable[Manifest]) -> Iterator[Party]:
    for manifest in manifests:
        for one in (manifest, *embedded_pods(manifest)):
            pod = pod_of(one)
            if pod is None:
                continue
            labels = pairs_of(pod.metadata.get("labels"))
            component = dict(labels)["app.kubernetes.io/component"]
            yield Party(
                name=_NAMES[one.ref.namespace, component],
                address="",
                namespace=one.ref.namespace,
                labels=labels,
                ports=tuple(
                    (port["name"], port.get("protocol", "TCP"), port["containerPort"])
                    for _, container in pod.containers
                    for port in container.get("ports", [])
                    if "name" in port
                ),
            )
