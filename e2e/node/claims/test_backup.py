"""What is deleted comes back from a backup, by the recipe of `base/`, as its comment says."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest
import yaml

from e2e.fluxed import Flux
from e2e.node import trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.images import POSTGRES
from e2e.node.trouble import told
from e2e.trees import ROOT, unready

RECIPE = ROOT / "base/recipes/restore-database.yaml"
OURS = "app.kubernetes.io/name=airflow"
SECONDS = 300


@pytest.fixture(scope="module")
def scheduled(node: NodeControlPlane, synced: Flux, executor: str) -> Generator[Flux]:
    """The tree with what makes backups, and what cleans the database."""
    with told(node):
        synced.wait_synced(trees.add(synced.upstream, executor, trees.BACKUPS, {}))
    yield synced
    with told(node):
        synced.wait_synced(synced.upstream.revert())


def run_now(node: NodeControlPlane, cron_job: str) -> None:
    """Run a CronJob at once, and remove what has run."""
    name = f"{cron_job}-now"
    node.kubectl("create", "--namespace=airflow", "job", name, f"--from=cronjob/{cron_job}")
    finish(node, name)


def finish(node: NodeControlPlane, job: str) -> None:
    place = (f"job/{job}", "--namespace=airflow")
    with told(node):
        node.kubectl("wait", *place, "--for=condition=Complete", f"--timeout={SECONDS}s")
    node.kubectl("delete", *place)


def restore() -> str:
    """The recipe with the image that the node has."""
    job = yaml.safe_load(RECIPE.read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["image"] = POSTGRES.full_name
    return json.dumps(job)


@pytest.mark.proves("a backup is restored by base/recipes: what was deleted is there", "kubelet")
def test_backup_and_restore(node: NodeControlPlane, scheduled: Flux, airflow: Airflow) -> None:
    airflow.request("POST", "/api/v2/variables", {"key": "kept", "value": "42"})
    run_now(node, "airflow-backup")
    assert airflow.ask("DELETE", "/api/v2/variables/kept")[0] == 204
    airflow.request("POST", "/api/v2/variables", {"key": "later", "value": "43"})
    with scheduled.suspended():
        stop = ("scale", "deployment,statefulset", f"--selector={OURS}", "--replicas=0")
        node.kubectl(*stop, "--namespace=airflow")
        node.kubectl("create", "--filename=-", stdin=restore())
        finish(node, "restore-database")
    with told(node):
        node.wait_for("running Airflow", lambda: _runs(node), SECONDS)
    assert airflow.request("GET", "/api/v2/variables/kept")["value"] == "42"
    assert airflow.ask("GET", "/api/v2/variables/later")[0] == 404


@pytest.mark.proves("the database is cleaned by the CronJob of base/", "kubelet")
@pytest.mark.usefixtures("scheduled")
def test_clean(node: NodeControlPlane) -> None:
    run_now(node, "airflow-database-clean")


def _runs(node: NodeControlPlane) -> bool:
    ours = ("--namespace=airflow", f"--selector={OURS}", "--output=json")
    found = json.loads(node.kubectl("get", "deployment", *ours))["items"]
    return all(one["spec"]["replicas"] for one in found) and not unready(found)
