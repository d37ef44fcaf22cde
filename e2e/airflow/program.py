"""The Airflow that `make test-airflow` installs, as a program that a test asks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

_ROOT = Path(__file__).parents[2]
_BIN = _ROOT / ".venv" / "airflow" / "bin"
_ASKED = Path(__file__).with_name("asked.py")
_MOST_SECONDS = 300
_PINNED = re.compile(r"^apache-airflow==(\S+)", re.MULTILINE)
VERSION = f"Airflow {_PINNED.findall((_ROOT / 'requirements' / 'airflow.in').read_text())[0]}"
"""What is installed, as the table of what was proven calls it."""


class Question(NamedTuple):
    """What a program of Airflow sees, and the commands that are run so.

    A value that only a Secret has is None.
    """

    environment: Mapping[str, str | None]
    commands: Sequence[Sequence[str]] = ()


class Airflow(NamedTuple):
    """Airflow with a home of its own, and with nothing from the environment of the tests."""

    home: Path

    def problems(self, questions: Sequence[Question]) -> list[list[str]]:
        """What is wrong with each, in Airflow's words."""
        asked = json.dumps([question._asdict() for question in questions])
        answer: list[list[str]] = json.loads(self.run(["python", "-I", str(_ASKED)], {}, asked))
        return answer

    def run(self, argv: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> str:
        """What a program of its environment prints; a failure is an error with its last lines."""
        done = subprocess.run(
            [_BIN / argv[0], *argv[1:]],
            input=stdin,
            env=self._environment(environment),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
        )
        if done.returncode:
            last = "\n".join([*done.stdout.splitlines()[-5:], *done.stderr.splitlines()[-10:]])
            raise ToolError(f"{' '.join(argv)} failed: {last}")
        return done.stdout

    @contextlib.contextmanager
    def running(self, argv: Sequence[str], environment: Mapping[str, str]) -> Generator[None]:
        """A program of its environment runs as long as the block does."""
        with subprocess.Popen(
            [_BIN / argv[0], *argv[1:]],
            env=self._environment(environment),
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as program:
            try:
                yield
            finally:
                program.terminate()

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        database = f"sqlite:///{self.home / 'airflow.db'}"
        return {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW_CONFIG": os.devnull,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            **more,
        }


def installed(home: Path) -> Airflow:
    """Airflow as it was installed.

    Raises `ToolError` where it was not.
    """
    if not (_BIN / "airflow").exists():
        raise ToolError("Airflow is not installed here", hint="run `make test-airflow`")
    return Airflow(home)
