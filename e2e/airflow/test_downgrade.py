"""The recipe that takes the database back, and what an older Airflow says of a newer database."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
import yaml

from e2e.airflow.program import VERSION, Airflow, installed
from e2e.conftest import short_failure
from renderer.errors import ToolError

_ROOT = Path(__file__).parents[2]
_RECIPE = _ROOT / "base" / "recipes" / "downgrade-database.yaml"
_PAGE = (_ROOT / "docs" / "operations.md").read_text("utf-8")
_OF_3_2 = "1d6611b6ab7c"  # the last step of Airflow 3.2's schema
_UNKNOWN = "ffffffffffff"  # a step that no Airflow knows yet


@pytest.fixture
def airflow(tmp_path: Path) -> Airflow:
    """Airflow with a database that is as new as itself."""
    with short_failure():
        program = installed(tmp_path)
        program.run(["airflow", "db", "migrate"], {})
    return program


def _revision(airflow: Airflow, new: str | None = None) -> str:
    """The step that the database is at; or it is told to be at another one."""
    file = airflow.home / "airflow.db"
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        if new:
            database.execute("UPDATE alembic_version SET version_num = ?", [new])
        ((found,),) = database.execute("SELECT version_num FROM alembic_version")
    return str(found)


def _carry_out_recipe(airflow: Airflow) -> None:
    (container,) = yaml.safe_load(_RECIPE.read_text())["spec"]["template"]["spec"]["containers"]
    assert container["image"].partition(":")[2] == VERSION.split()[1]
    programs = airflow.run(["python", "-c", "import sys; print(sys.prefix)"], {}).strip()
    environment = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    environment["PATH"] = f"{programs}/bin:/usr/bin:/bin"
    airflow.run(["/usr/bin/env", *container["args"]], environment)


@pytest.mark.proves("the database goes back to the version before, and up again", VERSION)
def test_down_and_up(airflow: Airflow) -> None:
    newest = _revision(airflow)
    _carry_out_recipe(airflow)
    assert _revision(airflow) == _OF_3_2
    airflow.run(["airflow", "db", "migrate"], {})
    assert _revision(airflow) == newest


@pytest.mark.proves("an Airflow that is older than its database says so and does nothing", VERSION)
def test_a_bare_revert(airflow: Airflow) -> None:
    newest = _revision(airflow)
    _revision(airflow, _UNKNOWN)
    says = f"Can't locate revision identified by '{_UNKNOWN}'"
    with pytest.raises(ToolError, match=says):
        airflow.run(["airflow", "db", "migrate"], {})
    assert _revision(airflow) == _UNKNOWN
    waits = f"Head(s) in DB: {{'{_UNKNOWN}'}} | Migration Head(s) in Source Code: {{'{newest}'}}"
    with pytest.raises(ToolError) as failed:
        airflow.run(["airflow", "db", "check-migrations", "--migration-wait-timeout=1"], {})
    assert waits in str(failed.value)
    for words in (says.partition("'ff")[0], "There are still unapplied migrations after"):
        assert words in _PAGE
