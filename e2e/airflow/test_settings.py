"""Every setting, connection and command in every tree is one that Airflow knows and can read."""

from __future__ import annotations

import pytest

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow, Question
from e2e.trees import CLUSTERS, ROOT


@pytest.mark.proves("Airflow knows every setting, connection and command in a tree", VERSION)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_airflow_knows_what_a_tree_sets_and_runs(airflow: Airflow, cluster: str) -> None:
    containers = pods.read(ROOT / "clusters" / cluster).containers()
    assert {one.image.partition(":")[2] for one in containers} == {VERSION.split()[1]}
    assert {"scheduler", "api-server", "migrate"} <= {one.where.split()[-1] for one in containers}
    asked = {
        one.where: Question(environment=one.environment, commands=one.commands)
        for one in containers
    }
    assert any(len(question.environment) > 10 for question in asked.values())
    assert answers(airflow, asked) == {}


WRONG = {
    "Airflow knows no such setting": {"AIRFLOW__CORE__PARALELISM": "3"},
    "AIRFLOW__WEBSERVER__BASE_URL: Airflow knows no such setting": {
        "AIRFLOW__WEBSERVER__BASE_URL": "http://airflow.example.com"  # of Airflow 2
    },
    "AIRFLOW__CORE__PARALLELISM_CMD: Airflow knows no such setting": {
        "AIRFLOW__CORE__PARALLELISM_CMD": "echo 3"  # only secret settings have a command
    },
    "Failed to convert value to int": {"AIRFLOW__CORE__PARALLELISM": "many"},
    "Failed to convert value to bool": {"AIRFLOW__CORE__LOAD_EXAMPLES": "perhaps"},
    "AIRFLOW__CORE__HOSTNAME_CALLABLE": {"AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow.no.such"},
    "Possible values: CRITICAL": {"AIRFLOW__LOGGING__LOGGING_LEVEL": "LOUD"},
    "'localhost:8080' is no URL with a host": {"AIRFLOW__API__BASE_URL": "localhost:8080"},
    "AIRFLOW__CORE__EXECUTOR: ": {"AIRFLOW__CORE__EXECUTOR": "KubernetsExecutor"},
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST: Expecting": {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": "[{]"
    },
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST: Module": {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": (
            '[{"name": "a", "classpath": "airflow.dag_processing.bundles.local.Missing"}]'
        )
    },
    "have no field 'in_clster'": {
        "AIRFLOW_CONN_A": '{"conn_type": "kubernetes", "extra": {"in_clster": true}}'
    },
    "have no field 'known_host_file'": {
        "AIRFLOW_CONN_A": '{"conn_type": "git", "extra": {"known_host_file": "a"}}'
    },
    "no provider has the connection type 'kubernets'": {
        "AIRFLOW_CONN_A": '{"conn_type": "kubernets"}'
    },
    "AIRFLOW_CONN_A: JSONDecodeError": {"AIRFLOW_CONN_A": '{"conn_type": "kubernetes"'},
}
WRONG_COMMANDS = {
    "invalid choice: 'shceduler'": ["airflow", "shceduler"],
    "unrecognized arguments: --retries": ["airflow", "db", "check", "--retries=3"],
}


@pytest.mark.proves("a setting, connection or command that Airflow does not know is seen", VERSION)
def test_what_is_wrong_is_seen(airflow: Airflow) -> None:
    asked = {problem: Question(environment) for problem, environment in WRONG.items()}
    asked |= {problem: Question({}, [argv]) for problem, argv in WRONG_COMMANDS.items()}
    found = answers(airflow, asked)
    assert found.keys() == asked.keys()
    for problem, said in found.items():
        assert problem in "\n".join(said)


@pytest.mark.proves("a setting whose value is in a Secret is judged by its name", VERSION)
def test_a_value_that_a_secret_has_is_judged_by_its_name(airflow: Airflow) -> None:
    names = {"AIRFLOW__CORE__FERNET_KEY": None, "AIRFLOW__CORE__FERNET_KEYS": None}
    assert answers(airflow, {"": Question(names)}) == {
        "": ["AIRFLOW__CORE__FERNET_KEYS: Airflow knows no such setting"]
    }


def answers(airflow: Airflow, asked: dict[str, Question]) -> dict[str, list[str]]:
    """The problems of those that have some; what several ask alike is asked once."""
    different: list[Question] = []
    for question in asked.values():
        if question not in different:
            different.append(question)
    problems = airflow.problems(different)
    found = {label: problems[different.index(one)] for label, one in asked.items()}
    return {label: said for label, said in found.items() if said}
