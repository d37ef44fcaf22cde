"""What claims change of the trees renders: to find out takes no node."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from e2e import walk
from e2e.node import trees


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
