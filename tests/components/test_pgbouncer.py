"""Airflow's processes reach the database through PgBouncer, and what does not bear it does not."""

from __future__ import annotations

from typing import Any

import pytest
from support import Repository

from components.stacks import rendered

# With task Pods, so that every target of what is composed matches something.
_AIRFLOW = "executor-celery-kubernetes broker-redis results-redis logs-ephemeral dags-git-sync"
_SYNC = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_PROCESSES = {"api-server", "dag-processor", "scheduler", "triggerer"}


def _keys(pod: Any, variable: str) -> set[str]:
    """The keys of Secrets that containers of a Pod have this variable from."""
    return {
        one["valueFrom"]["secretKeyRef"]["key"]
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        for one in container.get("env", [])
        if one["name"] == variable
    }


@pytest.mark.parametrize(
    ("database", "values", "server"),
    [
        (
            "database-postgres pgbouncer-postgres",
            {"pgbouncer.connections": 7},
            "[databases]\n* = host=airflow-postgres port=5432 pool_size=7\n",
        ),
        (
            "database-external pgbouncer-external",
            {"database.port": 5433, "database.tls": "verify-full"},
            (
                "server_tls_sslmode = verify-full\n"
                "[databases]\n* = host=db.example.com port=5433 pool_size=20\n"
            ),
        ),
    ],
)
def test_who_goes_through_it(
    repository: Repository, database: str, values: dict[str, Any], server: str
) -> None:
    objects = rendered(repository, f"{_AIRFLOW} {database}", values)
    checked = repository.run("check")
    assert checked.out + checked.err == "1 cluster: 0 errors, 0 warnings\n"
    made = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["template"]
        for one in objects
        if one["kind"] in ("Deployment", "StatefulSet", "Job")
    }
    pooled = {name for name, pod in made.items() if _keys(pod, _SYNC) == {"connection-pooled"}}
    assert pooled == _PROCESSES
    direct = {name for name, pod in made.items() if _keys(pod, f"{_SYNC}_ASYNC")}
    assert direct == _PROCESSES
    assert _keys(made["migrate"], _SYNC) == {"connection"}
    (config,) = (
        one["data"]
        for one in objects
        if one["kind"] == "ConfigMap" and one["metadata"]["name"].startswith("airflow-pgbouncer")
    )
    assert config["database.ini"] == server
