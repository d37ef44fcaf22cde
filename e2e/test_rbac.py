"""What the ServiceAccounts of the committed trees may do, as the API server sees it."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path

import pytest

from e2e.rbac import Account, Matrix, Right, table
from e2e.trees import Running

TABLES = Path(__file__).parent / "rbac"
WORKERS = "airflow-workers"
OURS = ("airflow", WORKERS)
NAMESPACES = (*OURS, "default", "kube-system")
HEADER = """\
# What each ServiceAccount may do: every verb on every resource of the API, in the namespaces
# {namespaces}, in all namespaces at once, and outside
# of them; and what rules give on single objects. What is not listed is refused.
# Written by: RBAC_TABLES=write make e2e
"""


def accounts(running: Running) -> list[Account]:
    """The ServiceAccounts of our namespaces, with those that Kubernetes puts there."""
    metadata = [one["metadata"] for one in running.cluster.objects("serviceaccounts")]
    found = [Account(one["namespace"], one["name"]) for one in metadata]
    return sorted(one for one in found if one.namespace in OURS)


@pytest.fixture(scope="module")
def rights(running: Running) -> dict[Account, set[Right]]:
    return Matrix(running.cluster, NAMESPACES).rights(accounts(running))


@pytest.mark.proves("ServiceAccounts may do what a committed table says", "kube-apiserver")
def test_rights_equal_the_committed_table(
    running: Running, rights: dict[Account, set[Right]]
) -> None:
    file = TABLES / f"{running.name}.txt"
    found = HEADER.format(namespaces=", ".join(NAMESPACES)) + table(rights)
    if os.environ.get("RBAC_TABLES") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(found)
    differing = difflib.unified_diff(file.read_text().splitlines(), found.splitlines(), lineterm="")
    assert not (shown := "\n".join(differing)), shown


@pytest.mark.proves("task Pods can be created in airflow-workers only", "kube-apiserver")
def test_pods_are_created_where_the_table_says(
    running: Running, rights: dict[Account, set[Right]]
) -> None:
    """With each ServiceAccount's own token: a review could be right and the server wrong."""
    created = {
        (account, namespace)
        for account in rights
        for kubeconfig in [running.cluster.log_in(*account)]
        for namespace in NAMESPACES
        if creates_a_pod(running, kubeconfig, namespace)
    }
    assert created == {
        (account, right.namespace)
        for account, own in rights.items()
        for right in own
        if (right.resource, right.verb) == ("pods", "create")
    }
    assert {namespace for _, namespace in created} == {WORKERS}


def creates_a_pod(running: Running, kubeconfig: Path, namespace: str) -> bool:
    command = ("create", "--namespace", namespace, "--filename", "-")
    answer = running.cluster.ask(*command, stdin=json.dumps(POD), kubeconfig=kubeconfig)
    if answer.code:
        assert f'cannot create resource "pods" in API group "" in the namespace "{namespace}"' in (
            answer.err
        )
        return False
    running.cluster.kubectl("delete", "pod", "probe", "--namespace", namespace)
    return True


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "probe"},
    "spec": {
        "containers": [
            {
                "name": "probe",
                "image": "registry.k8s.io/pause:3.10",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
            }
        ]
    },
}
