"""The smoke test of `base/`, run once more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from e2e.node.trees import FIRST
from e2e.node.trouble import told

if TYPE_CHECKING:
    from e2e.controlplane import ControlPlane
    from e2e.fluxed import Flux

_SECONDS = 900


def judge(flux: Flux, name: str, seconds: int) -> tuple[int, str]:
    """What the smoke test says now: its exit code and last line. Nothing of it is left.

    `name` is that of its Job, and `seconds` is how long it waits for Airflow, and then for a run.
    """
    cluster = flux.cluster
    (file,) = (flux.upstream.path / f"clusters/{flux.name}/airflow").glob("job-*smoke-test*")
    job = yaml.safe_load(file.read_text())
    job["metadata"] = {"name": name, "namespace": "airflow", "labels": job["metadata"]["labels"]}
    for one in job["spec"]["template"]["spec"]["containers"][0]["env"]:
        if one["name"] == "SMOKE_TEST_SECONDS":
            one["value"] = str(seconds)
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(job))
    ended: dict[str, Any] = {}

    def judged() -> bool:
        nonlocal ended
        chosen = f"labelSelector=job-name={name}"
        pods = cluster.api.request("GET", f"/api/v1/namespaces/airflow/pods?{chosen}")["items"]
        states = [
            status["state"] for pod in pods for status in pod["status"].get("containerStatuses", [])
        ]
        ended = states[0].get("terminated", {}) if states else {}
        return bool(ended)

    with told(cluster):
        cluster.wait_for("verdict", judged, _SECONDS)
    said = verdict(cluster, name)
    cluster.kubectl("delete", f"job/{name}", "--namespace=airflow")
    return ended["exitCode"], said


def verdict(cluster: ControlPlane, name: str, namespace: str = FIRST.namespace) -> str:
    """The last line that the judge of a Job has said."""
    where = (f"job/{name}", f"--namespace={namespace}", "--container=judge")
    return cluster.kubectl("logs", *where).strip().splitlines()[-1]
