"""What is on disk below a directory, read without following links."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.history.blobs import object_id, too_large
from renderer.kustomize.files import MAX_SIZE
from renderer.tree.disk import listed, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GIT = ".git"


def mode_of(directory: str, path: str) -> int:
    """The mode of what is at a path below a directory; 0 for nothing, or what is behind a link."""
    steps = path.split("/")[:-1]
    above = directory
    try:
        for step in steps:
            above = os.path.join(above, step)
            if not stat.S_ISDIR(os.lstat(above).st_mode):
                return 0
        return os.lstat(os.path.join(directory, path)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        raise _unreadable(path, error) from None


def beside_on_disk(directory: str, without: Sequence[str]) -> Iterator[str]:
    """The topmost paths below a directory that hold all but some paths and git's own files."""
    waiting = [""]
    while waiting:
        above = waiting.pop()
        try:
            entries = listed(os.path.join(directory, above))
        except OSError as error:
            raise _unreadable(above, error) from None
        for entry in entries:
            path = f"{above}/{entry.name}" if above else entry.name
            if entry.name == _GIT or path in without:
                continue
            is_above = any(one.startswith(f"{path}/") for one in without)
            if is_above and entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                yield path


def modes_below(directory: str, prefix: str) -> Iterator[tuple[str, int]]:
    """The mode of everything at or below a path but directories.

    A directory below it with a .git of its own is another repository, and not looked into.
    """
    mode = mode_of(directory, prefix)
    if stat.S_ISDIR(mode):
        yield from _modes_in(directory, prefix)
    elif mode:
        yield prefix, mode


def _modes_in(directory: str, path: str) -> Iterator[tuple[str, int]]:
    try:
        entries = listed(os.path.join(directory, path))
        if path and any(entry.name == _GIT for entry in entries):
            yield path, stat.S_IFDIR
            return
        for entry in entries:
            below = f"{path}/{entry.name}" if path else entry.name
            if entry.name == _GIT:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _modes_in(directory, below)
            else:
                yield below, entry.stat(follow_symlinks=False).st_mode
    except OSError as error:
        raise _unreadable(path, error) from None


def read_below(directory: str, path: str) -> bytes:
    """The bytes of a regular file below a directory. Raises RenderError."""
    whole = os.path.join(directory, path)
    try:
        if os.lstat(whole).st_size > MAX_SIZE:
            raise too_large(path)
        return read_file(whole)
    except OSError as error:
        raise _unreadable(path, error) from None


def read_again(directory: str, path: str, expected: str, algorithm: str) -> bytes:
    """The bytes of a file that had this id. Raises RenderError where it has another now."""
    content = read_below(directory, path)
    if object_id(content, algorithm) != expected:
        raise RenderError(f"{path}: was changed while it was read", hint="run it again")
    return content


def _unreadable(path: str, error: OSError) -> RenderError:
    return RenderError(f"{path}: cannot be read: {error.strerror}")
