"""The lock files pin what pyproject.toml asks for, once, and say nothing of where it came from."""

from __future__ import annotations

import re
import tomllib
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


def test_every_asked_for_tool_is_pinned() -> None:
    for stem in ("dev", "lock"):
        lines = (PROJECT / "requirements" / f"{stem}.in").read_text().splitlines()
        names = {canonicalize_name(line) for line in lines if not line.startswith("-")}
        assert names <= _pins(f"{stem}.txt").keys()


def test_no_lock_file_says_where_packages_came_from() -> None:
    files = [*(PROJECT / "requirements").glob("*.txt")]
    assert len(files) == 3
    for file in files:
        text = file.read_text()
        assert "://" not in text
        assert [line for line in text.splitlines() if line.startswith("-")] == []
