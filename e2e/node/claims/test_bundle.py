"""DAGs from git by Airflow itself (GitDagBundle): a run keeps the commit that it began with."""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, runs, smoke, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import ADDRESS, NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.gitserver import GitServer
from e2e.node.trees import EXECUTORS
from e2e.node.trouble import told

ON = ("kubelet", "Airflow's GitDagBundle")
COMPONENTS = ("dags-bundle", "bundle-ca")
SERVER = {"git.host": ADDRESS, "git.port": 443, "git.path": "dags"}
OF_GIT_SYNC = ("git.repository", "git.period")
# As base/README.md has it, for each namespace of those who read DAGs.
GENERATOR = "- {{name: airflow-git-ca, namespace: {}, files: [ca.crt]}}\n"
READERS = ("dag-processor", "worker")
SECONDS = 400
SECONDS_TO_RUN = 600
# The tasks wait for each other, and the first for a word from outside: a commit fits in between.
_DAG = """
import time
from airflow.sdk import DAG, Variable, task

with DAG("kept", is_paused_upon_creation=False):
    for executor in {executors}:

        @task(task_id=f"before_{{executor}}", executor=executor)
        def before():
            print("begun with {number}", flush=True)
            while Variable.get("go_on", "no") != "yes":
                time.sleep(2)

        @task(task_id=f"after_{{executor}}", executor=executor)
        def after():
            print("ended with {number}", flush=True)

        before() >> after()
"""


@pytest.fixture(scope="module")
def bundle(node: NodeControlPlane, synced: Flux, dags: GitServer, executor: str) -> Generator[Flux]:
    """The tree with the bundle in the place of git-sync; the authority is that of the server."""
    homes = ["airflow", *(["airflow-workers"] if executor == "kubernetes" else [])]
    generators = "".join(map(GENERATOR.format, homes))
    blocks = {"kustomization.yaml": f"configMapGenerator:\n{generators}"}
    trees.append(synced.upstream, executor, {**blocks, "ca.crt": dags.access["ca.crt"]})
    with told(node):
        commit = trees.replace(
            synced.upstream, executor, trees.DAGS, COMPONENTS, SERVER, unset=OF_GIT_SYNC
        )
        synced.wait_synced(commit)
        with Firewall(node):
            yield synced
    with told(node):
        synced.wait_synced(synced.upstream.revert())


def wait_for_commit(airflow: Airflow, commit: str) -> None:
    """Wait until a new run of the DAG begins with a commit."""
    airflow.wait_for_dag("kept", SECONDS)
    deadline = time.monotonic() + SECONDS
    while (found := airflow.request("GET", "/api/v2/dags/kept")["bundle_version"]) != commit:
        assert time.monotonic() < deadline, f"{found} is the newest commit"
        time.sleep(1)


@pytest.mark.proves("by a bundle: a DAG from git (https, an own authority) is found and run", *ON)
@pytest.mark.usefixtures("bundle")
def test_a_dag_runs(node: NodeControlPlane, airflow: Airflow, executor: str) -> None:
    for component in READERS:
        for pod in pods.of_component(node, component):
            assert [one["name"] for one in pod["spec"]["containers"]] == [component]
    with told(node):
        airflow.wait_for_dag("proof", SECONDS)
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)
    runs.assert_logs(airflow, executor, run)


@pytest.mark.proves("by a bundle: a run keeps its commit, and the next one has the newest", *ON)
@pytest.mark.usefixtures("bundle")
def test_a_run_keeps_its_commit(
    node: NodeControlPlane, airflow: Airflow, dags: GitServer, executor: str
) -> None:
    with told(node):
        commits = {}
        for number in (1, 2):
            text = _DAG.format(executors=EXECUTORS[executor], number=number)
            commit = dags.commit("dags/kept.py", text)
            wait_for_commit(airflow, commit)
            run = airflow.trigger("kept")
            commits[run] = commit
            for name in EXECUTORS[executor]:
                begun = f"begun with {number}"
                airflow.wait_for_log("kept", run, f"before_{name}", begun, seconds=SECONDS)
        airflow.request("POST", "/api/v2/variables", {"key": "go_on", "value": "yes"})
        for number, (run, commit) in enumerate(commits.items(), start=1):
            end = airflow.wait_for_end("kept", run, SECONDS_TO_RUN)
            assert (end["state"], end["bundle_version"]) == ("success", commit)
            for name in EXECUTORS[executor]:
                assert f"ended with {number}" in airflow.log("kept", run, f"after_{name}")


@pytest.mark.proves("by a bundle: the smoke test says: correct", *ON)
def test_the_smoke_test(bundle: Flux) -> None:
    said = smoke.judge(bundle, f"bundle-{int(time.time())}", SECONDS)
    assert said[0] == 0, said
    assert said[1].startswith("correct: ")
