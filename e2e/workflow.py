"""Runs a workflow of GitHub: its scripts as they stand there, with bash, as the service does.

Only what the templates of this repository use is known, and anything else is an error:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from e2e.builder import Ran

_EXPRESSION = re.compile(r"\$\{\{ (\S+) \}\}")
_CONDITION = re.compile(r"(\S+) == '(\S+)'")
_JOB = {"if", "needs", "outputs", "runs-on", "steps"}
_STEP = {"env", "id", "if", "run", "uses", "with", "working-directory"}
_CHECKOUT = "actions/checkout@v4"


class FailedError(Exception):
    """A script ended with another code than 0: what it said."""

    def __init__(self, ran: Ran) -> None:
        super().__init__(f"code {ran.returncode}: {ran.stdout}{ran.stderr}")
        self.ran = ran


class Service(NamedTuple):
    """What a workflow gets from outside of itself.

    `checkout` is called for `actions/checkout`, with its inputs and the directory of the job; `run`
    runs a program in a directory with variables. `directory` gets one for each job.
    """

    directory: Path
    event: str
    commit: str
    secrets: Mapping[str, str]
    checkout: Callable[[Mapping[str, str], Path], None]
    run: Callable[[list[str], Path, Mapping[str, str]], Ran]

    def play(self, workflow: Mapping[Any, Any]) -> list[Ran]:
        """Run its jobs, in the order that they have there; gives each script's end.

        Raises `FailedError` for the first script that fails.
        """
        assert self.event in workflow[True]  # as YAML 1.1 reads `on`
        known = {"github.event_name": self.event}
        known |= {f"secrets.{name}": value for name, value in self.secrets.items()}
        ends: list[Ran] = []
        for name, job in workflow["jobs"].items():
            assert job.keys() <= _JOB, job
            if not _holds(job, known):
                continue
            place = self.directory / name
            place.mkdir()
            inside = dict(known)
            for step in job["steps"]:
                assert step.keys() <= _STEP, step
                if _holds(step, inside):
                    ends += self._step(step, place, inside, workflow.get("env", {}))
            for key, value in job.get("outputs", {}).items():
                known[f"needs.{name}.outputs.{key}"] = _filled(value, inside)
        return ends

    def _step(
        self, step: Mapping[str, Any], place: Path, known: dict[str, str], env: Mapping[str, str]
    ) -> list[Ran]:
        if "run" not in step:
            assert step["uses"] == _CHECKOUT, step
            inputs = step.get("with", {})
            self.checkout({key: _filled(value, known) for key, value in inputs.items()}, place)
            return []
        script, output = place.with_suffix(".sh"), place.with_suffix(".output")
        script.write_text(step["run"])
        output.write_text("")
        own = {key: _filled(value, known) for key, value in step.get("env", {}).items()}
        variables = {
            **env,
            **own,
            "GITHUB_SHA": self.commit,
            "GITHUB_OUTPUT": str(output),
            "RUNNER_TEMP": str(self.directory),
        }
        where = place / step.get("working-directory", ".")
        ran = self.run(["bash", "-e", str(script)], where, variables)
        if ran.returncode:
            raise FailedError(ran)
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            known[f"steps.{step['id']}.outputs.{key}"] = value
        return [ran]


def _holds(conditional: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    if "if" not in conditional:
        return True
    found = _CONDITION.fullmatch(conditional["if"])
    assert found, conditional
    return known[found[1]] == found[2]


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with the values of its expressions; what is not there is empty, as on the service."""
    return _EXPRESSION.sub(lambda found: known.get(found[1], ""), text)
