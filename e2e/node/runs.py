"""Runs of the DAGs of `e2e.node.dags`, as the claims begin them and judge them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.node.trees import EXECUTORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from e2e.node.airflow import Airflow

_SECONDS = 300


def on_each(executor: str) -> list[str]:
    """The tasks of `proof` and of `patient` that are one for each executor of Airflow."""
    return [f"on_{name}" for name in EXECUTORS[executor]]


def success(executor: str) -> dict[str, str]:
    """The states of the tasks of `proof`, by their names, when it has succeeded."""
    return dict.fromkeys(["start", *on_each(executor)], "success")


def assert_logs(airflow: Airflow, executor: str, run: str) -> None:
    """The API reads what the tasks of a run of `proof` have said, on each executor."""
    for task in on_each(executor):
        log = airflow.log("proof", run, task)
        assert "worked 42" in log, f"{task}: {log!r}"


def begin_patient(airflow: Airflow, tasks: Iterable[str], seconds: float) -> str:
    """Start a run of `patient`, whose tasks take `seconds`, and wait until some are at work."""
    airflow.wait_for_dag("patient", _SECONDS)
    run = airflow.trigger("patient", seconds=seconds)
    for task in tasks:
        airflow.wait_for_log("patient", run, task, "begun 1", seconds=_SECONDS)
    return run
