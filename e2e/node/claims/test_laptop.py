"""docs/local.md, from an empty cluster to its end: each command is typed, and does what it should.

The tree is that of overlays/local with the images of the node; kubectl applies it, as on the page.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e import walk
from e2e.node import pods, trees
from e2e.node.airflow import Airflow
from e2e.node.cluster import NodeControlPlane
from e2e.node.images import MARIADB
from e2e.node.trouble import told
from e2e.trees import unready

SECONDS_TO_READY = 900
SECONDS_TO_RUN = 500
SECONDS_TO_SHOW = 120
SECONDS_TO_END = 900  # more than a worker without a broker is waited for
KINDS = "deployments,statefulsets,jobs,persistentvolumeclaims,poddisruptionbudgets,pods"
KUBECTL = ("kubectl", "kubelet")
STEPS = walk.steps()
HOST = "mysql.example.com"
DAYS = {"2026-01-01", "2026-01-02", "2026-01-03"}

_MYSQL = f"""
apiVersion: v1
kind: Pod
metadata:
  name: mysql
  namespace: default
  labels: {{app: mysql}}
spec:
  securityContext: {{runAsUser: 999, runAsGroup: 999, fsGroup: 999}}
  containers:
  - name: mysql
    image: {MARIADB.full_name}
    readinessProbe:
      tcpSocket: {{port: 3306}}
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
  name: mysql
  namespace: default
spec:
  selector: {{app: mysql}}
  ports:
  - port: 3306
"""


class Shell(NamedTuple):
    """Where a person types, who has a copy of the repository and a cluster."""

    directory: Path
    environment: Mapping[str, str]

    def type(self, title: str, host: str = HOST) -> list[str]:
        """What each command of a section prints; those that would run on are left out.

        The database is at another host than that of the page.
        """
        commands = [trees.here(one).replace(HOST, host) for one in STEPS[title] if not runs_on(one)]
        return [trees.run(one, self.directory, self.environment) for one in commands]

    @contextlib.contextmanager
    def forwarded(self, title: str) -> Generator[str]:
        """The address of what the last command of a section forwards, as long as it runs."""
        command = STEPS[title][-1]
        assert runs_on(command), command
        argv = shlex.split(command)
        with subprocess.Popen(argv, cwd=self.directory, env=self.environment) as forwarding:
            try:
                yield f"http://localhost:{argv[-1]}"
            finally:
                forwarding.terminate()


def runs_on(command: str) -> bool:
    return " port-forward " in command


def asked(url: str, body: object = None, **headers: str) -> tuple[int, str]:
    """Status and text of an answer, as soon as there is one."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    content = json.dumps(body).encode() if body else None
    headers |= {"Content-Type": "application/json"} if body else {}
    deadline = time.monotonic() + 60
    while True:
        try:
            with opener.open(urllib.request.Request(url, content, headers), timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:  # nobody listens yet
            assert time.monotonic() < deadline, url
            time.sleep(1)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, node: NodeControlPlane) -> Generator[Shell]:
    trees.make_volumes()
    with trees.upstream(tmp_path_factory.mktemp("upstream"), trees.LAPTOP) as made:
        yield Shell(made.path, trees.environment(node))


@pytest.fixture(scope="module")
def applied(node: NodeControlPlane, shell: Shell) -> Shell:
    """The first section is typed, and all that it has made is Ready."""
    with told(node):
        shell.type("Airflow")
        node.wait_for("everything", lambda: not unready(node.objects(KINDS)), SECONDS_TO_READY)
    return shell


@pytest.fixture(scope="module")
def airflow(node: NodeControlPlane, applied: Shell) -> Airflow:  # not that of a commit
    assert applied
    return Airflow(node, user="grace")  # the page has made ada


@pytest.mark.proves(
    "docs/local.md: an empty cluster gets Airflow by kubectl, with Secrets that a Job has made",
    *KUBECTL,
)
def test_the_walk(node: NodeControlPlane, applied: Shell) -> None:
    assert applied
    (made,) = pods.of_component(node, "secrets")
    said = node.kubectl("logs", "--namespace=airflow", made["metadata"]["name"])
    assert said.startswith("added: ")
    assert "airflow-flower/basic-auth" in said


@pytest.mark.proves("docs/local.md: the web page, with the first user", *KUBECTL)
def test_the_web_page(applied: Shell) -> None:
    (said,) = applied.type("The web page")
    assert 'User "admin" created' in said
    with applied.forwarded("The web page") as address:
        status, text = asked(f"{address}/")
        assert (status, "<html" in text) == (200, True), text
        secret = {"username": "admin", "password": "admin"}
        assert "access_token" in asked(f"{address}/auth/token", secret)[1]


@pytest.mark.proves("docs/local.md: Flower, which lets in who has its Secret", *KUBECTL)
def test_flower(node: NodeControlPlane, applied: Shell) -> None:
    (secret,) = applied.type("Flower")
    assert secret.startswith("admin:")
    authorization = f"Basic {base64.b64encode(secret.strip().encode()).decode()}"
    with applied.forwarded("Flower") as address:
        assert asked(f"{address}/flower/")[0] == 401

        def shows_the_worker() -> bool:
            status, text = asked(f"{address}/flower/", Authorization=authorization)
            return status == http.client.OK and "airflow-worker-0" in text

        node.wait_for("the worker in Flower", shows_the_worker, SECONDS_TO_SHOW)


@pytest.mark.proves("docs/local.md: a backfill of the tutorial by Celery workers", *KUBECTL)
def test_a_backfill(node: NodeControlPlane, applied: Shell, airflow: Airflow) -> None:
    def states() -> dict[str, str]:
        path = "/api/v2/dags/tutorial/dagRuns?limit=100"
        found = airflow.request("GET", path)["dag_runs"]
        ours = [one for one in found if one["run_type"] == "backfill"]
        return {one["logical_date"][:10]: one["state"] for one in ours}

    with told(node):
        airflow.wait_for_dag("tutorial", SECONDS_TO_RUN)
        applied.type("A backfill of the tutorial")
        wanted = dict.fromkeys(DAYS, "success")
        node.wait_for("the backfill", lambda: states() == wanted, SECONDS_TO_RUN)


@pytest.fixture(scope="module")
def mysql(node: NodeControlPlane) -> str:
    """The host of a database, MariaDB, that is no part of Airflow."""
    node.kubectl("create", "--filename=-", stdin=_MYSQL)
    node.kubectl("wait", "pod/mysql", "--for=condition=Ready", f"--timeout={SECONDS_TO_RUN}s")
    return "mysql.default.svc"  # Airflow breaks longer names in its tables


@pytest.mark.proves("docs/local.md: a task asks MariaDB by a connection from a Secret", *KUBECTL)
def test_a_connection(node: NodeControlPlane, applied: Shell, airflow: Airflow, mysql: str) -> None:
    with told(node):
        assert mysql in applied.type("A connection", host=mysql)[-1]
        airflow.wait_for_dag("asks-mysql", SECONDS_TO_RUN)  # a DAG of the image
        run = airflow.run("asks-mysql", SECONDS_TO_RUN)["dag_run_id"]
    assert "answered shop 42" in airflow.log("asks-mysql", run, "ask")


@pytest.mark.proves("docs/local.md: one more worker", *KUBECTL)
def test_more_workers(node: NodeControlPlane, applied: Shell) -> None:
    (before,) = pods.of_component(node, "worker")
    with told(node):
        applied.type("More workers")
        pods.wait_ready(node, "worker", 2, SECONDS_TO_READY)
    found = pods.of_component(node, "worker")
    assert before["metadata"]["uid"] in {one["metadata"]["uid"] for one in found}


@pytest.mark.proves("docs/local.md: everything is gone at the end", *KUBECTL)
def test_the_end(node: NodeControlPlane, applied: Shell) -> None:
    applied.type("The end")
    place = "/api/v1/namespaces/airflow"
    node.wait_for("the end", lambda: node.api.find(place) is None, SECONDS_TO_END)
