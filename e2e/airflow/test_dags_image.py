"""The gate of images/airflow-dags lets in DAG files that Airflow can import, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.airflow.program import VERSION, Airflow
from renderer.errors import ToolError

_GATE = Path(__file__).parents[2] / "images" / "airflow-dags" / "check_dags.py"
_GOOD = """
from airflow.sdk import dag, task
@dag
def good():
    @task
    def one(): pass
    one()
good()
"""
_REFUSED = {
    "no module": ("import no_such_module  # airflow dag", "No module named 'no_such_module'"),
    "no syntax": ("def dag(airflow:", "SyntaxError"),
    "a variable while it is read": (
        "from airflow.sdk import Variable, dag\nVariable.get('none')",
        "bad.py: ",
    ),
    "no DAG at all": ("# airflow dag", "no DAG at all: no DAG; a file of DAGs has the words"),
}


def _gate(airflow: Airflow, directory: Path) -> str:
    return airflow.run(["python", "-I", str(_GATE), str(directory)], {})


@pytest.mark.proves("an image is made of DAG files that can be imported, and of no others", VERSION)
def test_the_gate(airflow: Airflow, tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.mkdir()
    (good / "good.py").write_text(_GOOD)
    assert "1 DAGs, 0 files that cannot be imported" in _gate(airflow, good)
    for name, (text, reason) in _REFUSED.items():
        directory = tmp_path / name
        directory.mkdir()
        if name != "no DAG at all":
            (directory / "good.py").write_text(_GOOD)
        (directory / "bad.py").write_text(text)
        with pytest.raises(ToolError) as refused:
            _gate(airflow, directory)
        assert reason in refused.value.message
