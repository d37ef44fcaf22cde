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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.controlplane import ControlPlane

_USER = "ada"
_SECONDS_BETWEEN_LOOKS = 1.0
_TIMEOUT = 60


class Airflow:
    """An Airflow whose api-server is ready: its first user is made by the command of base/."""

    def __init__(self, cluster: ControlPlane) -> None:
        self._cluster = cluster
        service = cluster.api.request(
            "GET", "/api/v1/namespaces/airflow/services/airflow-api-server"
        )
        self._address = f"http://{service['spec']['clusterIP']}:8080"
        password = secrets.token_hex(16)
        user = {"role": "Admin", "username": _USER, "password": password}
        user |= {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com"}
        flags = [part for name, value in user.items() for part in (f"--{name}", value)]
        create = ("deploy/airflow-api-server", "--", "airflow", "users", "create", *flags)
        cluster.kubectl("exec", "--namespace=airflow", *create)
        token = self.request("POST", "/auth/token", {"username": _USER, "password": password})
        self._headers = {"Authorization": f"Bearer {token['access_token']}"}

    _headers: Mapping[str, str] = {}

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
            f"{self._address}{path}",
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
        path = f"/api/v2/dags/{dag}/dagRuns"
        found: dict[str, Any] = self.request("POST", path, {"logical_date": None})
        deadline = time.monotonic() + seconds
        run = urllib.parse.quote(found["dag_run_id"])
        while found["state"] in ("queued", "running"):
            tasks = self.tasks(dag, found["dag_run_id"])
            states = {one["task_id"]: one["state"] for one in tasks}
            assert time.monotonic() < deadline, f"{dag} after {seconds:g} s: {states}"
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            found = self.request("GET", f"{path}/{run}")
        return found

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        path = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances"
        found: list[dict[str, Any]] = self.request("GET", path)["task_instances"]
        return found

    def log(self, dag: str, run: str, task: str) -> str:
        """The text of a task's log, as its page shows it."""
        place = f"/api/v2/dags/{dag}/dagRuns/{urllib.parse.quote(run)}/taskInstances/{task}"
        return json.dumps(self.request("GET", f"{place}/logs/1?full_content=true"))
