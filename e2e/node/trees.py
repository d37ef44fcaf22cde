"""The trees that the node runs, in a repository of their own: `e2e/overlays`, rendered."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from e2e.node.cluster import VOLUMES
from e2e.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from e2e.controlplane import ControlPlane

_HERE = Path(__file__).parent
OVERLAYS = "e2e/overlays"
_PARTS = ("base", "overlays/local", OVERLAYS, "e2e/node/component")
EXECUTORS = {
    "local": ("LocalExecutor",),
    "celery": ("CeleryExecutor",),
    "kubernetes": ("KubernetesExecutor",),
    "celery-kubernetes": ("CeleryExecutor", "KubernetesExecutor"),
}
"""The overlays, and the executors of Airflow that a task can ask for in each."""

LAPTOP = "laptop"
"""One more: overlays/local as the node runs it."""

# Who owns the directories behind volumes: kubelet gives none of them to a Pod's group.
_POSTGRES = (999, 999, 0o700)
_OWNERS = {
    **dict.fromkeys(("database", "second-database", "backups"), _POSTGRES),
    "logs": (50000, 0, 0o2775),
}


class Release(NamedTuple):
    """What the objects of an Airflow are called, and where they are."""

    prefix: str = ""
    namespace: str = "airflow"
    workers: str = "airflow-workers"


FIRST = Release()
"""The names of `base/`."""

SECOND = Release(prefix="second-", namespace="b", workers="b-workers")
"""Those of one beside it."""

DAGS = "dags-git-sync"
"""The component by which DAGs come to the trees of the node."""

BACKUPS = ("database-backup", "database-clean")
"""The components that look after the database."""


def upstream(directory: Path, executor: str) -> Upstream:
    """A repository whose one commit holds the rendered tree of an executor."""
    made = Upstream(directory, _PARTS, _HERE / "render.toml")
    made.repository.render(executor)
    made.commit(f"Render {executor}")
    return made


def set_parameter(upstream: Upstream, executor: str, name: str, value: str) -> str:
    """Commit another value for a parameter of an executor's tree, and give the commit's id."""
    return set_parameters(upstream, executor, {name: value})


def set_parameters(upstream: Upstream, executor: str, values: Mapping[str, Any]) -> str:
    """Commit other values for parameters of an executor's tree, and give the commit's id."""
    _set(upstream, executor, values)
    return upstream.commit(f"Set {', '.join(values)}")


def add(
    upstream: Upstream, executor: str, components: Sequence[str], values: Mapping[str, Any]
) -> str:
    """Commit more components of `base/`, with their parameters, and give the commit's id."""
    return replace(upstream, executor, DAGS, (DAGS, *components), values)


def replace(
    upstream: Upstream,
    executor: str,
    old: str,
    components: Sequence[str],
    values: Mapping[str, Any],
    *,
    unset: Sequence[str] = (),
) -> str:
    """Commit components in the place of one, with other parameters, and give the commit's id."""
    directory = "../../../base/components"
    lines = "".join(f"- {directory}/{name}\n" for name in components)
    overlay = f"{OVERLAYS}/{executor}"
    upstream.edit(f"{overlay}/kustomization.yaml", f"- {directory}/{old}\n", lines)
    for name in unset:
        upstream.edit(f"{overlay}/cluster.yaml", f"    {re.escape(name)}:.*\n", "")
    _set(upstream, executor, values)
    return upstream.commit(f"Have {', '.join(components)}")


def append(upstream: Upstream, executor: str, blocks: Mapping[str, str]) -> None:
    """Append blocks to files of an overlay, as a person copies them; commit nothing."""
    for name, text in blocks.items():
        file = upstream.path / OVERLAYS / executor / name
        before = file.read_text() if file.exists() else ""
        for line in ("spec:\n", "  patches:\n"):  # of cluster.yaml; they are said once
            if line in before:
                text = text.removeprefix(line)
        file.write_text(before + text)


def add_release(upstream: Upstream, executor: str, name: str, release: Release) -> str:
    """Commit an executor's overlay once more, as another release, and give the commit's id."""
    overlays = upstream.path / OVERLAYS
    shutil.copytree(overlays / executor, overlays / name)
    file = f"{OVERLAYS}/{name}/cluster.yaml"
    upstream.edit(file, rf"name: {executor}\n", f"name: {name}\n")
    namespaces = f"{{airflow: {release.namespace}, airflow-workers: {release.workers}}}"
    lines = f"spec:\n  namePrefix: {release.prefix}\n  namespaces: {namespaces}\n"
    upstream.edit(file, "spec:\n", lines)
    upstream.repository.render(name)
    return upstream.commit(f"Add {name}")


def _set(upstream: Upstream, executor: str, values: Mapping[str, Any]) -> None:
    upstream.repository._replace(overlays=OVERLAYS).set_parameters(executor, values)


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
    run(made.repository.run("list", "--secrets", executor), made.path, environment(cluster))


def create_secret(cluster: ControlPlane, made: Upstream, executor: str, name: str) -> None:
    """Create one Secret that a tree expects, by the command that `render` prints."""
    text = made.repository.run("list", "--secrets", executor)
    found = re.search(rf"^kubectl [^\n]* {name} .*?^$", text, re.DOTALL | re.MULTILINE)
    assert found, text
    run(found[0], made.path, environment(cluster))


def run(commands: str, directory: Path, environment: Mapping[str, str]) -> str:
    """What a shell prints for commands that must succeed."""
    done = subprocess.run(
        ["sh", "-e"],
        cwd=directory,
        env=environment,
        input=commands,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, f"{commands}: {done.stderr}"
    return done.stdout


def environment(cluster: ControlPlane) -> dict[str, str]:
    """That of a person at the cluster, who has `kubectl` and `render`."""
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return cluster.programs.environment(PATH=programs, KUBECONFIG=str(cluster.kubeconfig))


def here(command: str) -> str:
    """A command for overlays/local, as it is for the overlay of the node."""
    command = command.replace("overlays/local", f"{OVERLAYS}/{LAPTOP}")
    return command.replace("clusters/local", f"clusters/{LAPTOP}")


def git_secrets(access: Mapping[str, str], release: Release = FIRST) -> str:
    """The Secrets by which git is read, in both namespaces."""
    name = f"{release.prefix}airflow-git-credentials"
    found = (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": access,
        }
        for namespace in (release.namespace, release.workers)
    )
    return "\n---\n".join(map(json.dumps, found))
