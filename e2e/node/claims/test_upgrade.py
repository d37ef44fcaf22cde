"""Another version of Airflow: back by the order of docs/operations.md, and up by a commit."""

from __future__ import annotations

import json

import pytest
import yaml

from e2e.api import Object
from e2e.fluxed import Flux
from e2e.node import pods, runs
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.images import AIRFLOW, AIRFLOW_BEFORE
from e2e.node.trouble import told
from e2e.trees import ROOT, unready

ON = ("kubelet", "PostgreSQL 15")
RECIPE = ROOT / "base/recipes/downgrade-database.yaml"
IMAGES = "e2e/node/component/kustomization.yaml"
OURS = "app.kubernetes.io/name=airflow"
SAYS = "Can't locate revision identified by"  # as in docs/operations.md
KEPT, PASSWORD = "before-3-2", "not-to-be-lost"  # a connection
SECONDS = 600


def set_version(flux: Flux, tag: str) -> str:
    """Commit another version of Airflow's image, and give the commit's id."""
    name = "apache/airflow, newName: e2e.test/airflow, newTag: "
    flux.upstream.edit(IMAGES, rf"{name}[\d.]+", f"{name}{tag}")
    flux.upstream.repository.render(flux.name)
    return flux.upstream.commit(f"Have Airflow {tag}")


def recipe() -> Object:
    """The recipe with the image that the node has."""
    job = yaml.safe_load(RECIPE.read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    values = {one["name"]: one.get("value") for one in container["env"]}
    assert values["AIRFLOW_VERSION"] == AIRFLOW_BEFORE.tag
    container["image"] = AIRFLOW.full_name
    return dict(job)


def version(node: NodeControlPlane, airflow: Airflow) -> str:
    """That of the Airflow which answers."""
    found: str = airflow.request("GET", "/api/v2/version")["version"]
    images = {
        container["image"]
        for pod in node.api.request("GET", "/api/v1/namespaces/airflow/pods")["items"]
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        for container in pod["spec"]["containers"]
        if "/airflow:" in container["image"]
    }
    assert images == {AIRFLOW._replace(tag=found).full_name}
    return found


def finish(node: NodeControlPlane, job: Object) -> None:
    """Create a Job, wait until it has succeeded, and remove it."""
    name = job["metadata"]["name"]
    node.kubectl("create", "--filename=-", stdin=json.dumps(job))
    path = f"/apis/batch/v1/namespaces/airflow/jobs/{name}"
    with told(node):
        node.wait_for(name, lambda: not unready([node.api.request("GET", path)]), SECONDS)
    node.kubectl("delete", f"job/{name}", "--namespace=airflow")


def bare_revert(node: NodeControlPlane, flux: Flux) -> str:
    """What the migration of the older tree says of a database that is newer."""
    file = flux.upstream.path / f"clusters/{flux.name}/airflow/job-airflow-migrate.yaml"
    job = yaml.safe_load(file.read_text())
    job["metadata"] = {"name": "bare-revert", "namespace": "airflow"}
    node.kubectl("create", "--filename=-", stdin=json.dumps(job))
    logs = ("logs", "job/bare-revert", "--namespace=airflow", "--container=migrate")

    def said() -> str:
        return node.ask(*logs).out + node.ask(*logs, "--previous").out

    with told(node):
        node.wait_for("refusal", lambda: SAYS in said(), SECONDS)
    found = said()
    node.kubectl("delete", "job/bare-revert", "--namespace=airflow")
    return found


@pytest.fixture(scope="module")
def known(node: NodeControlPlane, synced: Flux, airflow: Airflow, executor: str) -> str:
    """The id of a run that the newer version has carried to its end; its database has more."""
    assert synced
    assert version(node, airflow) == AIRFLOW.tag
    with told(node):
        airflow.wait_for_dag("proof", SECONDS)
        run = str(airflow.run("proof", SECONDS)["dag_run_id"])
    assert airflow.states("proof", run) == runs.success(executor)
    connection = {"connection_id": KEPT, "conn_type": "http", "password": PASSWORD}
    airflow.request("POST", "/api/v2/connections", connection)
    return run


@pytest.fixture(scope="module")
def before(node: NodeControlPlane, synced: Flux, known: str) -> Flux:
    """The tree with the minor version before, in the order of the page."""
    assert known
    node.import_image(AIRFLOW_BEFORE)
    with synced.suspended():
        commit = set_version(synced, AIRFLOW_BEFORE.tag)
        assert SAYS in bare_revert(node, synced)
        stop = ("scale", "deployment,statefulset", f"--selector={OURS}", "--replicas=0")
        node.kubectl(*stop, "--namespace=airflow")
        finish(node, recipe())
    with told(node):
        synced.wait_synced(commit)
    return synced


def assert_works(airflow: Airflow, node: NodeControlPlane, executor: str, known: str) -> None:
    """Users, runs and connections are there, and a new run succeeds."""
    secret = {"username": airflow.user, "password": airflow.password}
    assert airflow.ask("POST", "/auth/token", secret)[0] == 201
    assert airflow.states("proof", known) == runs.success(executor)
    get = ("airflow", "connections", "get", KEPT, "--output=json")
    text = node.kubectl("exec", "--namespace=airflow", "deploy/airflow-scheduler", "--", *get)
    (found,) = json.loads(text[text.index("[{") :])  # behind what is logged
    assert found["password"] == PASSWORD
    with told(node):
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)
    runs.assert_logs(airflow, executor, run)
    assert not pods.restarts(node)


@pytest.mark.proves("back to Airflow 3.2 in the order of docs/operations.md, after a refusal", *ON)
def test_back(
    node: NodeControlPlane, before: Flux, airflow: Airflow, known: str, executor: str
) -> None:
    assert before
    assert version(node, airflow) == AIRFLOW_BEFORE.tag
    assert_works(airflow, node, executor, known)


@pytest.mark.proves("up from Airflow 3.2 to 3.3 by a commit", *ON)
def test_up(
    node: NodeControlPlane, before: Flux, airflow: Airflow, known: str, executor: str
) -> None:
    with told(node):
        before.wait_synced(before.upstream.revert())
    assert version(node, airflow) == AIRFLOW.tag
    assert_works(airflow, node, executor, known)
