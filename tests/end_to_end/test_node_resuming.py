"""What is proven is not tried again, and nothing that is not proven is passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from e2e.node import plan, results
from e2e.node.__main__ import prove
from e2e.node.results import FAILED, PROVEN, Result, Results

DONE = Results({"it works": Result(PROVEN, 3)}, {"a kill": 4})
BROKEN = Results({"it works": Result(FAILED, 3)})


class Machines:
    """Plays the machines: each tries files in order, up to one that fails or cannot be tried."""

    def __init__(self, failing: Iterable[str] = (), lost: Iterable[str] = ()) -> None:
        self.failing, self.lost = {*failing}, {*lost}
        self.tried: list[list[str]] = []

    def run(self, _: str, places: Mapping[str, Path]) -> None:
        self.tried.append([])
        for file, path in places.items():
            if file in self.lost:
                return
            self.tried[-1].append(file)
            results.write(path, BROKEN if file in self.failing else DONE)
            if file in self.failing:
                return


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / f"{name}.json" for name in "abcd"}


def test_what_is_proven_is_not_tried_again(places: dict[str, Path]) -> None:
    results.write(places["b"], DONE)
    first, second = Machines(), Machines()
    prove("local", places, first.run)
    assert first.tried == [["a", "c", "d"]]
    prove("local", places, second.run)
    assert second.tried == []


def test_a_failure_ends_a_machine_and_the_rest_gets_another(places: dict[str, Path]) -> None:
    machines = Machines(failing="b")
    prove("local", places, machines.run)
    assert machines.tried == [["a", "b"], ["c", "d"]]
    assert not results.all_proven({"local": results.of_places(places)})
    again = Machines()
    prove("local", places, again.run)
    assert again.tried == [["b"]]
    assert results.all_proven({"local": results.of_places(places)})


def test_what_failed_comes_last_and_a_machine_that_proves_nothing_is_the_last(
    places: dict[str, Path],
) -> None:
    results.write(places["a"], BROKEN)
    first, second = Machines(failing="ab"), Machines(failing="ab")
    prove("local", places, first.run)
    assert first.tried == [["b"]]
    prove("local", places, second.run)
    assert second.tried == [["a"]]


def test_after_an_interruption_the_rest_is_tried(places: dict[str, Path]) -> None:
    first = Machines(lost="c")
    prove("local", places, first.run)
    assert first.tried[0] == ["a", "b"]
    second = Machines()
    prove("local", places, second.run)
    assert second.tried == [["c", "d"]]


def test_another_source_is_another_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each is tried with: another place when it changes, the same when it does not."""
    claims = plan.planned("local", with_long=True)
    before = plan.places("local", claims)
    assert plan.places("local", claims) == before
    assert len({*before.values()}) == len(claims) > 2
    assert not {*before.values()} & {*plan.places("celery", claims).values()}
    copy = tmp_path / "claims"
    copy.mkdir()
    for one in claims:
        (copy / one.file).write_text((plan.DIRECTORY / one.file).read_text())
    (copy / "test_pods.py").write_text("# another\n")
    monkeypatch.setattr(plan, "DIRECTORY", copy)
    changed = plan.places("local", claims)
    assert [file for file in before if changed[file] != before[file]] == ["test_pods.py"]


def test_one_file_is_chosen_with_what_takes_minutes() -> None:
    chosen = plan.planned("local", with_long=True, only=["test_git.py", "test_scaling.py"])
    assert [one.file for one in chosen] == ["test_git.py"]  # the other is for workers


TESTS = {
    "test_one.py": "def test_a(record_property):\n    record_property('proves', ['one', '', ''])\n"
    "    record_property('measured', ['a kill', 1.5])\n",
    "test_two.py": "def test_a(record_property):\n    record_property('proves', ['two', '', ''])\n"
    "    assert False\ndef test_b(record_property):\n"
    "    record_property('proves', ['other', '', ''])\n",
    "test_three.py": "def test_a(record_property):\n    record_property('proves', ['3', '', ''])\n",
}
PLUGIN = "import json, os\nfrom e2e.node.recording import Recorder\n"
CONFIGURE = "def pytest_configure(config):\n    places = json.loads(os.environ['PLACES'])\n"
REGISTER = "    config.pluginmanager.register(Recorder(places))\n"


def test_each_file_is_recorded_as_it_ends_and_none_is_tried_after_a_failure(
    tmp_path: Path,
) -> None:
    for name, text in {**TESTS, "conftest.py": PLUGIN + CONFIGURE + REGISTER}.items():
        (tmp_path / name).write_text(text)
    written = {name: tmp_path / f"{name}.json" for name in TESTS}
    where = json.dumps({str(tmp_path / name): str(path) for name, path in written.items()})
    argv = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={tmp_path}"]
    done = subprocess.run(
        [*argv, *(str(tmp_path / name) for name in TESTS)],
        env={**os.environ, "PLACES": where},
        capture_output=True,
        text=True,
        check=False,
    )
    found = results.of_places(written)
    assert found["test_one.py"], done.stdout
    assert found["test_one.py"].is_proven
    assert found["test_one.py"].measured == {"a kill": 1.5}
    assert found["test_two.py"]
    outcomes = {name: one.outcome for name, one in found["test_two.py"].claims.items()}
    assert outcomes == {"two": FAILED, "other": PROVEN}
    assert found["test_three.py"] is None
