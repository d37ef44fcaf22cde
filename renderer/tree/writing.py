"""Carrying out a plan: each file whole or not at all, then the removal of what is stale."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.tree.disk import directory_of, temporary_name

if TYPE_CHECKING:
    from renderer.tree.planning import TreePlan


def carry_out(repository: str, output: str, plan: TreePlan) -> None:
    """Writes what a plan says, each file whole or not at all, and removes what is stale.

    Raises RenderError when the system refuses; every file is then its old or its new self.
    """
    directory = directory_of(repository, output)
    try:
        for path in plan.leftovers:
            _remove(os.path.join(directory, path))
        made: set[str] = set()
        for change in plan.changes:
            if change.new is not None:
                _write(directory, change.path, change.new, made)
        for change in plan.changes:
            if change.new is None:
                _remove(os.path.join(directory, change.path))
        for change in plan.changes:
            if change.new is None:
                _remove_empty(directory, change.path)
    except OSError as error:
        where = os.path.relpath(error.filename or directory, repository)
        raise RenderError(
            f"{where}: cannot be written: {os.strerror(error.errno or errno.EIO)}",
            hint="every file there is old or new as a whole; run the same command again when"
            " there is room and permission",
        ) from None


def _write(directory: str, path: str, content: bytes, made: set[str]) -> None:
    parent, _, _ = path.rpartition("/")
    folder = os.path.join(directory, parent) if parent else directory
    if folder not in made:
        os.makedirs(folder, exist_ok=True)
        made.add(folder)
    temporary = f"{folder}/{temporary_name()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(temporary, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _write_all(descriptor, content)
        finally:
            os.close(descriptor)
        os.replace(temporary, os.path.join(directory, path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        _remove_empty(directory, path)
        raise


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        written = os.write(descriptor, content)
        content = content[written:]


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _remove_empty(directory: str, path: str) -> None:
    """Removes the directories that removing a file has left empty, the output itself too."""
    parent = path.rpartition("/")[0]
    while True:
        try:
            os.rmdir(os.path.join(directory, parent) if parent else directory)
        except OSError:
            return
        if not parent:
            return
        parent = parent.rpartition("/")[0]
