"""Directories that are held open while files are written in them.

What is planned for a directory is done in that very directory: a link that somebody has put in
its place, or above it, since the plan was made is an error and leads nowhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

# Windows has no descriptors of directories; there a path is looked up anew each time.
_CAN_HOLD = {os.open, os.mkdir, os.rename, os.rmdir, os.unlink} <= os.supports_dir_fd
_NOT_A_LINK = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NOT_A_LINK
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | _NOT_A_LINK
_TEMPORARY_PREFIX = ".render-"
_TEMPORARY_SUFFIX = ".tmp"
_NAMES = 20  # tried for a temporary file, each taken by a file that is not ours


def is_temporary(name: str) -> bool:
    """Whether a file has the name of those that a killed render leaves behind."""
    if not (name.startswith(_TEMPORARY_PREFIX) and name.endswith(_TEMPORARY_SUFFIX)):
        return False
    number = name.removeprefix(_TEMPORARY_PREFIX).removesuffix(_TEMPORARY_SUFFIX)
    return number.isascii() and number.isdigit()


class Folder:
    """An open directory; `path` is what it was opened by, for messages.

    Names are looked up in it and nowhere else, and errors of the system carry whole paths.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.descriptor is not None:
            descriptor, self.descriptor = self.descriptor, None
            os.close(descriptor)

    def below(self, path: str, *, make: bool = False) -> Folder:
        """A directory below it by relative path, its own to close; made if need be.

        No step may be a link. Raises OSError.
        """
        folder = self
        try:
            for name in path.split("/"):
                above, folder = folder, folder._step(name, make=make)
                if above is not self:
                    above.close()
        except BaseException:
            if folder is not self:
                folder.close()
            raise
        return folder

    def _step(self, name: str, *, make: bool) -> Folder:
        with self._naming(name):
            try:
                descriptor = _opened(self._at(name), self.descriptor)
            except FileNotFoundError:
                if not make:
                    raise
                with contextlib.suppress(FileExistsError):  # another render was quicker
                    os.mkdir(self._at(name), dir_fd=self.descriptor)
                descriptor = _opened(self._at(name), self.descriptor)
        return Folder(f"{self.path}/{name}", descriptor)

    def put(self, name: str, content: bytes) -> None:
        """Writes a file whole or not at all, over what has its name. Raises OSError."""
        here, temporary, descriptor = self.descriptor, "", None
        try:  # as _naming does, at a third of the time: this is done for every file of every tree
            try:
                for temporary in _temporary_names():
                    with contextlib.suppress(FileExistsError):  # what has its name is not ours
                        descriptor = os.open(self._at(temporary), _NEW, 0o666, dir_fd=here)
                        break
                else:
                    raise FileExistsError(errno.EEXIST, "no name is left for a temporary file")
                try:
                    _write_all(descriptor, content)
                finally:
                    os.close(descriptor)
                os.replace(self._at(temporary), self._at(name), src_dir_fd=here, dst_dir_fd=here)
            except BaseException:
                with contextlib.suppress(OSError):
                    # An interrupt may come once it is there, and before anybody knows that.
                    if descriptor is not None or self._is_empty(temporary):
                        self.remove(temporary)
                raise
        except OSError as error:
            error.filename = f"{self.path}/{name}"
            raise

    def _is_empty(self, name: str) -> bool:
        status = os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)
        return stat.S_ISREG(status.st_mode) and not status.st_size

    def remove(self, name: str) -> None:
        """Removes a file, if it is there. Raises OSError."""
        with contextlib.suppress(FileNotFoundError), self._naming(name):
            os.unlink(self._at(name), dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Removes a directory. Raises OSError, also for one that is not empty."""
        with self._naming(name):
            os.rmdir(self._at(name), dir_fd=self.descriptor)

    def _at(self, name: str) -> str:
        """How the system is told of a name in it."""
        return name if self.descriptor is not None else f"{self.path}/{name}"

    @contextlib.contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            error.filename = f"{self.path}/{name}"
            raise


def _temporary_names() -> Iterator[str]:
    own = os.getpid()
    for number in range(own, own + _NAMES):
        yield f"{_TEMPORARY_PREFIX}{number}{_TEMPORARY_SUFFIX}"


def open_folder(path: str) -> Folder:
    """Opens a directory that is no link, though a directory above it may be. Raises OSError."""
    return Folder(path, _opened(path, None))


def _opened(path: str, above: int | None) -> int | None:
    if _CAN_HOLD:
        return os.open(path, _DIRECTORY, dir_fd=above)
    if not os.path.isdir(path):  # as the other systems say
        raise FileNotFoundError(f"{path} is not there")
    return None


def remove_empty(top: Folder, path: str) -> None:
    """Removes a directory below `top` and those above it, as long as they are empty."""
    while path:
        above, _, name = path.rpartition("/")
        try:
            if above:
                with top.below(above) as folder:
                    folder.remove_folder(name)
            else:
                top.remove_folder(name)
        except OSError:
            return
        path = above


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        written = os.write(descriptor, content)
        content = content[written:]
