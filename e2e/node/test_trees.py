"""What claims change of the trees renders: to find out takes no node."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e import walk
from e2e.node import handover, pages, trees
from e2e.trees import ROOT


@pytest.mark.proves("an Ingress for a path can be added to each tree of the node")
@pytest.mark.parametrize("executor", trees.EXECUTORS)
def test_below_a_path(tmp_path: Path, executor: str) -> None:
    values = {"web.host": "airflow.example.com", "web.path": "/airflow"}
    with trees.upstream(tmp_path, executor) as upstream:
        before = upstream.head
        trees.add(upstream, executor, ["ingress-traefik"], values)
        changed = upstream.git("diff", "--name-only", before, "--", "clusters").split()
        ingress = f"clusters/{executor}/airflow/ingress-airflow.yaml"
        assert ingress in changed
        assert "path: /airflow\n" in (upstream.path / ingress).read_text()


@pytest.mark.proves("backups can be added to the tree of the node that they are tried on")
def test_backups(tmp_path: Path) -> None:
    with trees.upstream(tmp_path, "local") as upstream:
        before = upstream.head
        trees.add(upstream, "local", trees.BACKUPS, {})
        changed = upstream.git("diff", "--name-only", "--diff-filter=A", before).split()
        names = (
            f"clusters/local/airflow/cronjob-airflow-{name}.yaml"
            for name in ("backup", "database-clean")
        )
        assert {*names} <= {*changed}


ADDED: dict[str, tuple[str, dict[str, Any]]] = {
    "pgbouncer-postgres": ("celery", {"pgbouncer.connections": 5}),
    "first-user": ("local", {"firstUser.name": "first"}),
}


@pytest.mark.proves("components can be added to the tree of the node that they are tried on")
@pytest.mark.parametrize("component", ADDED)
def test_a_component(tmp_path: Path, component: str) -> None:
    executor, values = ADDED[component]
    with trees.upstream(tmp_path, executor) as upstream:
        before = upstream.head
        trees.add(upstream, executor, [component], values)
        changed = upstream.git("diff", "--name-only", "--diff-filter=A", before, "--", "clusters")
        assert component.partition("-")[0] in changed


@pytest.mark.proves(
    "an autoscaler takes over the number of workers of the tree that it is tried on"
)
@pytest.mark.parametrize("name", ["hpa", "keda"])
def test_an_autoscaler(tmp_path: Path, name: str) -> None:
    with trees.upstream(tmp_path, "celery") as upstream:
        handover.autoscale(upstream, "celery", f"celery-autoscaling-{name}", 3)
        changed = upstream.git("diff", "--unified=0", "HEAD~1", "--", "clusters")
        lines = {line for line in changed.splitlines() if "eplica" in line and line[0] in "+-"}
        field = {"hpa": "maxReplicas", "keda": "maxReplicaCount"}[name]
        assert {"-  replicas: 1", f"+  {field}: 3"} < lines


@pytest.mark.proves("DAGs come by a bundle, from a server with an authority of its own")
@pytest.mark.parametrize("executor", ["celery", "kubernetes"])
def test_a_bundle(tmp_path: Path, executor: str) -> None:
    generator = (
        "configMapGenerator:\n- {name: airflow-git-ca, namespace: airflow, files: [ca.crt]}\n"
    )
    if executor == "kubernetes":
        generator += "- {name: airflow-git-ca, namespace: airflow-workers, files: [ca.crt]}\n"
    values = {"git.host": "10.10.0.1", "git.port": 443, "git.path": "dags"}
    with trees.upstream(tmp_path, executor) as upstream:
        trees.append(upstream, executor, {"kustomization.yaml": generator, "ca.crt": "PEM\n"})
        unset = ("git.repository", "git.period")
        new = ("dags-bundle", "bundle-ca")
        trees.replace(upstream, executor, trees.DAGS, new, values, unset=unset)
        assert "git-sync" not in upstream.git("ls-files", "clusters")


@pytest.mark.proves("a tree of the node trusts an authority as docs/how-to.md has it")
def test_an_authority(tmp_path: Path) -> None:
    blocks = pages.blocks(ROOT / "docs/how-to.md", "An authority of your own")
    with trees.upstream(tmp_path, "local") as upstream:
        trees.append(upstream, "local", {**blocks, "ca.crt": "PEM\n"})
        trees.set_parameters(upstream, "local", {"log.level": "DEBUG"})
        found = upstream.git("grep", "-l", "REQUESTS_CA_BUNDLE", "--", "clusters").split()
        assert len(found) == 4  # Deployments


@pytest.mark.proves("a second release of a tree of the node renders beside it")
def test_second_release(tmp_path: Path) -> None:
    with trees.upstream(tmp_path, "local") as upstream:
        before = upstream.head
        trees.add_release(upstream, "local", "second", trees.SECOND)
        changed = upstream.git("diff", "--name-only", before, "--", "clusters").split()
        assert {one.split("/")[1] for one in changed} == {"second"}
        service = f"clusters/second/{trees.SECOND.namespace}/service-second-airflow-api-server.yaml"
        assert service in changed


@pytest.mark.proves("the commands of docs/local.md change the tree of the laptop")
def test_laptop(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with trees.upstream(tmp_path, trees.LAPTOP) as upstream:
        for command in walk.steps()["More workers"]:
            if not command.startswith("kubectl "):
                trees.run(trees.here(command), upstream.path, environment)
        changed = upstream.git("diff", "--unified=0", "--", f"clusters/{trees.LAPTOP}")
        lines = [line for line in changed.splitlines() if line[0] in "+-" and line[1] == " "]
        assert lines == ["-  replicas: 1", "+  replicas: 2"]
