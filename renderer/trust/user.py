"""The user's own configuration: a directory that nobody else can write into."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.xdg import own_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST = 1024 * 1024  # bytes


class UserDirectory:
    """`~/.config/renderer`, or where XDG_CONFIG_HOME puts it; it need not be there.

    `work_tree` is that of the repository being rendered: what lies in it is not the user's own.
    """

    def __init__(self, environ: Mapping[str, str], work_tree: str) -> None:
        self._directory = own_directory(environ, "XDG_CONFIG_HOME", ".config")
        self._work_tree = work_tree

    def path(self, name: str) -> str | None:
        """The path of a file; None where the environment names no home."""
        return os.path.join(self._directory, name) if self._directory else None

    def read(self, name: str) -> bytes | None:
        """A file of the user's; None if it is not there.

        Raises UsageError for one that others could have written, and for one in the repository.
        """
        path = self.path(name)
        if path is None:
            return None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            if not os.path.exists(path):  # or in a home that is not ours to look into
                return None
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
        with open(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"{path}: is not a regular file")
            self._check(path, status)
            self._check(os.path.dirname(path))
            return file.read(_LARGEST)

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole, in a directory that is made when needed. Raises UsageError."""
        path = self.path(name)
        if path is None:
            raise UsageError("there is no place for your configuration: HOME is not set")
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            self._check(os.path.dirname(path))
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(temporary, flags, 0o600)
            try:
                with open(descriptor, "wb") as file:
                    file.write(content)
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps others out who are about to read a file, and to write it with something more.

        Where the system has no such locks, nobody is. Raises UsageError as `write` does.
        """
        if os.name != "posix" or not self._directory:
            yield
            return
        import fcntl

        with contextlib.ExitStack() as opened:
            try:
                os.makedirs(self._directory, mode=0o700, exist_ok=True)
                descriptor = os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC)
            except OSError as error:
                message = f"{self._directory}: cannot be written: {error.strerror}"
                raise UsageError(message) from None
            opened.callback(os.close, descriptor)
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield

    def _check(self, path: str, status: os.stat_result | None = None) -> None:
        """Raises UsageError where somebody else may have put there what is read."""
        status = status or os.stat(path)
        real = os.path.realpath(path)
        top = self._work_tree.rstrip(os.sep)
        if real == top or real.startswith(top + os.sep):
            raise UsageError(
                f"{path}: lies in the repository, and would be its own judge",
                hint="XDG_CONFIG_HOME names another place for your configuration",
            )
        if not hasattr(os, "geteuid"):
            return
        if status.st_uid not in (os.geteuid(), 0):
            raise UsageError(f"{path}: belongs to another user, and is not used")
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UsageError(
                f"{path}: others may write it, so it is not used",
                hint="read it, then chmod go-w it",
            )
