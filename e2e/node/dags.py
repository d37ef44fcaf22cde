"""The DAGs that claims are tried with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# One task that the scheduler alone ends, and one for each executor.
_PROOF = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task

with DAG("proof", is_paused_upon_creation=False):
    start = EmptyOperator(task_id="start")
    for executor in {executors}:

        @task(task_id=f"on_{{executor}}", executor=executor)
        def work():
            print("worked", 6 * 7)

        start >> work()
"""

# Tasks that take as long as a run says, for each executor: each tries again once.
_PATIENT = """
import datetime
import time

from airflow.sdk import DAG, task

with DAG("patient", is_paused_upon_creation=False, params={{"seconds": 60}}):
    for executor in {executors}:

        @task(
            task_id=f"on_{{executor}}",
            executor=executor,
            retries=1,
            retry_delay=datetime.timedelta(seconds=5),
        )
        def wait(params, ti):
            print("begun", ti.try_number, flush=True)
            time.sleep(params["seconds"])
            print("ended", flush=True)

        wait()
"""

# A task that waits where triggers run.
_DEFERRED = """
import datetime

from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG

with DAG("deferred", is_paused_upon_creation=False):
    TimeDeltaSensor(task_id="wait", delta=datetime.timedelta(seconds=60), deferrable=True)
"""

_SMALL = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("{name}", is_paused_upon_creation=False):
    EmptyOperator(task_id="{task}")
"""


def small(name: str, task: str) -> str:
    """The text of a DAG with one task, which the scheduler alone ends."""
    return _SMALL.format(name=name, task=task)


def files(executors: Iterable[str]) -> dict[str, str]:
    """Those of the first commit: their texts by path, for an Airflow with these executors."""
    texts = {"proof": _PROOF, "patient": _PATIENT, "deferred": _DEFERRED}
    return {
        f"dags/{name}.py": text.format(executors=tuple(executors)) for name, text in texts.items()
    }
