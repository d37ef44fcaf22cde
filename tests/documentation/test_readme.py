"""Every command of our pages, typed into a copy of the repository, prints what it shows.

Commands in blocks that are called `console` are typed; those that need a cluster are in `sh`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import PROJECT

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\b\d+\.\d\d s\b")
_STACK = re.compile(r"\b[0-9a-f]{12}\b")
_COMMIT = re.compile(r"(?<=\()[0-9a-f]{7}(?=\))")
_HERE_DOCUMENT = re.compile(r"^[^\n]*<<'EOF'\n.*?^EOF$", re.MULTILINE | re.DOTALL)
_PAGES = (
    "README.md",
    "docs/local.md",
    "docs/new-cluster.md",
    "docs/new-component.md",
    "docs/second-app.md",
    "docs/secrets.md",
    "docs/second-release.md",
    "docs/helm-chart.md",
    "docs/review.md",
    "docs/flux.md",
    "docs/argocd.md",
)
_PARTS = (
    "base",
    "overlays",
    "clusters",
    "tools",
    "Makefile",
    "requirements",
    "pyproject.toml",
    "README.md",
)


def copy_of_project(directory: Path) -> None:
    """What a fresh clone has, as a git repository, with the environment that make would set up."""
    for part in (*_PARTS, ".gitignore"):
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, directory / part)
        else:
            shutil.copy(source, directory / part)
    environment = Path(sys.prefix)
    (directory / ".venv").symlink_to(environment)
    (environment / ".ready").touch()
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "all"]):
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, *command], cwd=directory, check=True)


def sessions(page: str) -> list[tuple[str, str]]:
    """The commands of a page in their order, each with the output that is shown for it."""
    found: list[tuple[str, str]] = []
    for block in _BLOCK.findall((PROJECT / page).read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            document = _HERE_DOCUMENT.match(part)
            command = document.group() if document else part.partition("\n")[0]
            found.append((command, part.removeprefix(command).removeprefix("\n")))
    return found


@pytest.mark.parametrize("page", _PAGES)
def test_commands(tmp_path: Path, page: str) -> None:
    directory = tmp_path / "clone"
    directory.mkdir()
    copy_of_project(directory)
    # Not what a make that runs these tests leaves for a make below it, nor what git does.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "GIT_"))
    }
    environment = {**inherited, "PATH": f"{directory}/.venv/bin:{os.environ['PATH']}"}
    for command, expected in sessions(page):
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed = _STACK.sub("STACK       ", _TIME.sub("TIME", _COMMIT.sub("COMMIT", ran.stdout)))
        assert printed == expected, command
