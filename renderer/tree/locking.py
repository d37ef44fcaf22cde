"""Keeping other renders out of a tree."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from renderer.tree.disk import directory_of, leads_elsewhere
from renderer.tree.folders import open_folder, remove_empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.tree.folders import Folder

_CAN_LOCK = os.name == "posix"
_ATTEMPTS = 20  # each fails only when another render removes the directory just then


@contextlib.contextmanager
def locked(repository: str, output: str, *, writing: bool) -> Iterator[bool]:
    """Keeps other renders out of a tree while it is compared and written.

    Gives whether nobody else can be writing there. The lock is on the output directory itself,
    so that nothing is left behind. Where the system has no such locks, two renders at once are
    still safe file by file.
    """
    if not _CAN_LOCK or leads_elsewhere(repository, output):
        yield False  # what is wrong with the directory is for the plan to say
        return
    with contextlib.ExitStack() as opened:
        top = folder = None
        with contextlib.suppress(OSError):
            top = opened.enter_context(open_folder(repository))
            folder, is_locked = _lock(top, output, writing=writing)
        if top is None or folder is None:
            yield False
            return
        opened.enter_context(folder)
        try:
            yield is_locked and writing
        finally:
            if writing:  # before the lock goes: who waits for it sees that the directory went
                remove_empty(top, output)


def _lock(top: Folder, output: str, *, writing: bool) -> tuple[Folder | None, bool]:
    """Opens a directory, made if need be for writing, and locks it where the file system can.

    Gives no directory if that cannot be. Raises OSError.
    """
    import fcntl

    for _ in range(_ATTEMPTS):
        try:
            folder = top.below(output, make=writing)
        except FileNotFoundError:  # just removed by another render, or not there at all
            continue
        descriptor = folder.descriptor
        if descriptor is None:
            return folder, False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
        except OSError:  # a file system without locks
            return folder, False
        except BaseException:
            folder.close()
            raise
        try:
            now = os.stat(directory_of(top.path, output), follow_symlinks=False)
            if os.path.samestat(os.fstat(descriptor), now):
                return folder, True
        except FileNotFoundError:
            pass
        folder.close()
    return None, False
