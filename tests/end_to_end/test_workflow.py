"""The double of a service of workflows runs scripts as the service does, and knows its bounds."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from e2e.builder import Ran
from e2e.workflow import FailedError, Service

_WORKFLOW = """
on: {push: null, pull_request: null}
env: {COMMON: common}
jobs:
  first:
    runs-on: ubuntu-latest
    outputs: {made: "${{ steps.make.outputs.made }}"}
    steps:
    - uses: actions/checkout@v4
      with: {path: here, token: "${{ secrets.TOKEN }}"}
    - run: echo "$COMMON $GITHUB_SHA $(cat token)"
      working-directory: here
    - if: github.event_name == 'push'
      id: make
      run: |
        echo "made=$OWN=$OWN" >> "$GITHUB_OUTPUT"
      env: {OWN: "${{ secrets.TOKEN }}"}
  second:
    if: github.event_name == 'push'
    needs: first
    runs-on: ubuntu-latest
    steps:
    - run: echo "[$MADE][$NONE]"
      env: {MADE: "${{ needs.first.outputs.made }}", NONE: "${{ secrets.OTHER }}"}
"""


def _checkout(inputs: Mapping[str, str], place: Path) -> None:
    (place / inputs["path"]).mkdir()
    (place / inputs["path"] / "token").write_text(inputs["token"])


def _run(argv: list[str], place: Path, variables: Mapping[str, str]) -> Ran:
    environment = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(
        argv, cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def _printed(directory: Path, event: str, text: str = _WORKFLOW) -> list[str]:
    service = Service(directory, event, "c0ffee", {"TOKEN": "t0ken"}, _checkout, _run)
    return [ran.stdout for ran in service.play(yaml.safe_load(text))]


def test_jobs_give_each_other_what_they_say(tmp_path: Path) -> None:
    printed = _printed(tmp_path, "push")
    assert printed == ["common c0ffee t0ken\n", "", "[t0ken=t0ken][]\n"]


def test_what_has_a_condition_waits_for_it(tmp_path: Path) -> None:
    assert _printed(tmp_path, "pull_request") == ["common c0ffee t0ken\n"]


def test_nothing_follows_a_line_that_fails(tmp_path: Path) -> None:
    text = _WORKFLOW.replace("        echo", "        false\n        touch ../late\n        echo")
    with pytest.raises(FailedError, match="code 1"):
        _printed(tmp_path, "push", text)
    assert not (tmp_path / "late").exists()
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("working-directory: here", "shell: python"),
        ("runs-on: ubuntu-latest\n    outputs", "container: busybox\n    outputs"),
        ("actions/checkout@v4", "actions/cache@v4"),
        ("if: github.event_name == 'push'", "if: always()"),
        ("on: {push: null, ", "on: {"),
    ],
)
def test_what_it_does_not_know_is_an_error(there: str, here: str, tmp_path: Path) -> None:
    assert there in _WORKFLOW
    with pytest.raises(AssertionError):
        _printed(tmp_path, "push", _WORKFLOW.replace(there, here))
