"""The flags of git-sync that the trees have, and the test double that runs for it on a node."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
DOUBLE = ROOT / "e2e/node/image_files/git_sync_double.py"
# https://github.com/kubernetes/git-sync/blob/v4.7.1/README.md#manual
DOCUMENTED = {*(ROOT / "tests/components/git_sync_flags.txt").read_text().split()}


def containers(value: Any) -> Iterator[dict[str, Any]]:
    """Every container of git-sync in a manifest, also in text that is one (a Pod template)."""
    match value:
        case {"image": str(image)} if "/git-sync:" in image:
            yield value
        case dict():
            for one in value.values():
                yield from containers(one)
        case list():
            for one in value:
                yield from containers(one)
        case str() if value.startswith("apiVersion: ") or "\napiVersion: " in value:
            yield from containers(yaml.safe_load(value))


def rendered() -> list[list[str]]:
    files = sorted((ROOT / "clusters").rglob("*.yaml"))
    found = [one for file in files for one in containers(yaml.safe_load(file.read_text()))]
    return [one["args"] for one in found]


def test_every_flag_of_the_trees_is_documented() -> None:
    found = rendered()
    assert len(found) > 10
    assert {one.partition("=")[0] for arguments in found for one in arguments} <= DOCUMENTED


def test_the_double_honours_every_flag_of_the_trees() -> None:
    for arguments in rendered():
        values = {"$(GITSYNC_REPO)": "r", "$(GITSYNC_REF)": "main", "$(GITSYNC_PERIOD)": "60s"}
        known = [*arguments, "--help"]
        for name, value in values.items():
            known = [one.replace(name, value) for one in known]
        assert double(*known).returncode == 0, known


def test_a_flag_that_the_double_does_not_honour_is_an_error() -> None:
    done = double("--repo=r", "--root=/r", "--sync-timeout=1s")
    assert done.returncode == 2
    assert "--sync-timeout" in done.stderr


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    path = tmp_path / "upstream"
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    commit(path, "1")
    return path


def test_once(upstream: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    flags = ["--ref=main", "--link=repo", "--one-time", "--stale-worktree-timeout=10m"]
    flags += [f"--repo={upstream}", f"--root={root}"]
    assert double(*flags).returncode == 0
    first = os.readlink(root / "repo")
    assert (root / "repo/dag.py").read_text() == "1"

    commit(upstream, "2")
    assert double(*flags).returncode == 0
    assert (root / "repo/dag.py").read_text() == "2"
    assert (root / first / "dag.py").read_text() == "1"  # whoever is in it keeps it


def test_too_many_failures(tmp_path: Path) -> None:
    flags = ("--repo=/nowhere", f"--root={tmp_path}", "--one-time")
    done = double(*flags, "--init-period=1s", "--init-max-failures=1")
    assert done.returncode == 1
    assert done.stderr.count("sync failed") == 2


def double(*flags: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(DOUBLE), *flags]
    return subprocess.run(argv, env=clean(), capture_output=True, text=True, check=False)


def clean() -> dict[str, str]:
    """No variable of a git that runs this: it would take its repository for ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def commit(path: Path, text: str) -> None:
    (path / "dag.py").write_text(text)
    git(path, "add", "--all")
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    git(path, *identity, "commit", "--quiet", "--message", text)


def git(path: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=path, env=clean(), check=True)
