"""Asking git about a repository, without anybody's settings and without a program of its own.

The repository's own .git/config is read, which a hostile archive could have brought along: what
it can make git run is switched off, and so it may belong to somebody else, as in containers.
"""

from __future__ import annotations

import os

from renderer.errors import ToolError
from renderer.process import Completed, run, search_path

_TIMEOUT = 30.0  # seconds; git reads a few small files
# Bytes of address space. A few trees that hold each other many times are as many files as somebody
# likes, and git has all that differ in memory before it prints the first.
MEMORY_LIMIT = 2 * 1024**3
_NO_INDEX = f"{os.devnull}-index"  # a file that is not there is an empty index
_OPTIONS = (
    *("-c", "safe.directory=*"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "advice.graftFileDeprecated=false"),
    # Of packs, which are as large as a repository, no more than a part is in the address space.
    *("-c", "core.packedGitWindowSize=32m", "-c", "core.packedGitLimit=256m"),
    "--no-pager",
    "--literal-pathspecs",
)


def command(*arguments: str) -> list[str]:
    """The command line that asks git something, for `environment`."""
    return ["git", *_OPTIONS, *arguments]


def environment() -> dict[str, str]:
    """All that git gets to know of us."""
    return {
        "PATH": search_path(),
        "HOME": os.devnull,  # nobody's settings
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",  # nothing is written
        # Nothing is fetched, also not what a partial clone left out. Not every git knows the
        # first; the second permits no protocol.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_TERMINAL_PROMPT": "0",
        # Commits are what they say, not what somebody put in their place.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "LC_ALL": "C",  # messages that can be recognized
    }


def run_git(
    repository: str, *arguments: str, timeout: float = _TIMEOUT, reads_index: bool = True
) -> Completed:
    """What git answers in a directory, whatever that is. Raises ToolError as `run` does.

    The index is as large as all trees, and git reads it also where nobody asks for what it holds.
    """
    return run(
        command(*arguments),
        cwd=repository,
        env=environment() | ({} if reads_index else {"GIT_INDEX_FILE": _NO_INDEX}),
        timeout=timeout,
        memory_limit=MEMORY_LIMIT,
    )


def ask(repository: str, *arguments: str) -> str | None:
    """What git prints of a work tree; None where there is no work tree, or no git."""
    try:
        done = run_git(repository, *arguments)
    except ToolError:
        return None
    return (
        done.stdout.decode("utf-8", "surrogateescape").rstrip("\n") if not done.returncode else None
    )


def commit_day(repository: str, revision: str = "HEAD") -> str:
    """The day of a commit, where it was made ("2026-12-31"); empty where there is none."""
    printed = ask(repository, "rev-list", "--max-count=1", "--format=%cI", revision, "--")
    return printed.splitlines()[-1][: len("2026-12-31")] if printed else ""
