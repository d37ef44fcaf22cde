"""Airflow knows what every component sets and runs, not only those of the committed trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from components.choices import EXECUTORS, cover
from components.stacks import write_clusters
from support import Repository

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow, Question
from e2e.airflow.test_settings import answers


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trees of every choice."""
    repository = Repository(tmp_path_factory.mktemp("repository"))
    write_clusters(repository, dict(cover()), {})
    repository.render("clusters")
    return repository.path / "clusters"


@pytest.mark.proves("Airflow knows what any choice of base/ sets and runs", VERSION)
@pytest.mark.parametrize("executor", EXECUTORS)
def test_airflow_knows_what_a_choice_sets_and_runs(
    airflow: Airflow, clusters: Path, executor: str
) -> None:
    trees = [pods.read(one) for one in clusters.glob(f"{executor}-[0-9]*")]
    assert len(trees) > 5
    asked = {
        one.where: Question(environment=one.environment, commands=one.commands)
        for tree in trees
        for one in tree.containers()
    }
    assert answers(airflow, asked) == {}
