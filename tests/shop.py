"""The small repository of `worlds/shop.txtar`, for tests that break it in one place at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from support import read_world

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WORLD = {path: str(content) for path, content in read_world("shop").items()}

TREE = (
    "_cluster/namespace-shop.yaml",
    "shop/configmap-settings.yaml",
    "shop/deployment-web.yaml",
    "shop/service-web.yaml",
)
"""The files of a cluster of the shop."""


def cluster_yaml(name: str, host: str = "shop.example.com", more: str = "") -> str:
    """A cluster.yaml; `more` are further lines of its spec."""
    return f"""\
apiVersion: renderer.gitops/v1alpha1
kind: Cluster
metadata:
  name: {name}
spec:
  parameters:
    web.host: {host}
{more}"""


def shop(*clusters: str) -> dict[str, str]:
    """The files of a repository with these clusters (one called `a` if none is given)."""
    files = {path: text for path, text in _WORLD.items() if not path.startswith("overlays/")}
    for name in clusters or ("a",):
        files[f"overlays/{name}/kustomization.yaml"] = _WORLD["overlays/a/kustomization.yaml"]
        files[f"overlays/{name}/cluster.yaml"] = cluster_yaml(name)
    return files


def command(*arguments: str) -> list[str]:
    """The command line that runs `render` in a process of its own."""
    return [sys.executable, "-m", "renderer", *arguments]


def start(
    path: Path, arguments: Sequence[str], *, before: Sequence[str] = (), **options: Any
) -> subprocess.Popen[str]:
    """Start `render` in a process of its own; `before` is a command that runs it."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*before, *command(*arguments)], cwd=path, text=True, **options)


def spawn(
    path: Path, *arguments: str, before: Sequence[str] = (), **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run `render` in a process of its own to its end."""
    options = {"capture_output": True, "timeout": 60, **options}
    return subprocess.run([*before, *command(*arguments)], cwd=path, text=True, **options)


def snapshot(path: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below a directory: inode, mode, time of change, and content or target."""
    found = {}
    for directory, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = os.path.join(directory, name)
            status = os.lstat(entry)
            content = b""
            if os.path.islink(entry):
                content = os.fsencode(os.readlink(entry))
            elif os.path.isfile(entry):
                with open(entry, "rb") as file:
                    content = file.read()
            place = os.path.relpath(entry, path)
            found[place] = status.st_ino, status.st_mode, status.st_mtime_ns, content
    return found
