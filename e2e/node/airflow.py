"""Airflow on the node, as a user has it: by its REST API, through its Service."""

from __future__ import annotations

import http.client
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from e2e.node.trees import FIRST, Release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.controlplane import ControlPlane

_SECONDS_BETWEEN_LOOKS = 1.0
_TIMEOUT = 60


class Airflow:
    """An Airflow whose api-server is ready; a user of it is made by the command of base/."""

    def __init__(
        self, cluster: ControlPlane, user: str = "ada", path: str = "", release: Release = FIRST
    ) -> None:
        self._cluster = cluster
        self._path = path
        self._namespace = release.namespace
        self._name = f"{release.prefix}airflow-api-server"
        self.user, self.password = user, secrets.token_hex(16)
        names = {"firstname": user, "lastname": "Lovelace", "email": f"{user}@example.com"}
        fields = {"role": "Admin", "username": user, "password": self.password, **names}
        flags = [part for name, value in fields.items() for part in (f"--{name}", value)]
        create = ("airflow", "users", "create", *flags)
        where = (f"--namespace={self._namespace}", f"deploy/{self._name}")
        cluster.kubectl("exec", *where, "--", *create)
        secret = {"username": user, "password": self.password}
        token = self.request("POST", "/auth/token", secret)
        self._headers = {"Authorization": f"Bearer {token['access_token']}"}

    _headers: Mapping[str, str] = {}

    @property
    def address(self) -> str:
        """Of its Service, as it is now."""
        path = f"/api/v1/namespaces/{self._namespace}/services/{self._name}"
        return f"http://{self._cluster.api.request('GET', path)['spec']['clusterIP']}:8080"

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request; any but a success is an `AssertionError`."""
        status, text = self.ask(method, path, body)
        assert status < 300, f"{method} {path}: {status} {text}"
        return json.loads(text)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """The status and the text of an answer."""
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = urllib.request.Request(
            f"{self.address}{self._path}{path}",
            method=method,
            data=content,
            headers={**headers, **self._headers},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_well(self, dag: str) -> bool:
        """Whether a DAG can be asked for, now."""
        try:
            return self.ask("GET", f"/api/v2/dags/{dag}")[0] == http.client.OK
        except OSError:
            return False

    def wait_for_dag(self, dag: str, seconds: float) -> None:
        """Wait until a DAG is known, however it was delivered."""
        deadline = time.monotonic() + seconds
        while self.ask("GET", f"/api/v2/dags/{dag}")[0] != http.client.OK:
            errors = self.request("GET", "/api/v2/importErrors")["import_errors"]
            assert not errors, errors
            assert time.monotonic() < deadline, f"no DAG {dag} after {seconds:g} s"
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def run(self, dag: str, seconds: float) -> dict[str, Any]:
        """Trigger a DAG and wait for the end of the run."""
        return self.wait_for_end(dag, self.trigger(dag), seconds)

    def trigger(self, dag: str, **params: Any) -> str:
        """Start a run of a DAG and give its id."""
        body = {"logical_date": None, "conf": params}
        return str(self.request("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def wait_for_end(self, dag: str, run: str, seconds: float) -> dict[str, Any]:
        """Wait for the end of a run."""
        path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}"
        deadline = time.monotonic() + seconds
        while True:
            found: dict[str, Any] = self.request("GET", path)
            if found["state"] not in ("queued", "running"):
                return found
            assert time.monotonic() < deadline, (
                f"{dag} after {seconds:g} s: {self.states(dag, run)}"
            )
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def wait_for_state(self, dag: str, run: str, state: str, seconds: float) -> None:
        """Wait until all tasks of a run are in a state."""
        deadline = time.monotonic() + seconds
        while {*self.states(dag, run).values()} != {state}:
            assert time.monotonic() < deadline, (
                f"{dag} after {seconds:g} s: {self.states(dag, run)}"
            )
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def states(self, dag: str, run: str) -> dict[str, str]:
        """The states of a run's tasks by their names."""
        return {one["task_id"]: one["state"] for one in self.tasks(dag, run)}

    def tries(self, dag: str, run: str) -> dict[str, int]:
        """How often a run's tasks were tried, by their names."""
        return {one["task_id"]: one["try_number"] for one in self.tasks(dag, run)}

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances"
        found: list[dict[str, Any]] = self.request("GET", path)["task_instances"]
        return found

    def log(self, dag: str, run: str, task: str, attempt: int = 1) -> str:
        """The text of a task's log, as its page shows it; "" before there is such an attempt."""
        place = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances/{task}"
        status, text = self.ask("GET", f"{place}/logs/{attempt}?full_content=true")
        assert status in (http.client.OK, http.client.NOT_FOUND), f"{place}: {status} {text}"
        return text if status == http.client.OK else ""

    def wait_for_log(
        self, dag: str, run: str, task: str, text: str, *, seconds: float, attempt: int = 1
    ) -> str:
        """Wait until a task's log has a text, and give it."""
        deadline = time.monotonic() + seconds
        while text not in (log := self.log(dag, run, task, attempt)):
            assert time.monotonic() < deadline, f"no {text!r} after {seconds:g} s in {log}"
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        return log
