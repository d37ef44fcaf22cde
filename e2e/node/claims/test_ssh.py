"""DAGs from git over ssh: with a key, and with one that the server does not know."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.dags import small
from e2e.node.gitserver import GitServer
from e2e.node.results import Measure
from e2e.node.sshserver import SshServer
from e2e.node.trouble import told

SECONDS = 300
SECONDS_TO_REACH_A_POD = 240  # kubelet looks at Secrets once a minute


def give_access(node: NodeControlPlane, access: Mapping[str, str]) -> None:
    """Put what git wants to know into the Secret, and nothing else."""
    node.kubectl("replace", "--filename=-", stdin=trees.git_secrets(access))


@pytest.fixture(scope="module")
def ssh(
    tmp_path_factory: pytest.TempPathFactory,
    node: NodeControlPlane,
    synced: Flux,
    dags: GitServer,
    executor: str,
) -> Generator[SshServer]:
    """The tree reads its DAGs over ssh."""
    server = SshServer(tmp_path_factory.mktemp("ssh"), dags.work_tree)
    server.start(node)
    give_access(node, server.access)
    with told(node):
        url = trees.set_parameter(synced.upstream, executor, "git.repository", server.url)
        synced.wait_synced(url)
    yield server
    give_access(node, dags.access)
    with told(node):
        synced.wait_synced(synced.upstream.revert())


@pytest.mark.proves("a DAG from git over ssh, with a key, is found and run", "kubelet")
def test_with_a_key(
    node: NodeControlPlane, ssh: SshServer, airflow: Airflow, dags: GitServer
) -> None:
    assert ssh.url.startswith("ssh://")
    with told(node):
        dags.commit("dags/by_ssh.py", small("by_ssh", "only"))
        airflow.wait_for_dag("by_ssh", SECONDS)
        assert airflow.run("by_ssh", SECONDS)["state"] == "success"


@pytest.mark.proves("with a wrong key a Pod waits, and goes on when it is the right one", "kubelet")
def test_with_a_wrong_key(
    tmp_path: Path,
    node: NodeControlPlane,
    ssh: SshServer,
    airflow: Airflow,
    dags: GitServer,
    measure: Measure,
) -> None:
    other = SshServer(tmp_path, dags.work_tree)
    with told(node):
        give_access(node, {**ssh.access, "ssh": other.access["ssh"]})
        pods.kill(node, "dag-processor")
        node.wait_for("refusal", lambda: "Permission denied" in _said(node), SECONDS)
        assert airflow.run("proof", SECONDS)["state"] == "success"
        (waiting,) = pods.of_component(node, "dag-processor")
        assert not pods.is_ready(waiting)
        started = time.monotonic()
        give_access(node, ssh.access)
        pods.wait_ready(node, "dag-processor", 1, SECONDS_TO_REACH_A_POD)
        measure("a reader of DAGs is Ready after the key is right", time.monotonic() - started)
    (same,) = pods.of_component(node, "dag-processor")
    assert same["metadata"]["uid"] == waiting["metadata"]["uid"]
    assert not pods.restarts(node)


def _said(node: NodeControlPlane) -> str:
    names = [one["metadata"]["name"] for one in pods.of_component(node, "dag-processor")]
    where = ("--namespace=airflow", "--container=git-sync-init", "--tail=5")
    answers = [node.ask("logs", name, *where) for name in names]  # none while it is made anew
    return json.dumps([(one.out, one.err) for one in answers])
