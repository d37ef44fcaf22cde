"""Clusters of base/ with any executor, database, delivery and storage, written as overlays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

from support import PROJECT, Repository, write_tree

_VALUES = {
    "database-external": {"database.cidr": "10.20.0.0/24"},
    "dags-git-sync": {"git.repository": "https://git.example.com/dags.git"},
    "dags-nfs": {"nfs.dagsPath": "/export/dags"},
    "secrets-external": {"secretStore.name": "vault"},
    "storage-nfs": {"nfs.server": "nfs.example.com", "nfs.logsPath": "/export/logs"},
}
STACKS = {
    "local": (
        "executor-local database-postgres logs-ephemeral dags-git-sync git-sync-metrics smoke-test"
    ),
    "local-nfs": "executor-local database-external storage-nfs dags-nfs smoke-test",
    "celery": (
        "executor-celery broker-redis database-postgres results-postgres storage-nfs"
        " dags-git-sync git-sync-metrics smoke-test"
    ),
    "celery-redis": (
        "executor-celery broker-redis database-external results-redis storage-nfs dags-nfs"
        " smoke-test"
    ),
    "celery-external": (
        "executor-celery broker-redis database-external results-external logs-ephemeral"
        " dags-git-sync smoke-test"
    ),
    "kubernetes": (
        "executor-kubernetes database-postgres logs-ephemeral dags-git-sync smoke-test"
        " smoke-test-workers env-development secrets-generated"
    ),
    "kubernetes-nfs": (
        "executor-kubernetes database-external storage-nfs storage-nfs-workers dags-nfs"
        " dags-nfs-workers smoke-test smoke-test-workers env-production"
    ),
    "celery-generated": (
        "executor-celery broker-redis database-postgres results-postgres logs-ephemeral"
        " dags-git-sync smoke-test secrets-generated secrets-generated-celery"
    ),
    "celery-vault": (
        "executor-celery broker-redis database-external results-redis logs-ephemeral"
        " dags-git-sync smoke-test secrets-external secrets-external-celery"
    ),
    "both": (
        "executor-celery-kubernetes broker-redis database-postgres results-postgres storage-nfs"
        " storage-nfs-workers dags-git-sync smoke-test smoke-test-workers"
    ),
}


def write_stacks(repository: Repository, parameters: Mapping[str, Any] | None = None) -> None:
    """Write every stack as a cluster; these parameters take the place of the usual ones."""
    shutil.copytree(PROJECT / "base", repository.path / "base")
    files = {"pyproject.toml": _settings()}
    for stack, components in STACKS.items():
        usual = [_VALUES.get(name, {}) for name in components.split()]
        values = {key: value for one in usual for key, value in one.items()}
        kustomization = {
            "resources": ["../../base"],
            "components": [f"../../base/components/{name}" for name in components.split()],
            "images": [{"name": "apache/airflow", "newTag": "3.3.2"}],
        }
        cluster = {
            "apiVersion": "renderer.gitops/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": stack},
            "spec": {"parameters": values | dict(parameters or {})},
        }
        files[f"overlays/{stack}/kustomization.yaml"] = json.dumps(kustomization)
        files[f"overlays/{stack}/cluster.yaml"] = json.dumps(cluster)
    write_tree(repository.path, files)


def _settings() -> str:
    """Those of the project, without its exceptions: of these stacks few need all of them."""
    text = (PROJECT / "pyproject.toml").read_text()
    return text[text.index("[tool.render.checks]") :].partition("\n\n")[0] + "\n"
