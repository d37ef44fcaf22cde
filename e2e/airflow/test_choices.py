"""Airflow knows what every component sets and runs, not only those of the committed trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from components.choices import cover
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
def test_airflow_knows_what_a_choice_sets_and_runs(airflow: Airflow, clusters: Path) -> None:
    """Each setting with each value, and each command, is asked once: hundreds of Pods are alike."""
    containers = [one for tree in clusters.iterdir() for one in pods.read(tree).containers()]
    settings = {pair for one in containers for pair in one.environment.items()}
    commands = {tuple(argv) for one in containers for argv in one.commands}
    assert len(settings) > 40
    assert len(commands) > 10
    asked = {f"settings {at}": Question(one) for at, one in enumerate(_environments(settings))}
    asked["commands"] = Question({}, [[*argv] for argv in sorted(commands)])
    assert answers(airflow, asked) == {}


def _environments(settings: set[tuple[str, str | None]]) -> list[dict[str, str | None]]:
    """As few environments as have each setting with each of its values."""
    values: dict[str, list[str | None]] = {}
    for name, value in sorted(settings, key=str):
        values.setdefault(name, []).append(value)
    most = max(map(len, values.values()))
    return [
        {name: found[min(at, len(found) - 1)] for name, found in values.items()}
        for at in range(most)
    ]
