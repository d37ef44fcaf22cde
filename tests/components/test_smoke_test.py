"""The smoke test's table of symptoms, line by line, and what it asks of Airflow's API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.loading import load

_RBAC = (
    'pods is forbidden: User "system:serviceaccount:airflow:airflow-scheduler" cannot create'
    ' resource "pods" in API group "" in the namespace "default"'
)
_REFUSED = (403, _RBAC)
_ADMISSION = (403, 'pods "smoke-test" is forbidden: violates PodSecurity "restricted:latest"')
_UNREACHABLE = (None, "MaxRetryError: connection refused")


judge = load("components/smoke-test/judge.py")


def _outcome(states: str, answer: tuple[int | None, str] | None, executors: str = "Local") -> Any:
    """States in the order of the DAG, one letter each: success, failed, upstream, - for none."""
    names = [
        "scheduler",
        *(f"executor-{name}Executor" for name in executors.split()),
        "pod-in-airflow-workers",
        "pod-in-default",
    ]
    words = {"s": "success", "f": "failed", "u": "upstream_failed", "q": "queued", "-": None}
    return judge.Outcome(
        {name: words[letter] for name, letter in zip(names, states, strict=True)},
        answer and judge.Answer(*answer),
    )


_TABLE = [
    # none ran
    ("----", None, "Local", 4, "the scheduler is unhappy"),
    ("q---", None, "Local", 4, "the scheduler is unhappy"),
    # only the first
    ("sq--", None, "Local", 5, "nothing runs by LocalExecutor"),
    ("sfuu", None, "Local", 5, "nothing runs by LocalExecutor"),
    ("sqs--", None, "Celery Kubernetes", 5, "nothing runs by CeleryExecutor:"),
    ("ssfuu", None, "Celery Kubernetes", 5, "nothing runs by KubernetesExecutor:"),
    ("sqq--", None, "Celery Kubernetes", 5, "nothing runs by CeleryExecutor and Kubernetes"),
    # the first and the executor's
    ("ssff", _UNREACHABLE, "Local", 6, "cannot reach the Kubernetes API"),
    ("sssff", _UNREACHABLE, "Celery Kubernetes", 6, "cannot reach the Kubernetes API"),
    # all but the last
    ("sssf", _REFUSED, "Local", 0, "correct"),
    ("ssssf", _REFUSED, "Celery Kubernetes", 0, "correct"),
    # all
    ("ssss", (201, "created"), "Local", 7, "permissions are too broad"),
    ("sssss", (201, "created"), "Celery Kubernetes", 7, "permissions are too broad"),
    ("ssfs", (201, "created"), "Local", 7, "permissions are too broad"),
    ("sssf", (201, "created"), "Local", 7, "permissions are too broad"),
    # only RBAC's own refusal counts
    ("sssf", _ADMISSION, "Local", 3, "not refused for want of a permission"),
    ("sssf", (403, "pods is forbidden: exceeded quota"), "Local", 3, "not refused for want"),
    ("sssf", (401, "Unauthorized"), "Local", 3, "not refused for want"),
    ("sssf", (500, f"etcdserver: {_RBAC}"), "Local", 3, "not refused for want"),
    ("sssf", (403, 'User "x" cannot list resource "pods"'), "Local", 3, "not refused for want"),
    ("sssf", _UNREACHABLE, "Local", 3, "not refused for want"),
    ("sssf", None, "Local", 3, "pod-in-default is failed"),
    ("sss-", None, "Local", 3, "pod-in-default is not started"),
    ("ssfq", None, "Local", 3, "pod-in-default is queued"),
    ("ssff", _REFUSED, "Local", 3, "no Pod ran in airflow-workers"),
    ("ssqf", _REFUSED, "Local", 3, "no Pod ran in airflow-workers"),
    # a DAG that is not ours
    ("sss", _REFUSED, "", 3, "no task for an executor"),
]


@pytest.mark.parametrize(("states", "answer", "executors", "code", "text"), _TABLE)
def test_what_an_outcome_means(
    states: str, answer: tuple[int | None, str] | None, executors: str, code: int, text: str
) -> None:
    verdict = judge.judge(_outcome(states, answer, executors))
    assert verdict.code == code
    assert text in verdict.text


def test_a_run_of_which_nothing_is_known() -> None:
    assert judge.judge(judge.Outcome({}, None)).code == judge.NO_SCHEDULER


def test_the_table_has_every_task_and_the_answer() -> None:
    assert judge.table(_outcome("ss-f", _REFUSED)).splitlines() == [
        "scheduler                        success",
        "executor-LocalExecutor           success",
        "pod-in-airflow-workers           not started",
        "pod-in-default                   failed",
        f"  {_RBAC}",
    ]


class _Airflow(BaseHTTPRequestHandler):
    """An api-server below a sub-path that answers what the outcome in `stated` is."""

    stated: Any
    paused = False
    failures = 0
    runs: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/airflow/auth/token":
            right = body == {"username": "smoke-test", "password": "of this run"}
            return self._answer(*((201, {"access_token": "T"}) if right else (401, {})))
        run = body["dag_run_id"]
        if run in self.runs:
            return self._answer(409, {})
        self.runs.append(run)
        # The run is there, and nobody is told: asked again, there is one run.
        return self._answer(200 if type(self).failures == 0 else 502, {})

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer T":
            return self._answer(401, {})
        path = self.path.removeprefix("/airflow/api/v2/dags/smoke-test")
        if path == "" and type(self).failures:
            type(self).failures -= 1
            return self._answer(404, {})
        if path == "":
            return self._answer(200, {"is_paused": self.paused})
        if path == "/tasks":
            return self._answer(200, {"tasks": [{"task_id": one} for one in self.stated.states]})
        if path.endswith("/xcomEntries/answer"):
            answer = self.stated.answer
            return self._answer(*((200, {"value": answer._asdict()}) if answer else (404, {})))
        if path.endswith("/taskInstances"):
            tasks = [
                {"task_id": task, "state": state} for task, state in self.stated.states.items()
            ]
            return self._answer(200, {"task_instances": tasks})
        finished = None not in self.stated.states.values()
        return self._answer(200, {"state": "failed" if finished else "running"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing: what a test prints is the Job's."""


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Airflow]]:
    """The api-server and the environment of the Job; nobody waits between two questions."""

    class Handler(_Airflow):
        runs: list[str] = []  # noqa: RUF012 - of this class alone

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    password = tmp_path / "password"
    password.write_text("of this run")
    monkeypatch.setenv("SMOKE_TEST_PASSWORD_FILE", str(password))
    monkeypatch.setenv("SMOKE_TEST_SECONDS", "1")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    url = f"http://127.0.0.1:{server.server_port}/airflow/execution/"
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", url)
    monkeypatch.setattr(judge, "PAUSE", 0.01)
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("states", "answer", "code"),
    [("sssf", _REFUSED, 0), ("ssff", _UNREACHABLE, 6), ("----", None, 4)],
)
def test_the_job(
    airflow: type[_Airflow],
    capsys: pytest.CaptureFixture[str],
    states: str,
    answer: tuple[int | None, str] | None,
    code: int,
) -> None:
    airflow.stated = _outcome(states, answer)
    assert judge.main() == code
    printed = capsys.readouterr().out
    assert judge.table(airflow.stated) in printed
    assert printed.endswith(judge.judge(airflow.stated).text + "\n")
    assert "of this run" not in printed


def test_an_api_that_fails_for_a_while(airflow: type[_Airflow]) -> None:
    airflow.stated, airflow.failures = _outcome("sssf", _REFUSED), 3
    assert judge.main() == judge.CORRECT
    assert len(airflow.runs) == 1


def test_a_paused_dag(airflow: type[_Airflow], capsys: pytest.CaptureFixture[str]) -> None:
    airflow.stated, airflow.paused = _outcome("sssf", _REFUSED), True
    assert judge.main() == judge.UNKNOWN
    assert capsys.readouterr().out == "unknown: the DAG smoke-test is paused\n"


def test_the_dag_of_another_executor(
    airflow: type[_Airflow], capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.stated = _outcome("sssf", _REFUSED, "Celery")
    assert judge.main() == judge.UNKNOWN
    assert "Airflow has no DAG smoke-test for LocalExecutor: look at" in capsys.readouterr().out
    assert not airflow.runs


def test_no_airflow(
    airflow: type[_Airflow], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://127.0.0.1:9/execution/")
    assert judge.main() == judge.UNKNOWN
    assert "nobody can log in to Airflow: URLError" in capsys.readouterr().out
    assert not airflow.runs
