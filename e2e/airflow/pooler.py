"""A PostgreSQL, and before it the PgBouncer of a tree, as it is configured there."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.node import debian
from e2e.node.kept import command
from e2e.programs import Programs, free_ports
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

NAME, PASSWORD = "airflow", "5eed"  # of the user, who is also the database
_DEBIAN = Path("/usr/lib/postgresql")  # the programs of each version, which are not on PATH


@contextlib.contextmanager
def running(files: Mapping[str, str]) -> Generator[dict[str, str]]:
    """Both programs, with PgBouncer's files but for addresses, ports and places.

    Gives URLs by the keys of the Secret `airflow-database`. Raises `ToolError` where one of the
    programs cannot be had or does not start.
    """
    postgres, pgbouncer = _postgres(), debian.unpacked(("pgbouncer",))
    with Programs() as programs:
        programs.directory.chmod(0o711)  # neither program runs as root
        home = programs.directory / "home"
        shutil.copytree(pgbouncer / "usr", home)
        database, pooler = free_ports(2)
        (home / "password").write_text(PASSWORD)
        for name, text in files.items():
            (home / name).write_text(_here(text, home, database, pooler))
        (home / "userlist.txt").write_text(f'"{NAME}" "{PASSWORD}"\n')
        if os.geteuid() == 0:
            shutil.chown(home, "nobody")
        _initialise(postgres, home)
        argv = (postgres / "postgres", "-D", home / "data", "-p", str(database), "-k", "")
        programs.start("postgres", [*_nobody(), *argv])
        programs.wait_for("database", lambda: _answers(database))
        libraries = ":".join(str(one) for one in (home / "lib").glob("*-linux-gnu"))
        program = (home / "sbin" / "pgbouncer", home / "pgbouncer.ini")
        programs.start("pgbouncer", [*_nobody(), *program], LD_LIBRARY_PATH=libraries)
        programs.wait_for("pooler", lambda: _answers(pooler))
        yield {
            "connection": _url("psycopg2", database),
            "connection-async": _url("asyncpg", database),
            "connection-pooled": _url("psycopg2", pooler),
        }


def _url(driver: str, port: int) -> str:
    return f"postgresql+{driver}://{NAME}:{PASSWORD}@127.0.0.1:{port}/{NAME}"


def _postgres() -> Path:
    """The directory of PostgreSQL's programs; raises `ToolError` where there is none."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"))
    program = found[-1] if found else shutil.which("initdb")
    if program is None:
        raise ToolError("there is no PostgreSQL here", hint="apt-get install postgresql")
    return Path(program).parent


def _here(text: str, home: Path, database: int, pooler: int) -> str:
    """PgBouncer's configuration with what is here in the place of what is in a cluster."""
    for there, here in {
        "listen_addr = *": "listen_addr = 127.0.0.1",
        "listen_port = 6432": f"listen_port = {pooler}",
        "host=airflow-postgres port=5432": f"host=127.0.0.1 port={database}",
        "/etc/pgbouncer-users/": f"{home}/",
        "/etc/pgbouncer/": f"{home}/",
    }.items():
        text = text.replace(there, here)
    return text


def _initialise(postgres: Path, home: Path) -> None:
    data = home / "data"
    flags = ("--auth=scram-sha-256", f"--username={NAME}", "--encoding=UTF8", "--no-sync")
    _run(home, (postgres / "initdb", "-D", data, f"--pwfile={home / 'password'}", *flags))
    statement = f"CREATE DATABASE {NAME}\n"
    _run(home, (postgres / "postgres", "--single", "-D", data, "postgres"), statement)


def _run(home: Path, argv: tuple[str | Path, ...], stdin: str = "") -> None:
    done = subprocess.run(
        [*_nobody(), *argv], cwd=home, input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolError(f"{argv[0]} failed: {done.stderr.strip()}")


def _nobody() -> tuple[str, ...]:
    return (command("runuser"), "-u", "nobody", "--") if os.geteuid() == 0 else ()


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
