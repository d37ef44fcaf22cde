"""Tasks wait in a RabbitMQ that somebody else runs, in the place of the Redis of `base/`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import pods, runs, smoke, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import PODS, NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.images import RABBITMQ
from e2e.node.trouble import told

ON = ("kubelet", "Debian's RabbitMQ")
USER, HOST, PORT = "airflow", "rabbitmq.brokers.svc", 5672
OTHER_PORT = 25672  # where RabbitMQs find each other
VALUES = {"broker.cidr": PODS, "broker.port": PORT}
SECONDS = 400
MANAGER = "flux-client-side-apply"  # else Flux takes the restart back
AIRFLOWS = "app.kubernetes.io/name=airflow"

_BROKER = """
apiVersion: v1
kind: Namespace
metadata:
  name: brokers
---
apiVersion: v1
kind: Pod
metadata:
  name: rabbitmq
  namespace: brokers
  labels: {{app: rabbitmq}}
spec:
  securityContext: {{runAsUser: 999, runAsGroup: 999, fsGroup: 999}}
  containers:
  - name: rabbitmq
    image: {image}
    env:
    - {{name: BROKER_USER, value: {user}}}
    - {{name: BROKER_PASSWORD, value: {password}}}
    readinessProbe:
      tcpSocket: {{port: {port}}}
    volumeMounts:
    - {{name: data, mountPath: /data}}
    - {{name: tmp, mountPath: /tmp}}
  volumes:
  - name: data
    emptyDir: {{}}
  - name: tmp
    emptyDir: {{}}
---
apiVersion: v1
kind: Service
metadata:
  name: rabbitmq
  namespace: brokers
spec:
  selector: {{app: rabbitmq}}
  ports:
  - {{name: amqp, port: {port}}}
  - {{name: other, port: {other}}}
"""
# Whether a port of a host lets somebody in.
TRY = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5).close()
except OSError as error:
    print("closed", error)
else:
    print("open")
"""


@pytest.fixture(scope="module")
def url(node: NodeControlPlane) -> Generator[str]:
    """Where a broker is, which is no part of Airflow, with its password."""
    node.import_image(RABBITMQ)
    password = secrets.token_hex(16)
    names = {"user": USER, "password": password, "port": PORT, "other": OTHER_PORT}
    text = _BROKER.format(image=RABBITMQ.full_name, **names)
    node.kubectl("create", "--filename=-", stdin=text)
    where = ("pod/rabbitmq", "--namespace=brokers")
    with told(node):
        node.wait_for("broker", lambda: _is_ready(node), SECONDS)
    yield f"amqp://{USER}:{password}@{HOST}:{PORT}/"
    node.kubectl("delete", *where, "--grace-period=1")
    node.kubectl("delete", "namespace", "brokers", "--wait=false")


@pytest.fixture(scope="module")
def brokered(node: NodeControlPlane, synced: Flux, url: str, executor: str) -> Generator[Flux]:
    """The tree with the broker of somebody else; a worker ends while its own is there yet."""
    path = "/api/v1/namespaces/airflow/secrets/airflow-celery"
    before = node.api.request("GET", path)["data"]["broker-url"]
    with told(node):
        _tell(node, {"stringData": {"broker-url": url}})
        commit = trees.replace(
            synced.upstream, executor, "broker-redis", ["broker-external"], VALUES
        )
        synced.wait_synced(commit)
        with Firewall(node):
            yield synced
    with told(node):
        synced.wait_synced(synced.upstream.revert())
        _tell(node, {"data": {"broker-url": before}})


def _tell(node: NodeControlPlane, values: dict[str, dict[str, str]]) -> None:
    """Change the Secret, and restart whoever has it, as docs/secrets.md says."""
    patch = ("--type=merge", f"--patch={json.dumps(values)}")
    node.kubectl("patch", "secret", "airflow-celery", "--namespace=airflow", *patch)
    where = ("--namespace=airflow", f"--selector={AIRFLOWS}", f"--field-manager={MANAGER}")
    node.kubectl("rollout", "restart", "deployment,statefulset", *where)
    pods.wait_rolled_out(node, SECONDS)


def _is_ready(node: NodeControlPlane) -> bool:
    found = node.api.find("/api/v1/namespaces/brokers/pods/rabbitmq")
    return bool(found and pods.is_ready(found))


def lets_in(node: NodeControlPlane, component: str, host: str, port: int) -> bool:
    (pod,) = pods.of_component(node, component)
    where = (pod["metadata"]["name"], "--namespace=airflow", f"--container={component}")
    said = node.kubectl("exec", *where, "--", "python3", "-c", TRY, host, str(port))
    return said.strip() == "open"


@pytest.mark.proves("by RabbitMQ: a DAG is run by a worker, with policies enforced", *ON)
@pytest.mark.usefixtures("brokered")
def test_a_dag_runs(node: NodeControlPlane, airflow: Airflow, executor: str) -> None:
    assert not pods.of_component(node, "redis")
    with told(node):
        airflow.wait_for_dag("proof", SECONDS)
        run = airflow.run("proof", SECONDS)["dag_run_id"]
    assert airflow.states("proof", run) == runs.success(executor)
    runs.assert_logs(airflow, executor, run)


@pytest.mark.proves("by RabbitMQ: scheduler and worker reach its port, and nobody another", *ON)
@pytest.mark.usefixtures("brokered")
def test_who_reaches_it(node: NodeControlPlane) -> None:
    with told(node):
        assert lets_in(node, "scheduler", HOST, PORT)
        assert not lets_in(node, "api-server", HOST, PORT)
        assert not lets_in(node, "scheduler", HOST, OTHER_PORT)


@pytest.mark.proves("by RabbitMQ: the smoke test says: correct", *ON)
def test_the_smoke_test(brokered: Flux) -> None:
    said = smoke.judge(brokered, "by-rabbitmq", SECONDS)
    assert said[0] == 0, said
    assert said[1].startswith("correct: ")
