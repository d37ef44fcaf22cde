"""The committed trees, applied by a real API server."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from e2e.trees import CLUSTERS, ROOT, Running, copy_repository, settle

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.controlplane import ControlPlane

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager")


@pytest.mark.proves("a tree applies server-side, and a second time changes nothing", *CONTROL_PLANE)
def test_a_second_apply_changes_nothing(running: Running) -> None:
    before = versions(running)
    running.apply()
    assert versions(running) == before
    assert len(before) == len([*(ROOT / "clusters" / running.name).rglob("*.yaml")])


@pytest.mark.proves("plain kubectl apply of a tree works in one go", *CONTROL_PLANE)
@pytest.mark.parametrize("name", CLUSTERS)
def test_kubectl_applies_a_tree_in_one_go(name: str, empty_cluster: ControlPlane) -> None:
    command = ("apply", "--recursive", "--filename", f"clusters/{name}")
    first = empty_cluster.ask(*command)
    assert (first.code, first.err) == (0, "")
    assert {line.rpartition(" ")[2] for line in first.out.splitlines()} == {"created"}
    settle(empty_cluster)
    tree = Running(name, empty_cluster)
    before = versions(tree)
    second = empty_cluster.ask(*command)
    assert (second.code, second.err) == (0, "")
    # kubectl says "configured" of a PodDisruptionBudget: the selector's patch strategy is
    # "replace", so that it always sends one. Nothing changes.
    assert versions(tree) == before


@pytest.mark.proves("a tree applies over an earlier one", *CONTROL_PLANE)
@pytest.mark.parametrize("name", CLUSTERS)
def test_applies_over_an_earlier_tree(
    name: str, empty_cluster: ControlPlane, tmp_path: Path
) -> None:
    """The last committed tree that differs; where there is none, one with earlier values."""
    tree = Running(name, empty_cluster)
    if not check_out_earlier(name, tmp_path):
        earlier = copy_repository(tmp_path)
        earlier.set_parameters(name, {"log.level": "WARNING", "scheduler.replicas": 2})
    tree.apply(tmp_path)
    settle(empty_cluster)
    tree.apply()
    settle(empty_cluster)
    before = versions(tree)
    tree.apply()
    assert versions(tree) == before


def versions(tree: Running) -> dict[str, tuple[int, str]]:
    """Generation and resourceVersion of each object of a committed tree."""
    line = "{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.generation}"
    template = f'{{range .items[*]}}{line} {{.metadata.resourceVersion}}{{"\\n"}}{{end}}'
    found = tree.cluster.kubectl(
        *("get", "--recursive", f"--filename=clusters/{tree.name}"),
        f"--output=jsonpath={template}",
    )
    rows = (line.split(" ") for line in found.splitlines())
    return {
        f"{kind} {name}": (int(generation or 0), version)
        for kind, name, generation, version in rows
    }


def check_out_earlier(name: str, directory: Path) -> bool:
    """Write the newest committed tree of a cluster that differs from today's, if there is one."""
    path = f"clusters/{name}"
    for commit in git("log", "--format=%H", "--", path).decode().split():
        if subprocess.run(["git", "diff", "--quiet", commit, "--", path], cwd=ROOT).returncode:
            archive = git("archive", commit, path)
            subprocess.run(["tar", "-x", "-C", directory], input=archive, check=True)
            return True
    return False


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
