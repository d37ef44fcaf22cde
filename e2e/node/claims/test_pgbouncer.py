"""Airflow comes to its database through the PgBouncer of `base/`, but for its second driver."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, runs, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.images import PGBOUNCER
from e2e.node.pages import commands
from e2e.node.trouble import told
from e2e.trees import ROOT

COMPONENT = "pgbouncer-postgres"
CONNECTIONS, PODS = 5, 2  # of the database for each Pod of PgBouncer
CLIENTS = 30
PAGE = ROOT / "docs/secrets.md"
POOLED = ROOT / "e2e/airflow/pooled.py"
ON = ("kubelet", "Debian's PgBouncer")
SECONDS = 400
# Airflow's processes that ask the database; tasks do not.
PROCESSES = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def pooled(
    node: NodeControlPlane, synced: Flux, airflow: Airflow, executor: str
) -> Generator[None]:
    """The tree with PgBouncer; the Secret gets the keys that it has not yet."""
    assert airflow.user  # made through the connection as it was
    node.import_image(PGBOUNCER)
    values = {"pgbouncer.connections": CONNECTIONS, "pgbouncer.replicas": PODS}
    with told(node):
        commit = trees.add(synced.upstream, executor, [COMPONENT], values)
        typed = commands(PAGE, "A key that is not there yet").replace("prod", executor)
        trees.run(typed, synced.upstream.path, trees.environment(node))
        synced.wait_synced(commit)
        with Firewall(node):
            yield
    with told(node):
        synced.wait_synced(synced.upstream.revert())


def sessions(node: NodeControlPlane) -> set[tuple[str, str]]:
    """Who is connected to Airflow's database: the component of the Pod, and as whom."""
    query = (
        "SELECT host(client_addr), usename FROM pg_stat_activity"
        " WHERE client_addr IS NOT NULL AND datname = 'airflow'"
    )
    psql = ("psql", "--username=airflow", "--no-align", "--tuples-only", f"--command={query}")
    text = node.kubectl("exec", "--namespace=airflow", "statefulset/airflow-postgres", "--", *psql)
    found = node.api.request("GET", "/api/v1/namespaces/airflow/pods")["items"]
    owners = {
        one["status"]["podIP"]: one["metadata"]["labels"][pods.COMPONENT]
        for one in found
        if one["status"].get("podIP") and one["status"]["phase"] == "Running"
    }
    lines = [line.split("|") for line in text.split()]
    return {(owners.get(address, address), user) for address, user in lines}


@pytest.mark.proves("through PgBouncer: a DAG is found and run, and its logs are read", *ON)
@pytest.mark.usefixtures("pooled")
def test_a_dag_runs(node: NodeControlPlane, airflow: Airflow, executor: str) -> None:
    with told(node):
        airflow.wait_for_dag("proof", SECONDS)
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)
    runs.assert_logs(airflow, executor, run)


@pytest.mark.proves("only PgBouncer is connected to the database, while Airflow works", *ON)
@pytest.mark.usefixtures("pooled")
def test_who_is_connected(node: NodeControlPlane, airflow: Airflow) -> None:
    seen: set[tuple[str, str]] = set()
    with told(node):
        run = airflow.trigger("proof")
        deadline = time.monotonic() + SECONDS
        while {*airflow.states("proof", run).values()} != {"success"}:
            seen |= sessions(node)
            assert time.monotonic() < deadline, airflow.states("proof", run)
    assert ("pooler", "airflow") in seen
    assert not {one for one in seen if one[0] in PROCESSES}, seen


@pytest.mark.proves("the second, asynchronous driver goes to the database itself", *ON)
@pytest.mark.usefixtures("pooled")
def test_the_second_driver(node: NodeControlPlane, airflow: Airflow) -> None:
    run = airflow.trigger("proof")
    path = f"/api/v2/dags/proof/dagRuns/{run}/wait?interval=1"
    status, text = airflow.ask("GET", path)  # what asks by that driver
    assert (status, json.loads(text.split("\n")[-2])) == (200, {"state": "success"}), text
    assert ("api-server", "airflow") in sessions(node)


@pytest.mark.proves("many connections of clients share few of the database", *ON)
@pytest.mark.usefixtures("pooled")
def test_many_share_few(node: NodeControlPlane) -> None:
    secret = node.api.request("GET", "/api/v1/namespaces/airflow/secrets/airflow-database")["data"]
    url = base64.b64decode(secret["connection-pooled"]).decode()
    where = ("--stdin", "--namespace=airflow", "deploy/airflow-scheduler", "--container=scheduler")
    said = node.kubectl(
        *("exec", *where, "--", "python", "-I", "-", str(CLIENTS), url), stdin=POOLED.read_text()
    )
    assert 0 < int(said.split()[-1]) <= CONNECTIONS * PODS
    assert CLIENTS > CONNECTIONS * PODS
