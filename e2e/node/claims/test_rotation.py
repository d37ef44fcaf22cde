"""Other secrets while Airflow runs, by the commands of docs/secrets.md, as they stand there."""

from __future__ import annotations

import json

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, runs, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.pages import commands
from e2e.node.trouble import told
from e2e.trees import ROOT

PAGE = ROOT / "docs/secrets.md"
SECONDS = 300
PASSWORD = "not-to-be-lost"  # of a connection that is made here


def type_below(heading: str, node: NodeControlPlane) -> None:
    """Type the commands that the page has below a heading."""
    trees.run(commands(PAGE, heading), ROOT, trees.environment(node))


def keys_of(node: NodeControlPlane, secret: str) -> dict[str, str]:
    found: dict[str, str] = node.api.request("GET", f"/api/v1/namespaces/airflow/secrets/{secret}")[
        "data"
    ]
    return found


@pytest.mark.proves(
    "another Fernet key by the commands of docs/secrets.md: what was encrypted is read", "kubelet"
)
def test_another_fernet_key(node: NodeControlPlane, airflow: Airflow) -> None:
    connection = {"connection_id": "kept", "conn_type": "http", "password": PASSWORD}
    airflow.request("POST", "/api/v2/connections", connection)
    before = keys_of(node, "airflow-keys")
    with told(node):
        type_below("Another Fernet key", node)
        pods.wait_rolled_out(node, SECONDS)
    after = keys_of(node, "airflow-keys")
    assert {name for name in before if before[name] != after[name]} == {"fernet-key"}
    get = ("airflow", "connections", "get", "kept", "--output=json")
    text = node.kubectl("exec", "--namespace=airflow", "deploy/airflow-scheduler", "--", *get)
    (found,) = json.loads(text[text.index("[") :])
    assert found["password"] == PASSWORD


@pytest.mark.proves(
    "another password of the database by the commands of docs/secrets.md: tasks run", "kubelet"
)
def test_another_password_of_the_database(
    node: NodeControlPlane, airflow: Airflow, executor: str
) -> None:
    before = keys_of(node, "airflow-postgres")
    with told(node):
        type_below("Another password for the database", node)
        pods.wait_rolled_out(node, SECONDS)
        assert keys_of(node, "airflow-postgres") != before
        airflow.wait_for_dag("proof", SECONDS)
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)


@pytest.mark.proves("what docs/secrets.md has restarted is not restarted by Flux again", "Flux")
def test_flux_takes_no_restart_back(node: NodeControlPlane, synced: Flux) -> None:
    def handled() -> str:
        return str(synced.status().get("lastHandledReconcileAt"))

    before, seen = pods.by_workload(node), handled()
    synced.look()
    node.wait_for("another look of Flux", lambda: handled() != seen, SECONDS)
    after = pods.by_workload(node)
    assert {one: {*found} for one, found in after.items()} == {
        one: {*found} for one, found in before.items()
    }
