"""A connection from a Secret is known to those that tasks and triggers ask, and to no others."""

from __future__ import annotations

from support import Repository

from components.stacks import manifests, pods


def test_who_is_asked_for_a_connection_has_it(stacks: Repository) -> None:
    found = {
        component: variable["valueFrom"]["secretKeyRef"]
        for component, pod in pods(manifests(stacks, "celery-generated"))
        for variable in pod["spec"]["containers"][0].get("env", [])
        if variable["name"] == "AIRFLOW_CONN_MYSQL_DEFAULT"
    }
    # Optional: without it the rest works.
    reference = {"name": "airflow-mysql", "key": "connection", "optional": True}
    assert found == dict.fromkeys(("api-server", "triggerer"), reference)
