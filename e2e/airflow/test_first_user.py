"""The Job of first-user makes an administrator by Airflow's own command, and only once."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from components.stacks import rendered
from support import Repository

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPONENTS = "executor-kubernetes database-external logs-ephemeral dags-image first-user"
_CHECK = (
    "import sys; from werkzeug.security import check_password_hash as check;"
    " print(check(*sys.argv[1:]))"
)
_ASK = """
SELECT ab_role.name, ab_user.password FROM ab_user
JOIN ab_user_role ON ab_user_role.user_id = ab_user.id
JOIN ab_role ON ab_role.id = ab_user_role.role_id
WHERE ab_user.username = 'ada'
"""


@pytest.fixture
def run_job(airflow: Airflow, tmp_path: Path) -> Callable[[str], str]:
    """What the Job says with this password in its Secret."""
    repository = Repository(tmp_path / "repository")
    repository.path.mkdir()
    rendered(repository, _COMPONENTS, {"firstUser.name": "ada"})
    job = pods.read(repository.path / "clusters" / "c").container("create-user")
    (argv,) = job.commands
    secret = tmp_path / "password"
    programs = airflow.run(["python", "-c", "import sys; print(sys.prefix)"], {}).strip()
    environment = {name: value for name, value in job.environment.items() if value is not None}
    environment["PATH"] = f"{programs}/bin:/usr/bin:/bin"

    def run(password: str) -> str:
        secret.write_text(password)
        here = [word.replace("/etc/first-user/password", str(secret)) for word in argv]
        # As in a Pod, there is no terminal.
        return airflow.run(["/usr/bin/setsid", "--wait", *here], environment)

    return run


def _users(airflow: Airflow) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(airflow.home / "airflow.db")) as database:
        return database.execute(_ASK).fetchall()


@pytest.mark.proves("the first user is an administrator with the password of a Secret", VERSION)
def test_it_is_made_once(airflow: Airflow, run_job: Callable[[str], str]) -> None:
    with pytest.raises(ToolError):
        run_job("")
    assert _users(airflow) == []
    assert 'User "ada" created with role "Admin"' in run_job("a 'quoted' $word\n")
    ((role, made),) = _users(airflow)
    assert role == "Admin"
    argv = ["python", "-c", _CHECK, made, "a 'quoted' $word"]
    assert airflow.run(argv, {}).strip() == "True"
    assert "ada already exists in the db" in run_job("another one")
    assert _users(airflow) == [(role, made)]
