"""Clusters of base/ with any executor, database, delivery and storage, written as overlays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from support import PROJECT, Repository, write_tree

_VALUES: dict[str, dict[str, Any]] = {
    "broker-external": {"broker.cidr": "10.30.0.0/24", "broker.port": 5672},
    "database-external": {"database.cidr": "10.20.0.0/24"},
    "dags-bundle": {
        "git.host": "git.example.com",
        "git.port": 7999,
        "git.path": "data/dags.git",
    },
    "dags-git-server": {
        "git.host": "git.example.com",
        "git.port": 7999,
        "git.path": "data/dags.git",
    },
    "dags-git-sync": {"git.repository": "https://git.example.com/dags.git"},
    "dags-claim": {"claims.dags": "dags"},
    "dags-claim-workers": {"claims.workerDags": "dags"},
    "dags-nfs": {"nfs.dagsPath": "/export/dags"},
    "git-github-app": {"github.appId": 12, "github.installationId": 345},
    "ingress": {
        "web.host": "data.example.com",
        "ingress.class": "nginx",
        "ingress.controllerNamespace": "traefik",
    },
    "ingress-gateway": {
        "web.host": "data.example.com",
        "gateway.name": "public",
        "gateway.namespace": "traefik",
        "ingress.controllerNamespace": "traefik",
    },
    "ingress-tls": {"ingress.tlsSecret": "data-example-com-tls"},
    "ingress-traefik": {"web.host": "data.example.com", "web.path": "/airflow"},
    "ingress-traefik-tls": {"ingress.tlsSecret": "data-example-com-tls"},
    "logs-remote": {"logs.remoteFolder": "s3://logs/airflow"},
    "secrets-external": {"secretStore.name": "vault"},
    "pgbouncer-external": {"database.host": "db.example.com"},
    "sign-on-ldap": {
        "signOn.cidr": "10.40.0.0/24",
        "signOn.server": "ldaps://ldap.example.com",
        "signOn.bindUser": "cn=airflow,dc=example,dc=com",
        "signOn.search": "ou=people,dc=example,dc=com",
        "signOn.admins": "cn=admins,ou=groups,dc=example,dc=com",
    },
    "sign-on-oidc": {
        "signOn.cidr": "10.40.0.0/24",
        "signOn.issuer": "https://id.example.com/realms/data",
        "signOn.client": "airflow",
        "signOn.admins": "airflow-admins",
        "signOn.users": "airflow-users",
    },
    "storage-claims": {"claims.logs": "logs"},
    "storage-claims-workers": {"claims.workerLogs": "logs"},
    "storage-nfs": {"nfs.server": "nfs.example.com", "nfs.logsPath": "/export/logs"},
}
STACKS = {
    "local": (
        "executor-local database-postgres pgbouncer-postgres database-backup database-clean"
        " logs-ephemeral dags-git-server git-ca git-sync-metrics git-sync-alarm log-groomer"
        " metrics-statsd metrics-statsd-monitor first-user smoke-test ingress ingress-tls"
        " sign-on-ldap"
    ),
    "local-nfs": "executor-local database-external storage-nfs dags-nfs first-user smoke-test",
    "celery": (
        "executor-celery broker-redis database-postgres results-postgres storage-nfs"
        " dags-git-sync git-sync-metrics smoke-test ingress-gateway flower flower-gateway"
        " celery-autoscaling-keda metrics-statsd sign-on-oidc"
    ),
    "celery-redis": (
        "executor-celery broker-redis database-external pgbouncer-external results-redis"
        " storage-nfs dags-nfs"
        " celery-autoscaling-hpa database-clean log-groomer smoke-test"
    ),
    "celery-external": (
        "executor-celery broker-external database-external results-external logs-ephemeral"
        " dags-git-sync logs-remote smoke-test ingress flower flower-ingress"
    ),
    "celery-dynamic": (
        "executor-celery broker-redis database-postgres results-redis storage-dynamic dags-dynamic"
        " smoke-test"
    ),
    "kubernetes": (
        "executor-kubernetes database-postgres logs-ephemeral dags-git-sync git-github-app"
        " example-dags logs-remote logs-remote-workers smoke-test smoke-test-workers"
        " ingress-traefik ingress-traefik-tls env-development secrets-generated"
    ),
    "kubernetes-nfs": (
        "executor-kubernetes database-external storage-nfs storage-nfs-workers dags-nfs"
        " dags-nfs-workers smoke-test smoke-test-workers env-production"
    ),
    "celery-generated": (
        "executor-celery broker-redis database-postgres results-postgres logs-ephemeral"
        " dags-git-sync example-dags smoke-test flower secrets-generated secrets-generated-celery"
        " secrets-generated-flower connection-mysql"
    ),
    "celery-vault": (
        "executor-celery broker-redis database-external results-redis logs-ephemeral"
        " dags-git-sync smoke-test secrets-external secrets-external-celery"
    ),
    "kubernetes-claims": (
        "executor-kubernetes database-external storage-claims storage-claims-workers dags-claim"
        " dags-claim-workers smoke-test smoke-test-workers"
    ),
    "kubernetes-image": (
        "executor-kubernetes database-external logs-ephemeral dags-image smoke-test"
        " smoke-test-workers"
    ),
    "local-bundle": "executor-local database-external logs-ephemeral dags-bundle smoke-test",
    "both-bundle": (
        "executor-celery-kubernetes broker-redis database-external results-redis logs-ephemeral"
        " dags-bundle bundle-ca smoke-test smoke-test-workers"
    ),
    "both": (
        "executor-celery-kubernetes broker-redis database-postgres results-postgres storage-nfs"
        " storage-nfs-workers dags-git-server git-ca smoke-test smoke-test-workers"
    ),
}


def write_stacks(repository: Repository, parameters: Mapping[str, Any] | None = None) -> None:
    """Write every stack as a cluster; these parameters take the place of the usual ones."""
    write_clusters(repository, STACKS, dict.fromkeys(STACKS, parameters or {}))


def write_clusters(
    repository: Repository,
    clusters: Mapping[str, str],
    parameters: Mapping[str, Mapping[str, Any]],
    patches: Sequence[Any] = (),
) -> None:
    """Write clusters of these components, with the values that these want, and others."""
    shutil.copytree(PROJECT / "base", repository.path / "base")
    chosen = {one for components in clusters.values() for one in components.split()}
    files = {"pyproject.toml": _settings(chosen)}
    for name, components in clusters.items():
        usual = [_VALUES.get(one, {}) for one in components.split()]
        values = {key: value for one in usual for key, value in one.items()}
        kustomization: dict[str, Any] = {
            "resources": ["../../base"],
            "components": [f"../../base/components/{one}" for one in components.split()],
            "images": [{"name": "apache/airflow", "newTag": "3.3.2"}],
        }
        if {"git-ca", "bundle-ca"} & {*components.split()}:
            kustomization["configMapGenerator"] = _AUTHORITIES
            files[f"overlays/{name}/ca.crt"] = "-----BEGIN CERTIFICATE-----\n"
        cluster = {
            "apiVersion": "renderer.gitops/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name},
            "spec": {"parameters": {**values, **parameters.get(name, {})}, "patches": patches},
        }
        files[f"overlays/{name}/kustomization.yaml"] = json.dumps(kustomization)
        files[f"overlays/{name}/cluster.yaml"] = json.dumps(cluster)
    write_tree(repository.path, files)


def rendered(
    repository: Repository, components: str, values: Mapping[str, Any] | None = None
) -> list[Any]:
    """The objects of one cluster, `c`, of these components."""
    write_clusters(repository, {"c": components}, {"c": values or {}})
    repository.render("clusters")
    return manifests(repository, "c")


def manifests(repository: Repository, cluster: str) -> list[Any]:
    """The objects of a cluster that is rendered."""
    files = (repository.path / "clusters" / cluster).rglob("*.yaml")
    return [yaml.safe_load(file.read_text()) for file in files]


def pods(objects: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """The Pods that stay, by component, and `task`, the one of a task."""
    for one in objects:
        template = one.get("data", {}).get("pod_template_file.yaml")
        if template:
            yield "task", yaml.safe_load(template)
        if one["kind"] in ("Deployment", "StatefulSet"):
            labels = one["metadata"]["labels"]
            yield labels["app.kubernetes.io/component"], one["spec"]["template"]


_AUTHORITIES = [
    {"name": "airflow-git-ca", "namespace": namespace, "files": ["ca.crt"]}
    for namespace in ("airflow", "airflow-workers")
]
# Claims that somebody else makes, by the component that mounts them.
_CLAIMS = {
    "dags-claim": "airflow/dags",
    "dags-claim-workers": "airflow-workers/dags",
    "storage-claims": "airflow/logs",
    "storage-claims-workers": "airflow-workers/logs",
}
_EXCEPTION = """
[[tool.render.exceptions]]
rule = "missing-reference"
object = "PersistentVolumeClaim {}"
reason = "somebody else makes it"
"""


def _settings(chosen: Collection[str]) -> str:
    """Those of the project, without its exceptions: of these stacks few need all of them."""
    text = (PROJECT / "pyproject.toml").read_text()
    settings = text[text.index("[tool.render.checks]") :].partition("\n\n")[0] + "\n"
    claims = [claim for component, claim in _CLAIMS.items() if component in chosen]
    return settings + "".join(map(_EXCEPTION.format, claims))
