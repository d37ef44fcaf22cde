"""What claims change of the trees renders: to find out takes no node."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.node import trees


@pytest.mark.proves("an Ingress for a path can be added to each tree of the node")
@pytest.mark.parametrize("executor", trees.EXECUTORS)
def test_below_a_path(tmp_path: Path, executor: str) -> None:
    with trees.upstream(tmp_path, executor) as upstream:
        before = upstream.head
        assert trees.serve_below(upstream, executor, "airflow.example.com", "/airflow") != before
        changed = upstream.git("diff", "--name-only", before, "--", "clusters").split()
        ingress = f"clusters/{executor}/airflow/ingress-airflow.yaml"
        assert ingress in changed
        assert "path: /airflow\n" in (upstream.path / ingress).read_text()
