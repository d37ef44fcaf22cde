"""Airflow works through the PgBouncer of a tree, on a PostgreSQL, with what its Pods are told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from components.stacks import rendered
from support import Repository

from e2e.airflow import pods, pooler
from e2e.airflow.program import VERSION, Airflow, installed
from e2e.conftest import short_failure
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPONENTS = (
    "executor-kubernetes database-postgres pgbouncer-postgres logs-ephemeral dags-git-sync"
)
_POOLED = Path(__file__).parent / "airflow/pooled.py"
_CLIENTS, _CONNECTIONS = 30, 5
_DAG = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
with DAG("empty", schedule=None, is_paused_upon_creation=False):
    EmptyOperator(task_id="one") >> EmptyOperator(task_id="two")
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> pods.Tree:
    repository = Repository(tmp_path_factory.mktemp("repository"))
    rendered(repository, _COMPONENTS, {"pgbouncer.connections": _CONNECTIONS})
    return pods.read(repository.path / "clusters" / "c")


@pytest.fixture(scope="module")
def urls(tree: pods.Tree) -> Iterator[dict[str, str]]:
    """Those of the Secret, by its keys, while PgBouncer runs as the tree has it."""
    (files,) = (
        one["data"]
        for (_, name), one in tree.of_kind("ConfigMap").items()
        if name.startswith("airflow-pgbouncer")
    )
    with short_failure(), pooler.running(files) as found:
        yield found


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow without a database of its own."""
    with short_failure():
        return installed(tmp_path_factory.mktemp("airflow"))


def _connections(tree: pods.Tree, urls: dict[str, str], name: str) -> dict[str, str]:
    """The variables of a container whose values are URLs of the Secret `airflow-database`."""
    (container,) = (
        one
        for _, pod in tree.pods()
        for one in pod["spec"]["containers"]
        if one["name"] == name and one["image"].startswith(pods.AIRFLOW)
    )
    references: dict[str, Any] = {
        one["name"]: one.get("valueFrom", {}).get("secretKeyRef", {}) for one in container["env"]
    }
    return {
        variable: urls[reference["key"]]
        for variable, reference in references.items()
        if reference.get("name") == "airflow-database"
    }


@pytest.mark.proves(
    "many clients of PgBouncer share few connections of the database", "Debian's PgBouncer"
)
def test_many_clients_share_few_connections(airflow: Airflow, urls: dict[str, str]) -> None:
    argv = ("python", "-I", str(_POOLED))
    clients = str(_CLIENTS)
    assert int(airflow.run([*argv, clients, urls["connection"]], {})) == _CLIENTS
    assert int(airflow.run([*argv, clients, urls["connection-pooled"]], {})) <= _CONNECTIONS
    wrong = urls["connection-pooled"].replace(pooler.PASSWORD, "wrong")
    with pytest.raises(ToolError, match="authentication failed"):
        airflow.run([*argv, clients, wrong], {})


@pytest.mark.proves("a run goes through PgBouncer from its DAG to its end", VERSION)
def test_a_run_goes_through(
    airflow: Airflow, tree: pods.Tree, urls: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "empty.py").write_text(_DAG)
    common = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    migrate, processor, scheduler = (
        common | _connections(tree, urls, name)
        for name in ("migrate", "dag-processor", "scheduler")
    )
    direct, pooled = urls["connection"], urls["connection-pooled"]
    assert direct in migrate.values()
    assert pooled not in migrate.values()
    for one in (processor, scheduler):
        assert {pooled, urls["connection-async"]} <= {*one.values()}
        assert direct not in one.values()
    airflow.run(["airflow", "db", "migrate"], migrate)
    airflow.run(["airflow", "db", "check-migrations"], scheduler)
    airflow.run(["airflow", "dag-processor", "--num-runs=1"], processor)
    airflow.run(["airflow", "dags", "trigger", "empty", "--run-id=first"], processor)
    airflow.run(["airflow", "scheduler", "--num-runs=10"], scheduler)
    state = airflow.run(["airflow", "dags", "state", "empty", "first"], scheduler)
    assert state.split()[-1] == "success"
