"""What docs/local.md has run inside of Airflow's Pods does there what the page says."""

from __future__ import annotations

import json

import pytest

from e2e import walk
from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from e2e.trees import ROOT

TUTORIAL = "tutorial"
_BUNDLES = """
import json
from airflow.dag_processing.bundles.manager import DagBundlesManager
print(json.dumps([one.name for one in DagBundlesManager().get_all_dag_bundles()]))
"""
_CONNECTION = """
from airflow.api_fastapi.execution_api.routes.connections import get_connection
print(get_connection("mysql_default", team_name=None).model_dump_json())
"""
_SECRETS = {  # what the page, or a Job, puts there
    "AIRFLOW__CORE__FERNET_KEY": "5FGiF8dmxmxLJ3c84lVAV2nvhTr1mYYvYzFDx3pdzeQ=",
    "AIRFLOW__API__SECRET_KEY": "not-a-secret",
    "AIRFLOW_CONN_MYSQL_DEFAULT": "mysql://reader:secret@mysql.example.com:3306/shop",
}


@pytest.fixture(scope="module")
def tree() -> pods.Tree:
    return pods.read(ROOT / "clusters/local")


def _environment(tree: pods.Tree, container: str) -> dict[str, str]:
    found = tree.container(container).environment
    return {name: value for name, value in found.items() if value is not None} | _SECRETS


@pytest.mark.proves("who reads DAGs on a laptop has Airflow's examples", VERSION)
@pytest.mark.parametrize("container", ["dag-processor", "worker"])
def test_the_examples_are_a_bundle(airflow: Airflow, tree: pods.Tree, container: str) -> None:
    said = airflow.run(["python", "-c", _BUNDLES], _environment(tree, container))
    assert {"dags-folder", "example_dags"} <= {*json.loads(said.splitlines()[-1])}


@pytest.mark.proves("what docs/local.md runs in Airflow does what the page says", VERSION)
def test_the_commands_of_the_page(airflow: Airflow, tree: pods.Tree) -> None:
    environment = _environment(tree, "scheduler")
    airflow.run(["airflow", "dags", "reserialize", "--bundle-name=example_dags"], environment)
    said = {tuple(argv[1:3]): airflow.run(argv, environment) for argv in walk.in_airflow()}
    assert 'User "admin" created with role "Admin"' in said["users", "create"]
    assert "mysql.example.com" in said["connections", "get"]
    rows = airflow.run(["airflow", "dags", "list-runs", TUTORIAL, "--output=json"], environment)
    days = {row["logical_date"][:10] for row in json.loads(rows.splitlines()[-1])}
    assert days == {"2026-01-01", "2026-01-02", "2026-01-03"}
    assert all(day in said["dags", "list-runs"] for day in days)
    assert said.keys() == {
        ("users", "create"),
        ("dags", "unpause"),
        ("backfill", "create"),
        ("dags", "list-runs"),
        ("connections", "get"),
    }


@pytest.mark.proves("a task that asks the api-server gets a connection from a Secret", VERSION)
def test_a_task_gets_the_connection(airflow: Airflow, tree: pods.Tree) -> None:
    known = tree.container("api-server").environment
    assert known["AIRFLOW_CONN_MYSQL_DEFAULT"] is None  # it is in a Secret
    said = airflow.run(["python", "-c", _CONNECTION], _environment(tree, "api-server"))
    found = json.loads(said.splitlines()[-1])
    assert (found["conn_type"], found["host"]) == ("mysql", "mysql.example.com")
