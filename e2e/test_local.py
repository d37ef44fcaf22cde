"""The commands of docs/local.md that need no Pod to run do what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e import walk
from e2e.controlplane import ControlPlane
from e2e.node import trees
from e2e.trees import copy_repository

# Of Pods that run: on a node (e2e/node/claims/test_laptop.py). No Job has made the Secret here.
_IN_PODS = (" exec ", " port-forward ", " get secret ")


@pytest.mark.proves("The commands of docs/local.md that need no Pod", "kube-apiserver", "kubectl")
def test_commands_of_the_page(empty_cluster: ControlPlane, tmp_path: Path) -> None:
    repository = copy_repository(tmp_path).path
    environment = trees.environment(empty_cluster)
    for title, commands in walk.steps().items():
        for command in commands:
            if not any(one in command for one in _IN_PODS):
                trees.run(command, repository, environment)
        if title == "More workers":
            path = "/apis/apps/v1/namespaces/airflow/statefulsets/airflow-worker"
            assert empty_cluster.api.request("GET", path)["status"]["readyReplicas"] == 2
