"""DAGs from git over https: how they come and change, and what happens when git does not answer.

Here git-sync is a test double (`image_files/git_sync_double.py`): these prove how `base/` uses it.
"""

from __future__ import annotations

import functools
import json
import threading
import time

import pytest

from e2e.fluxed import Flux
from e2e.node import pods
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.dags import small
from e2e.node.gitserver import GitServer
from e2e.node.results import Measure
from e2e.node.trouble import told

GIT = ("kubelet",)
HTTPS = 443  # the port of the git server
SECONDS = 240
LINK = "/opt/airflow/dags/repo"
FILES, PUSHES = 200, 6
# Reads all files of a commit again and again, and says which commits it has seen whole or broken.
WATCH = f"""
import json, os, time
seen, broken, looks, end = set(), [], 0, time.monotonic() + 75
while time.monotonic() < end:
    top = os.path.realpath("{LINK}")
    try:
        texts = {{open(f"{{top}}/data/{{i}}").read() for i in range({FILES})}}
        texts_by_link = open("{LINK}/data/0").read()
    except OSError as error:
        broken.append(str(error))
        continue
    looks += 1
    if len(texts) == 1:
        seen |= texts
    else:
        broken.append(sorted(texts))
print(json.dumps([looks, sorted(seen), broken]))
"""


@pytest.fixture
def reader(node: NodeControlPlane, synced: Flux) -> str:
    assert synced
    (pod,) = pods.of_component(node, "dag-processor")
    return str(pod["metadata"]["name"])


def has_task(airflow: Airflow, dag: str, task: str) -> bool:
    status, text = airflow.ask("GET", f"/api/v2/dags/{dag}/tasks")
    return status == 200 and task in [one["task_id"] for one in json.loads(text)["tasks"]]


def wait_for_task(airflow: Airflow, dag: str, task: str) -> float:
    """Wait until a DAG has a task, and say how long it took."""
    started = time.monotonic()
    while not has_task(airflow, dag, task):
        assert time.monotonic() - started < SECONDS, f"no {task} in {dag}"
        time.sleep(1)
    return time.monotonic() - started


@pytest.mark.proves("a new DAG, and a changed one, are found after a push", *GIT)
def test_a_push(
    node: NodeControlPlane, airflow: Airflow, dags: GitServer, measure: Measure
) -> None:
    with told(node):
        dags.commit("dags/pushed.py", small("pushed", "first"))
        measure("a new DAG is known after the push", wait_for_task(airflow, "pushed", "first"))
        dags.commit("dags/pushed.py", small("pushed", "second"))
        measure("a changed DAG is known after the push", wait_for_task(airflow, "pushed", "second"))
        assert airflow.run("pushed", SECONDS)["state"] == "success"


@pytest.mark.proves("who reads DAGs sees a whole commit at any time", *GIT)
def test_no_half_tree(node: NodeControlPlane, dags: GitServer, reader: str) -> None:
    where = (reader, "--namespace=airflow", "--container=dag-processor")

    def push(number: int) -> str:
        return dags.commit_all({f"data/{one}": f"{number}" for one in range(FILES)})

    def synced_to(number: int) -> bool:
        return node.ask("exec", *where, "--", "cat", f"{LINK}/data/0").out == f"{number}"

    push(0)
    node.wait_for("first commit", lambda: synced_to(0), SECONDS)
    said: list[str] = []

    def watch() -> None:
        said.append(node.kubectl("exec", *where, "--", "python3", "-c", WATCH))

    thread = threading.Thread(target=watch)
    thread.start()
    for number in range(1, PUSHES):
        push(number)
        node.wait_for(f"commit {number}", functools.partial(synced_to, number), SECONDS)
    thread.join()
    looks, seen, broken = json.loads(said[0])
    assert looks > 100
    assert len(seen) > 3
    assert not broken


@pytest.mark.proves("a forced push is followed, and a deleted branch leaves the last commit", *GIT)
def test_a_rewritten_and_a_deleted_branch(
    node: NodeControlPlane, airflow: Airflow, dags: GitServer, measure: Measure
) -> None:
    with told(node):
        dags.commit("dags/pushed.py", small("pushed", "third"))
        wait_for_task(airflow, "pushed", "third")
        dags.rewrite("dags/pushed.py", small("pushed", "other"))
        measure("a forced push is followed", wait_for_task(airflow, "pushed", "other"))
        commit = dags.delete_branch()
        time.sleep(20)  # a few looks at it
        assert airflow.run("pushed", SECONDS)["state"] == "success"
        dags.restore_branch(commit)
        dags.commit("dags/pushed.py", small("pushed", "fourth"))
        again = wait_for_task(airflow, "pushed", "fourth")
        measure("a commit is found after the branch is there again", again)
    assert not pods.restarts(node)


@pytest.mark.proves("while git is away DAGs run, and a new Pod waits for it", *GIT)
def test_an_outage(
    node: NodeControlPlane, airflow: Airflow, dags: GitServer, measure: Measure
) -> None:
    with told(node):
        with node.closed_to_pods(HTTPS):
            time.sleep(20)
            pods.kill(node, "dag-processor")
            assert airflow.run("proof", SECONDS)["state"] == "success"
            time.sleep(20)
            (waiting,) = pods.of_component(node, "dag-processor")
            assert not pods.is_ready(waiting)
        started = time.monotonic()
        pods.wait_ready(node, "dag-processor", 1, SECONDS)
        measure("a reader of DAGs is Ready after git is back", time.monotonic() - started)
        dags.commit("dags/pushed.py", small("pushed", "fifth"))
        wait_for_task(airflow, "pushed", "fifth")
    assert not pods.restarts(node)
