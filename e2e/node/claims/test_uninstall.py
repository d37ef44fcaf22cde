"""What Airflow knows is still there after everything was removed and synced again."""

from __future__ import annotations

import pytest

from e2e.fluxed import Flux
from e2e.node import runs
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.trouble import told
from e2e.trees import label, unready

KINDS = "deployments,statefulsets,jobs,services,configmaps,networkpolicies,serviceaccounts"
KEPT = "namespaces,persistentvolumeclaims,persistentvolumes,secrets"
OF_KUBERNETES = ("kube-root-ca.crt", "default")
SECONDS = 900  # more than a worker without a broker is waited for


@pytest.mark.proves(
    "volumes survive the end of everything, and a new sync finds what was in them",
    *("kustomize-controller", "kubelet"),
)
def test_uninstalled_and_synced_again(
    node: NodeControlPlane, synced: Flux, airflow: Airflow, executor: str
) -> None:
    airflow.wait_for_dag("proof", SECONDS)
    run = airflow.run("proof", SECONDS)["dag_run_id"]
    kept = _uids(node, KEPT)
    with told(node):
        synced.uninstall()
        node.wait_for("end of everything", lambda: not _left(node), SECONDS)  # Pods end later
        assert _uids(node, KEPT) == kept
        synced.bootstrap()
        synced.wait_synced(synced.upstream.head)
        assert _uids(node, KEPT) == kept
        assert not unready(node.objects("persistentvolumeclaims"))
        assert airflow.states("proof", run) == runs.success(executor)
        runs.assert_logs(airflow, executor, run)
        assert airflow.run("proof", SECONDS)["state"] == "success"


def _left(node: NodeControlPlane) -> list[str]:
    """What is there of a tree; Pods that a task has made belong to nobody."""
    pods = [one for one in _uids(node, "pods") if " airflow/" in one]
    return [*pods, *(one for one in _uids(node, KINDS) if " airflow" in one)]


def _uids(node: NodeControlPlane, kinds: str) -> dict[str, str]:
    return {
        label(one): one["metadata"]["uid"]
        for one in node.objects(kinds)
        if one["metadata"]["name"] not in OF_KUBERNETES
    }
