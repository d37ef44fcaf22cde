"""The trees that the node runs, in a repository of their own: `e2e/overlays`, rendered."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
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


def serve_below(upstream: Upstream, executor: str, host: str, path: str) -> str:
    """Commit an Ingress for a path of a host, and give the commit's id."""
    overlay, directory = f"{OVERLAYS}/{executor}", "../../../base/components"
    after, more = f"- {directory}/dags-git-sync\n", f"- {directory}/ingress-traefik\n"
    upstream.edit(f"{overlay}/kustomization.yaml", re.escape(after), after + more)
    repository = upstream.repository._replace(overlays=OVERLAYS)
    repository.set_parameters(executor, {"web.host": host, "web.path": path})
    return upstream.commit(f"Serve Airflow below {path}")


def make_volumes() -> None:
    """Make the directories behind the volumes."""
    VOLUMES.mkdir()
    for name, (user, group, mode) in _OWNERS.items():
        path = VOLUMES / name
        path.mkdir()
        os.chown(path, user, group)
        path.chmod(mode)


def create_secrets(cluster: ControlPlane, made: Upstream, executor: str) -> None:
    """Create what a tree expects before the first sync, by the commands that `render` prints."""
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # kubectl is there
    environment = cluster.programs.environment(PATH=programs, KUBECONFIG=str(cluster.kubeconfig))
    commands = made.repository.run("list", "--secrets", executor)
    done = subprocess.run(
        ["sh", "-e"], cwd=made.path, env=environment, input=commands, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def git_secrets(access: Mapping[str, str]) -> str:
    """The Secrets by which git is read, in both namespaces."""
    found = (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "airflow-git-credentials", "namespace": namespace},
            "stringData": access,
        }
        for namespace in ("airflow", "airflow-workers")
    )
    return "\n---\n".join(map(json.dumps, found))
