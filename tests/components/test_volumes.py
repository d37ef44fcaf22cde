"""Where volumes come from: a StorageClass, claims that are there, and the default of a cluster."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from support import Repository

from components.stacks import write_clusters

_CELERY = "executor-celery broker-redis database-postgres results-redis"
_KUBERNETES = "executor-kubernetes database-external"


def _tree(repository: Repository, components: str, values: dict[str, Any]) -> dict[str, Any]:
    """The objects by file, of a cluster beside one that makes every target match something."""
    clusters = {"c": components, "other": "executor-celery-kubernetes " + _OTHER}
    write_clusters(repository, clusters, {"c": values})
    repository.render("clusters")
    files = (repository.path / "clusters" / "c").rglob("*.yaml")
    return {f"{one.parent.name}/{one.stem}": yaml.safe_load(one.read_text()) for one in files}


_OTHER = (
    "broker-redis database-postgres results-redis logs-ephemeral dags-git-sync git-sync-metrics"
)


@pytest.mark.parametrize("value", ["fast", None])
def test_the_class_of_the_database(repository: Repository, value: str | None) -> None:
    stack = f"{_CELERY} storage-dynamic dags-dynamic"
    tree = _tree(repository, stack, {"postgres.storageClass": value})
    claim = tree["airflow/persistentvolumeclaim-airflow-postgres"]
    assert claim["spec"].get("storageClassName") == value


def test_one_class_makes_the_volumes_that_are_shared(repository: Repository) -> None:
    values = {"storage.class": "cephfs", "storage.logs": "50Gi"}
    tree = _tree(repository, f"{_CELERY} storage-dynamic dags-dynamic", values)
    for name in ("dags", "logs"):
        spec = tree[f"airflow/persistentvolumeclaim-airflow-{name}"]["spec"]
        assert spec["accessModes"] == ["ReadWriteMany"]
        assert spec["storageClassName"] == "cephfs"
        assert "volumeName" not in spec
    logs = tree["airflow/persistentvolumeclaim-airflow-logs"]["spec"]["resources"]
    assert logs["requests"]["storage"] == "50Gi"


def test_claims_that_are_there(repository: Repository) -> None:
    stack = f"{_KUBERNETES} storage-claims storage-claims-workers dags-claim dags-claim-workers"
    tree = _tree(repository, stack, {})
    assert not [name for name in tree if "persistentvolume" in name]
    template = tree["airflow/configmap-airflow-pod-template"]["data"]["pod_template_file.yaml"]
    pods = [yaml.safe_load(template)] + [
        one["spec"]["template"] for one in tree.values() if one["kind"] == "Deployment"
    ]
    for pod in pods:
        claims = {
            volume["name"]: volume["persistentVolumeClaim"]
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        }
        labels = pod["metadata"]["labels"]
        if "airflow.gitops/shares-logs" in labels:
            assert claims["logs"] == {"claimName": "logs"}
        if "airflow.gitops/reads-dags" in labels:
            assert claims["dags"] == {"claimName": "dags", "readOnly": True}
