"""The trees that the node runs, in a repository of their own: `e2e/overlays`, rendered."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.node.cluster import VOLUMES
from e2e.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.controlplane import ControlPlane

_HERE = Path(__file__).parent
OVERLAYS = "e2e/overlays"
_PARTS = ("base", OVERLAYS, "e2e/node/component")
EXECUTORS = {
    "local": ("LocalExecutor",),
    "celery": ("CeleryExecutor",),
    "kubernetes": ("KubernetesExecutor",),
    "celery-kubernetes": ("CeleryExecutor", "KubernetesExecutor"),
}
"""The overlays, and the executors of Airflow that a task can ask for in each."""

# Who owns the directories behind volumes: kubelet gives none of them to a Pod's group.
_OWNERS = {"database": (999, 999, 0o700), "logs": (50000, 0, 0o2775)}


def upstream(directory: Path, executor: str) -> Upstream:
    """A repository whose one commit holds the rendered tree of an executor."""
    made = Upstream(directory, _PARTS, _HERE / "render.toml")
    made.repository.render(executor)
    made.commit(f"Render {executor}")
    return made


def set_parameter(upstream: Upstream, executor: str, name: str, value: str) -> str:
    """Commit another value for a parameter of an executor's tree, and give the commit's id."""
    upstream.repository._replace(overlays=OVERLAYS).set_parameters(executor, {name: value})
    return upstream.commit(f"Set {name} to {value}")


def make_volumes() -> None:
    """Make the directories behind the volumes."""
    VOLUMES.mkdir()
    for name, (user, group, mode) in _OWNERS.items():
        path = VOLUMES / name
        path.mkdir()
        os.chown(path, user, group)
        path.chmod(mode)


def create_secrets(cluster: ControlPlane, git_access: Mapping[str, str]) -> None:
    """Create what base/README.md says that is to be there before the first sync, for any tree."""
    database, broker, results = (secrets.token_hex(24) for _ in range(3))
    server = "airflow-postgres:5432"
    in_airflow = {
        "airflow-keys": {
            "fernet-key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "api-secret-key": secrets.token_hex(32),
            "jwt-secret": secrets.token_hex(64),
        },
        "airflow-postgres": {"password": database},
        "airflow-database": {
            "connection": f"postgresql+psycopg2://airflow:{database}@{server}/airflow"
        },
        "airflow-redis": {"password": broker},
        "airflow-results": {"password": results},
        "airflow-celery": {
            "broker-url": f"redis://:{broker}@airflow-redis:6379/0",
            "result-backend": f"db+postgresql://results:{results}@{server}/results",
        },
    }
    objects = [_secret("airflow", name, data) for name, data in in_airflow.items()]
    objects += git_secrets(git_access)
    cluster.kubectl("create", "--filename=-", stdin="\n---\n".join(objects))


def git_secrets(access: Mapping[str, str]) -> list[str]:
    """The Secrets by which git is read, in both namespaces."""
    name = "airflow-git-credentials"
    return [_secret(namespace, name, access) for namespace in ("airflow", "airflow-workers")]


def _secret(namespace: str, name: str, data: Mapping[str, str]) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": data,
        }
    )
