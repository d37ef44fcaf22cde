"""Asking git about a repository, without anybody's settings and without a program of its own.

The repository's own .git/config is read, which a hostile archive could have brought along: what
it can make git run is switched off, and so it may belong to somebody else, as in containers.
"""

from __future__ import annotations

import os
import stat

from renderer.errors import ToolError
from renderer.process import Completed, run, search_path

_TIMEOUT = 30.0  # seconds; git reads a few small files
# Bytes of address space. A few trees that hold each other many times are as many files as somebody
# likes, and git has all that differ in memory before it prints the first.
MEMORY_LIMIT = 2 * 1024**3
_FILES = ("HEAD", "commondir", "config", "config.worktree", "index", "packed-refs", "shallow")
_LONGEST = 4096  # bytes of a path
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
    """What git answers in a directory, whatever that is. Raises ToolError as `run` does, and where
    git would wait for a pipe.

    The index is as large as all trees, and git reads it also where nobody asks for what it holds.
    """
    _refuse_pipes(repository)
    return run(
        command(*arguments),
        cwd=repository,
        env=environment()
        | (_index_of(repository) if reads_index else {"GIT_INDEX_FILE": _NO_INDEX}),
        timeout=timeout,
        memory_limit=MEMORY_LIMIT,
    )


def _index_of(repository: str) -> dict[str, str]:
    """The index of which a hook is told that the commit is made from it (githooks, pre-commit).

    `git commit -a` and `git commit PATH` have one of their own. One that is not beside the
    repository's is that of another: a hook there has started us.
    """
    named = os.environ.get("GIT_INDEX_FILE", "")
    place = _git_directory(os.path.realpath(repository)) if named else ""
    index = os.path.realpath(named)
    is_its = bool(place) and os.path.dirname(index) == os.path.realpath(place)
    return {"GIT_INDEX_FILE": index} if is_its else {}


def _refuse_pipes(directory: str) -> None:
    """Raises ToolError where a file that git reads first is none: it would wait for its end."""
    place = _git_directory(os.path.realpath(directory))
    for path in [place, *(os.path.join(place, name) for name in _FILES)] if place else ():
        try:
            mode = os.stat(path).st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ToolError(f"{path}: is not a regular file, and git cannot read it")


def _git_directory(directory: str) -> str:
    """Where git keeps what it knows of a directory; empty where that is nowhere."""
    while True:
        found = os.path.join(directory, ".git")
        if os.path.isfile(found):
            try:
                with open(found, "rb") as file:
                    named = os.fsdecode(file.read(_LONGEST)).removeprefix("gitdir:").strip()
            except OSError:
                return ""
            return os.path.join(directory, named)
        if os.path.lexists(found):
            return found
        if os.path.isdir(os.path.join(directory, "objects")) and os.path.lexists(
            os.path.join(directory, "HEAD")
        ):
            return directory  # a bare one
        above = os.path.dirname(directory)
        if above == directory:
            return ""
        directory = above


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
