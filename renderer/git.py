"""Asking git about a work tree, without anybody's settings and without a program of its own."""

from __future__ import annotations

import os

from renderer.errors import ToolError
from renderer.process import run, search_path

_TIMEOUT = 30.0  # seconds; git reads a few small files


def ask(repository: str, *arguments: str) -> str | None:
    """What git prints of a work tree; None where there is no work tree, or no git.

    The repository's own .git/config is read, which a hostile archive could have brought along:
    what it can make git run is switched off, and so it may belong to somebody else, as in
    containers.
    """
    environment = {
        "PATH": search_path(),
        "HOME": os.devnull,  # nobody's settings
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",  # nothing is written
    }
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    command += ["-c", f"core.hooksPath={os.devnull}", "--no-pager", "--literal-pathspecs"]
    try:
        done = run([*command, *arguments], cwd=repository, env=environment, timeout=_TIMEOUT)
    except ToolError:
        return None
    return (
        done.stdout.decode("utf-8", "surrogateescape").rstrip("\n") if not done.returncode else None
    )
