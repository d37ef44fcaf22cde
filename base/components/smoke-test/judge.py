"""Trigger the DAG smoke-test, and say what its outcome means, as text and as exit code.

This file needs Python alone, and Airflow only behind its REST API.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

DAG = "smoke-test"
SCHEDULER = "scheduler"
EXECUTOR = "executor-"  # and the executor's name
IN_WORKERS = "pod-in-airflow-workers"
IN_DEFAULT = "pod-in-default"

CORRECT, UNKNOWN = 0, 3
NO_SCHEDULER, NO_EXECUTOR, NO_KUBERNETES, TOO_BROAD = 4, 5, 6, 7

FORBIDDEN = 403
CREATED = 201
REFUSAL = 'cannot create resource "pods"'  # of RBAC; admission and quotas have other words

PAUSE = 5  # seconds between two questions

Found = TypeVar("Found")


class Answer(NamedTuple):
    """What the Kubernetes API said to the Pod in default; no status if it did not answer."""

    status: int | None
    reason: str


class Outcome(NamedTuple):
    """The state of each task of a run, and the answer that the last one got, if it did."""

    states: dict[str, str | None]
    answer: Answer | None


class Verdict(NamedTuple):
    """An exit code and what it means."""

    code: int
    text: str


class UnknownError(Exception):
    """Why nothing can be said of Airflow."""


def judge(outcome: Outcome) -> Verdict:
    """What has run says what works."""
    states = outcome.states
    if not _ran(states, SCHEDULER):
        return Verdict(NO_SCHEDULER, "no task has run: the scheduler is unhappy, look at its log")
    executors = sorted(task for task in states if task.startswith(EXECUTOR))
    idle = [task.removeprefix(EXECUTOR) for task in executors if not _ran(states, task)]
    if idle:
        return Verdict(
            NO_EXECUTOR,
            f"the scheduler works, and nothing runs by {' and '.join(idle)}: look at the logs of"
            " the scheduler, of the task, and of the workers if there are any",
        )
    if not executors:
        return Verdict(UNKNOWN, "unknown: the DAG has no task for an executor")
    return _judge_pods(outcome)


def _judge_pods(outcome: Outcome) -> Verdict:
    in_workers, answer = _ran(outcome.states, IN_WORKERS), outcome.answer
    if _ran(outcome.states, IN_DEFAULT) or (answer and answer.status == CREATED):
        return Verdict(
            TOO_BROAD,
            "permissions are too broad: Airflow may run Pods in the namespace default;"
            " look for a RoleBinding or ClusterRoleBinding that this repository does not have",
        )
    if answer is None:
        state = outcome.states.get(IN_DEFAULT) or "not started"
        return Verdict(
            UNKNOWN,
            f"unknown: {IN_DEFAULT} is {state}, and has not told what the Kubernetes API answers",
        )
    if answer.status is None and not in_workers:
        return Verdict(
            NO_KUBERNETES,
            "tasks run, and cannot reach the Kubernetes API: look at network policies and at"
            " whether the ServiceAccount has a token",
        )
    if not (answer.status == FORBIDDEN and REFUSAL in answer.reason):
        return Verdict(
            UNKNOWN,
            "unknown: the Pod in default was not refused for want of a permission: what the"
            " Kubernetes API said is above",
        )
    if not in_workers:
        return Verdict(
            UNKNOWN,
            "unknown: the Kubernetes API answers, and yet no Pod ran in airflow-workers:"
            f" look at the log of {IN_WORKERS}",
        )
    return Verdict(CORRECT, "correct: Airflow runs Pods in airflow-workers and nowhere else")


def _ran(states: dict[str, str | None], task: str) -> bool:
    return states.get(task) == "success"


def table(outcome: Outcome) -> str:
    """Each task with its state, in the order in which they depend on each other."""
    states = outcome.states
    executors = sorted(task for task in states if task.startswith(EXECUTOR))
    lines = [
        f"{task:<32} {states.get(task) or 'not started'}"
        for task in (SCHEDULER, *executors, IN_WORKERS, IN_DEFAULT)
    ]
    if outcome.answer:
        lines.append(f"  {outcome.answer.reason}")
    return "\n".join(lines)


class Airflow:
    """Airflow's REST API, for one user."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.token = ""

    def log_in(self, username: str, password: str) -> bool:
        body = {"username": username, "password": password}
        self.token = self._ask("POST", "/auth/token", body)["access_token"]
        return True

    def knows_the_dag(self, executors: frozenset[str]) -> bool:
        """With a task for each executor; after a change of these it still knows the old one."""
        dag = self._ask("GET", f"/api/v2/dags/{DAG}")
        if dag["is_paused"]:
            raise UnknownError(f"the DAG {DAG} is paused")
        tasks = self._ask("GET", f"/api/v2/dags/{DAG}/tasks")["tasks"]
        names = {task["task_id"] for task in tasks}
        return {name for name in names if name.startswith(EXECUTOR)} == {
            EXECUTOR + executor for executor in executors
        }

    def trigger(self, run: str) -> bool:
        """Again is no other run: a run has one id."""
        try:
            self._ask(
                "POST", f"/api/v2/dags/{DAG}/dagRuns", {"dag_run_id": run, "logical_date": None}
            )
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.CONFLICT:
                raise
        return True

    def has_finished(self, run: str) -> bool:
        state = self._ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{run}")["state"]
        return state in ("success", "failed")

    def outcome(self, run: str) -> Outcome:
        path = f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances"
        tasks = self._ask("GET", path)["task_instances"]
        states = {task["task_id"]: task["state"] for task in tasks}
        return Outcome(states, self._answer(f"{path}/{IN_DEFAULT}/xcomEntries/answer"))

    def _answer(self, path: str) -> Answer | None:
        try:
            value = self._ask("GET", path)["value"]
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.NOT_FOUND:
                raise
            return None
        if isinstance(value, str):
            value = json.loads(value)
        return Answer(value["status"], value["reason"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is our configuration's
            self.base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
            return json.load(response)


def until(deadline: float, what: str, ask: Callable[[], Found]) -> Found:
    """The first answer that is not false, or UnknownError with what stood in its way."""
    while True:
        try:
            found = ask()
            problem = ""
        # The last two are what an api-server that is going away may leave.
        except (OSError, http.client.HTTPException, ValueError) as error:
            found, problem = None, f": {type(error).__name__}: {error}"
        if found:
            return found
        if time.monotonic() > deadline:
            raise UnknownError(f"{what}{problem}")
        time.sleep(PAUSE)


def wait_for(airflow: Airflow, password: str, executors: frozenset[str], seconds: int) -> None:
    """Until somebody can log in to Airflow, and the DAG is there."""
    deadline = time.monotonic() + seconds
    until(deadline, "nobody can log in to Airflow", lambda: airflow.log_in(DAG, password))
    until(
        deadline,
        f"Airflow has no DAG {DAG} for {' and '.join(sorted(executors))}: look at the log of"
        " dag-processor",
        lambda: airflow.knows_the_dag(executors),
    )


def run_dag(airflow: Airflow, seconds: int, run: str) -> Outcome:
    """Trigger the DAG, and wait for its end or for the time to be up.

    Each step has its time: the api-server may be rolled out meanwhile, and be away.
    """
    deadline = time.monotonic() + seconds
    until(deadline, "the DAG cannot be triggered", lambda: airflow.trigger(run))
    print(f"triggered {run}", flush=True)
    deadline = time.monotonic() + seconds
    try:
        until(deadline, "it has not finished", lambda: airflow.has_finished(run))
    except UnknownError as error:
        print(f"after {seconds} s {error}")
    deadline = time.monotonic() + seconds
    return until(deadline, "Airflow's API does not answer", lambda: airflow.outcome(run))


def main() -> int:
    """Run the test with what the environment says, and return the exit code."""
    reports = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    airflow = Airflow(reports.rstrip("/").removesuffix("/execution"))
    executors = frozenset(os.environ["AIRFLOW__CORE__EXECUTOR"].split(","))
    password = Path(os.environ["SMOKE_TEST_PASSWORD_FILE"]).read_text("utf-8")
    seconds = int(os.environ["SMOKE_TEST_SECONDS"])
    try:
        wait_for(airflow, password, executors, seconds)
        outcome = run_dag(airflow, seconds, socket.gethostname())
    except UnknownError as error:
        verdict = Verdict(UNKNOWN, f"unknown: {error}")
    else:
        print(table(outcome))
        verdict = judge(outcome)
    print(verdict.text)
    return verdict.code


if __name__ == "__main__":
    sys.exit(main())
