"""Network policies, enforced: Airflow works as before, and nobody reaches more than they say.

A test helper enforces them (`e2e.node.firewall`). Every Pod tries every port of the others; who may
reach whom is what docs/network.md says, which is written by hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from typing import NamedTuple

import pytest
from flows.reach import Party
from flows.table import components_of, flows_of, needed

from e2e.api import Object
from e2e.fluxed import Flux
from e2e.node import pods, runs, smoke
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.trouble import told

PACKETS = ("kubelet", "kube-proxy")
SECONDS = 300
SECONDS_TO_JUDGE = 300
# Who is called what in docs/network.md: by component, with the container that has a Python.
PARTIES = {
    "api-server": ("api-server", "api-server"),
    "scheduler": ("scheduler", "scheduler"),
    "dag-processor": ("dag-processor", "dag-processor"),
    "triggerer": ("triggerer", "triggerer"),
    "worker": ("worker", "worker"),
    "database": ("postgres", ""),
    "broker": ("redis", ""),
}
TASKS = {"app.kubernetes.io/name": "airflow", "airflow.gitops/runs-tasks": "true"}
STRANGERS = {
    "another Pod in airflow": ("airflow", {"app": "stranger"}),
    "another Pod in airflow-workers": ("airflow-workers", {"app": "stranger"}),
    "task Pod": ("airflow-workers", {**TASKS, "app.kubernetes.io/component": "worker"}),
    "a Pod elsewhere": ("default", {"app": "stranger"}),
}
# Says which of some addresses and ports let it in.
TRY = """
import json, socket, sys, threading
found = []
def ask(address, port):
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return
    found.append((address, port))
threads = [threading.Thread(target=ask, args=one) for one in json.loads(sys.argv[1])]
for one in threads: one.start()
for one in threads: one.join()
print(json.dumps(found))
"""


class Reached(NamedTuple):
    """A Pod, its name in the table, and where a Python runs in it ("" where there is none)."""

    name: str
    pod: Object
    container: str

    @property
    def address(self) -> str:
        return str(self.pod["status"]["podIP"])

    @property
    def ports(self) -> Iterator[int]:
        for container in self.pod["spec"]["containers"]:
            for port in container.get("ports", []):
                yield port["containerPort"]


@pytest.fixture(scope="module")
def strangers(node: NodeControlPlane) -> Generator[list[Reached]]:
    """Pods that wait, with labels as tasks have them, and as nobody has."""
    made = [
        pods.own(f"stranger-{number}", ["sleep", "100000"], labels, namespace)
        for number, (namespace, labels) in enumerate(STRANGERS.values())
    ]
    node.kubectl("create", "--filename=-", stdin="\n---\n".join(map(json.dumps, made)))
    names = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in made]
    for namespace, name in names:
        place = (f"pod/{name}", f"--namespace={namespace}")
        node.kubectl("wait", "--for=condition=Ready", *place, "--timeout=110s")
    paths = [f"/api/v1/namespaces/{namespace}/pods/{name}" for namespace, name in names]
    found = [node.api.request("GET", path) for path in paths]
    yield [Reached(name, pod, "main") for name, pod in zip(STRANGERS, found, strict=True)]
    for namespace, name in names:
        options = (f"--namespace={namespace}", "--grace-period=0", "--force")
        node.kubectl("delete", "pod", name, *options)


@pytest.fixture(scope="module")
def enforced(node: NodeControlPlane, strangers: list[Reached]) -> Generator[None]:
    assert len(strangers) == len(STRANGERS)
    with Firewall(node):
        yield


def everybody(node: NodeControlPlane, strangers: list[Reached]) -> list[Reached]:
    found = [
        Reached(name, pod, container)
        for component, (name, container) in PARTIES.items()
        for pod in pods.of_component(node, component)
    ]
    return [*found, *strangers]


def reached(node: NodeControlPlane, parties: list[Reached]) -> set[tuple[str, str, int]]:
    """Who reaches whom at which port."""
    ports = {(one.address, port): one.name for one in parties for port in one.ports}
    found = set()
    for one in parties:
        if one.container:
            metadata = one.pod["metadata"]
            where = (metadata["name"], f"--namespace={metadata['namespace']}")
            others = [place for place in ports if place[0] != one.address]
            command = ("--", "python3", "-c", TRY, json.dumps(others))
            said = node.kubectl("exec", *where, f"--container={one.container}", *command)
            for address, port in json.loads(said.strip().splitlines()[-1]):
                found.add((one.name, ports[address, port], port))
    return found


@pytest.mark.proves("with policies enforced, a Pod reaches what docs/network.md says", *PACKETS)
@pytest.mark.usefixtures("synced")
def test_who_reaches_whom(
    node: NodeControlPlane, strangers: list[Reached], synced: Flux, executor: str
) -> None:
    parties = everybody(node, strangers)
    overlay = synced.upstream.path / "e2e/overlays" / executor
    names = [Party(one.name, one.address, one.pod["metadata"]["namespace"]) for one in parties]
    flows = flows_of(needed(), names, {*components_of(overlay)})
    numbers = {(one.name, port) for one in parties for port in one.ports}
    allowed = {
        (source, destination, number)
        for (source, destination), ranges in flows.items()
        for one in ranges
        for name, number in numbers
        if name == destination and one.protocol == "TCP" and one.first <= number <= one.last
    }
    with_a_python = {one.name for one in parties if one.container}
    allowed = {one for one in allowed if one[0] in with_a_python and one[0] != one[1]}
    open_to_all = reached(node, parties)
    assert allowed < open_to_all  # else what is closed is not closed by a policy
    with Firewall(node):
        assert reached(node, parties) == allowed


@pytest.mark.proves("with policies enforced, a DAG from git runs on each executor", *PACKETS)
@pytest.mark.usefixtures("enforced")
def test_a_dag_runs(node: NodeControlPlane, airflow: Airflow, executor: str) -> None:
    with told(node):
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)
    runs.assert_logs(airflow, executor, run)


@pytest.mark.proves("with policies enforced, the smoke test says: correct", *PACKETS)
@pytest.mark.usefixtures("enforced")
def test_the_smoke_test(synced: Flux) -> None:
    said = smoke.judge(synced, f"enforced-{int(time.time())}", SECONDS_TO_JUDGE)
    assert said[0] == 0, said
    assert said[1].startswith("correct: ")
