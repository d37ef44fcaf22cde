"""Airflow brings the DAGs of dags-bundle with what a tree sets, and a run keeps its commit."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import sqlite3
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from components.stacks import write_clusters
from support import Repository

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from e2e.upstream import commit_all, git_handler, init, serving
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

_BUNDLED = Path(__file__).with_name("bundled.py")
_COMPONENTS = (
    "executor-celery-kubernetes broker-redis database-external results-redis logs-ephemeral"
    " dags-bundle smoke-test smoke-test-workers"
)
_READERS = ("dag-processor", "worker", "base")  # the last one is a task's
_SECRET = {"username": "airflow", "password": "1f0e"}
_DAG = """
from airflow.sdk import DAG, task
with DAG("counted", schedule=None, is_paused_upon_creation=False):
    @task
    def say():
        return {number}
    say()
"""


class Git:
    """A repository behind http, which wants a password; a work tree that can be written to."""

    def __init__(self, directory: Path) -> None:
        self.work_tree = directory / "dags"
        self.work_tree.mkdir(parents=True)
        init(self.work_tree)
        known = base64.b64encode(":".join(_SECRET.values()).encode()).decode()
        handler = git_handler(directory, lambda _: None, f"Basic {known}")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_port

    def commit(self, number: int) -> str:
        """Change the DAG, and give the commit's id."""
        file = self.work_tree / "dags" / "counted.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_DAG.format(number=number))
        return commit_all(self.work_tree, f"Say {number}")

    def serving(self) -> AbstractContextManager[None]:
        return serving(self._server)


class Reader(NamedTuple):
    """A container that reads DAGs, with the files of its Secret and a volume for clones."""

    airflow: Airflow
    environment: dict[str, str]
    secret: Path
    volume: Path

    def fresh(self) -> Reader:
        """The same in a new Pod, which has no clone yet."""
        volume = self.volume.with_name(f"{self.volume.name}-again")
        return self._replace(
            volume=volume,
            environment=_moved(self.environment, {str(self.volume): str(volume)}),
        )

    def bring(self, *arguments: str) -> dict[str, Any]:
        """What Airflow brings of the bundle `dags`, at a version if one is given."""
        argv = ["python", "-I", str(_BUNDLED), "dags", *arguments]
        found: dict[str, Any] = json.loads(self.airflow.run(argv, self.environment))
        return found


@pytest.fixture
def git(tmp_path: Path) -> Iterator[Git]:
    server = Git(tmp_path / "git")
    with server.serving():
        yield server


def _readers(airflow: Airflow, directory: Path, parameters: Mapping[str, Any]) -> dict[str, Reader]:
    """Those of a tree, by the name of their container; paths of volumes are others here."""
    repository = Repository(directory / "repository")
    repository.path.mkdir()
    write_clusters(repository, {"c": _COMPONENTS}, {"c": parameters})
    repository.render("clusters")
    tree = pods.read(repository.path / "clusters" / "c")
    found = {}
    for one in tree.containers():
        name = one.where.split()[-1]
        if name in _READERS and "smoke" not in one.where:
            secret, volume = directory / name / "secret", directory / name / "bundles"
            secret.mkdir(parents=True)
            told = {key: value for key, value in one.environment.items() if value is not None}
            places = {"/etc/git-secret": str(secret), "/opt/airflow/bundles": str(volume)}
            found[name] = Reader(airflow, _moved(told, places), secret, volume)
    assert found.keys() == {*_READERS}
    return found


def _moved(environment: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    found = dict(environment)
    for name in environment:
        for place, other in places.items():
            found[name] = found[name].replace(place, other)
    return found


@pytest.mark.proves("who reads DAGs brings them from git with what its tree sets", VERSION)
@pytest.mark.parametrize("name", _READERS)
def test_who_reads_dags_brings_them(airflow: Airflow, git: Git, tmp_path: Path, name: str) -> None:
    server = {"git.scheme": "http", "git.host": "127.0.0.1", "git.port": git.port}
    reader = _readers(airflow, tmp_path, {**server, "git.path": "dags"})[name]
    first = git.commit(1)
    with pytest.raises(ToolError, match="Error cloning repository"):
        reader.bring()  # the server wants a password, and the Secret is not there yet
    for key, text in _SECRET.items():
        (reader.secret / key).write_text(text)
    assert reader.bring() == {"version": first, "dags": {"counted.py": _DAG.format(number=1)}}
    second = git.commit(2)
    assert reader.bring()["version"] == second
    for one in (reader, reader.fresh()):
        assert one.bring(first) == {
            "version": first,
            "dags": {"counted.py": _DAG.format(number=1)},
        }
    assert not [one for one in reader.volume.rglob("config") if "1f0e" in one.read_text()]


@pytest.mark.proves("a run keeps the commit that it began with", VERSION)
def test_a_run_keeps_its_commit(airflow: Airflow, git: Git, tmp_path: Path) -> None:
    server = {"git.scheme": "http", "git.host": "127.0.0.1", "git.port": git.port}
    reader = _readers(airflow, tmp_path, {**server, "git.path": "dags"})["dag-processor"]
    for key, text in _SECRET.items():
        (reader.secret / key).write_text(text)
    environment = {
        **reader.environment,
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    commits = []
    for number in (1, 2):
        commits.append(git.commit(number))
        airflow.run(["airflow", "dag-processor", "--num-runs=1"], environment)
        argv = ["airflow", "dags", "trigger", "counted", f"--run-id=run-{number}"]
        airflow.run(argv, environment)
    with contextlib.closing(sqlite3.connect(airflow.home / "airflow.db")) as database:
        runs = database.execute(
            "SELECT run_id, bundle_version FROM dag_run WHERE dag_id = 'counted' ORDER BY run_id"
        ).fetchall()
    assert runs == [("run-1", commits[0]), ("run-2", commits[1])]


_SSH = """#!/bin/sh
{ssh} -G "$@" > {said} 2>&1
exec sh -c "$(eval "echo \\"\\${{$#}}\\"")"
"""


@pytest.mark.proves("a git server that is not known is not spoken to by ssh", VERSION)
def test_ssh_has_the_key_and_knows_its_server(airflow: Airflow, git: Git, tmp_path: Path) -> None:
    """OpenSSH says what it makes of its arguments; who is asked instead of a server is git here."""
    server = {"git.scheme": "ssh", "git.host": "git@git.example.com", "git.port": 7999}
    path = str(git.work_tree).lstrip("/")
    reader = _readers(airflow, tmp_path, {**server, "git.path": path})["dag-processor"]
    said, program = tmp_path / "said", tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    ssh = shutil.which("ssh")
    if ssh is None:
        pytest.skip("OpenSSH's client is not installed")
    program.write_text(_SSH.format(ssh=ssh, said=said))
    program.chmod(0o755)
    (reader.secret / "ssh").touch()  # ssh names a key that is there
    first = git.commit(1)
    reader.environment["PATH"] = f"{program.parent}:/usr/bin:/bin"
    assert reader.bring()["version"] == first
    options = {tuple(line.split(" ", 1)) for line in said.read_text().splitlines()}
    wanted = {
        "hostname": "git.example.com",
        "user": "git",
        "port": "7999",
        "identityfile": str(reader.secret / "ssh"),
        "identitiesonly": "yes",
        "stricthostkeychecking": "true",
        "userknownhostsfile": str(reader.secret / "known_hosts"),
    }
    assert {*wanted.items()} <= options
