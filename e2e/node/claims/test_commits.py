"""A commit changes what runs, exactly that, and a revert takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from e2e.api import Object
from e2e.fluxed import Flux
from e2e.node import pods, trees
from e2e.node.cluster import NodeControlPlane
from e2e.node.trouble import told
from e2e.trees import unready

FLUX = ("kustomize-controller", "kubelet")
KINDS = "deployments,statefulsets,persistentvolumeclaims,poddisruptionbudgets"


def reads_the_configuration(pod: Object) -> bool:
    return any(
        source.get("configMapRef", {}).get("name", "").startswith("airflow-config-")
        for container in pod["spec"]["containers"]
        for source in container.get("envFrom", [])
    )


def syncs_git(pod: Object) -> bool:
    return any(one["name"] == "git-sync" for one in pod["spec"]["containers"])


CHANGES: dict[str, tuple[str, Callable[[Object], bool]]] = {
    "log.level": ("DEBUG", reads_the_configuration),
    "git.period": ("6s", syncs_git),
}


@pytest.mark.proves("a changed value rolls its readers and nobody else, and so its revert", *FLUX)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_and_its_revert(
    node: NodeControlPlane, synced: Flux, executor: str, name: str
) -> None:
    value, reads = CHANGES[name]
    tree = f"clusters/{executor}"
    first = pods.by_workload(node)
    readers = {workload for workload, found in first.items() if any(map(reads, found.values()))}
    assert readers
    assert readers < {*first}
    assert not readers & {"airflow-postgres", "airflow-redis"}
    before = synced.upstream.git("rev-parse", f"HEAD:{tree}")
    changed = trees.set_parameter(synced.upstream, executor, name, value)
    with told(node):
        synced.wait_synced(changed)
    second = pods.by_workload(node)
    assert rolled(first, second) == readers
    reverted = synced.upstream.revert()
    assert synced.upstream.git("rev-parse", f"HEAD:{tree}") == before
    with told(node):
        synced.wait_synced(reverted)
    assert rolled(second, pods.by_workload(node)) == readers
    assert not unready(node.objects(KINDS))


def rolled(before: pods.ByWorkload, after: pods.ByWorkload) -> set[str]:
    """The workloads all of whose Pods are others; no other one has a new Pod."""
    assert {*before} == {*after}
    kept = {one for one in before if before[one].keys() == after[one].keys()}
    assert not [one for one in {*before} - kept if before[one].keys() & after[one].keys()]
    return {*before} - kept
