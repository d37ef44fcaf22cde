"""Git repositories for tests, made by the real program with nobody's settings."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support import Files, write_tree

from renderer.history.paths import Paths
from renderer.history.sides import Side, compare

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_SETTINGS = {
    "user.name": "Test",
    "user.email": "test@example.com",
    "init.defaultBranch": "main",
    "protocol.file.allow": "always",
}


@dataclass(frozen=True)
class Git:
    """A repository of git's in a directory."""

    path: Path

    def run(self, *arguments: str | bytes, typed: bytes = b"") -> bytes:
        """What git prints; it has to succeed. `typed` is what it reads."""
        options = [word for pair in _SETTINGS.items() for word in ("-c", "=".join(pair))]
        command = ["git", *options, *arguments]
        return subprocess.run(
            command,
            cwd=self.path,
            env=_ENVIRONMENT,
            check=True,
            input=typed,
            stdout=subprocess.PIPE,
        ).stdout

    def commit(self, files: Files | None = None, message: str = "x") -> str:
        """Write files, commit all that there is, and return the id."""
        write_tree(self.path, files or {})
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "--message", message)
        return self.id("HEAD")

    def id(self, revision: str) -> str:
        return self.run("rev-parse", revision).decode().strip()

    def clone(self, name: str, *options: str) -> Git:
        """A clone beside it, as over a network."""
        path = self.path.parent / name
        self.run("clone", "--quiet", *options, f"file://{self.path}", str(path))
        return Git(path)


def new_git(path: Path, *options: str) -> Git:
    """A new repository in a directory, which is made."""
    path.mkdir(parents=True, exist_ok=True)
    git = Git(path)
    git.run("init", "--quiet", *options)
    return git


def contents(side: Side, *prefixes: str) -> dict[str, bytes]:
    """The files of a side, read."""
    files = side.files(prefixes or ("",))
    read = dict(side.read(sorted({*files.values()})))
    return {path: read[one] for path, one in files.items()}


def changed(base: Side, head: Side, *prefixes: str) -> dict[str, tuple[bytes, bytes]]:
    """What both sides hold of each file that differs; nothing where there is none.

    The other way round it has to be the mirror image.
    """
    changes = compare(base, head, Paths.below(prefixes))
    found = compare(head, base, Paths.below(prefixes))
    back = [one._replace(old=one.new, new=one.old) for one in found]
    assert back == changes
    assert [change.path for change in changes] == sorted({change.path for change in changes})
    old = dict(base.read([change.old for change in changes if change.old]))
    new = dict(head.read([change.new for change in changes if change.new]))
    return {
        path: (old[before] if before else b"", new[after] if after else b"")
        for path, before, after, _ in changes
        if before != after
    }
