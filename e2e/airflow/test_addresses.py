"""The api-server answers at the addresses that a tree gives to browsers, tasks and probes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from e2e.trees import copy_repository

_SERVED = Path(__file__).with_name("served.py")


@pytest.fixture(scope="module", params=["", "/data/air-flow"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pods.Tree:
    """The tree of overlays/prod at the root of its host, and below a path."""
    directory = tmp_path_factory.mktemp("repository")
    copy_repository(directory).set_parameters("prod", {"web.path": json.dumps(request.param)})
    return pods.read(directory / "clusters" / "prod")


def _served(airflow: Airflow, environment: dict[str, str | None], paths: list[str]) -> list[str]:
    known = {name: value for name, value in environment.items() if value is not None}
    keys = {  # a Secret has these
        "AIRFLOW__API__SECRET_KEY": "not-a-secret",
        "AIRFLOW__API_AUTH__JWT_SECRET": "not-a-secret-and-long-enough-for-a-token",
    }
    said = airflow.run(["python", "-I", str(_SERVED)], known | keys, json.dumps(paths))
    types: list[str] = json.loads(said)
    return types


@pytest.mark.proves("browsers, tasks and probes ask the api-server where it answers", VERSION)
def test_the_api_server_answers_at_every_address(airflow: Airflow, tree: pods.Tree) -> None:
    environment = tree.container("api-server").environment
    base = urlsplit(environment["AIRFLOW__API__BASE_URL"] or "")
    assert base.hostname == "data.example.com"
    tasks = {
        urlsplit(one.environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] or "").path
        for one in tree.containers()
        if "AIRFLOW__CORE__EXECUTION_API_SERVER_URL" in one.environment
    }
    assert len(tasks) == 1
    health = "/api/v2/monitor/health"
    paths = [f"{base.path}{health}", *(f"{one}health" for one in tasks), *_probed(tree)]
    assert all("//" not in path for path in paths)
    elsewhere = "/somewhere-else/execution/health"
    answered = _served(airflow, environment, [*paths, elsewhere])
    assert answered == [*["application/json"] * len(paths), "text/html; charset=utf-8"]


def _probed(tree: pods.Tree) -> set[str]:
    """The paths that probes of the api-server ask."""
    (pod,) = (pod for label, pod in tree.pods() if label.endswith("Deployment airflow-api-server"))
    (container,) = pod["spec"]["containers"]
    return {
        container[f"{probe}Probe"]["httpGet"]["path"]
        for probe in ("startup", "readiness", "liveness")
    }
