"""A directory of results that can be computed again: never needed, never trusted blindly.

An entry is its checksum and its bytes, written beside its place and renamed into it. So a
reader meets a whole entry or none, an entry that was damaged is a miss, several renders can
use one cache, and it can be deleted at any time. Whatever goes wrong with the disk only
costs time: no function here raises an OSError.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from renderer.errors import UsageError
from renderer.xdg import own_directory

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMED: Final = "RENDER_CACHE"  # the variable
DEFAULT_LIMIT: Final = 256 * 1024 * 1024  # bytes
_FORMAT: Final = b"render cache 1\n"
_CHECKSUM_SIZE: Final = 16
_HEADER_SIZE: Final = len(_FORMAT) + _CHECKSUM_SIZE
_PRUNE_INTERVAL: Final = 3600.0  # seconds
_TOUCH_INTERVAL: Final = 24 * 3600.0  # seconds; "recently used" is known to a day
_STAMP: Final = ".pruned"
_TEMPORARY: Final = ".new-"


def default_directory(environ: Mapping[str, str]) -> str | None:
    """Return where our cache is, None for nowhere: RENDER_CACHE, or where the XDG base directory
    specification puts it.

    Raises UsageError for a relative RENDER_CACHE, which would be another place in each directory.
    """
    named = environ.get(NAMED, "")
    if named and not os.path.isabs(named):
        raise UsageError(f"{NAMED}: {named!r} is not a path that begins with /")
    if named:
        return named
    return own_directory(environ, "XDG_CACHE_HOME", ".cache")


class Cache:
    """Bytes by kind and key, in a directory of our own (made when the first entry is put).

    `limit` is in bytes: at most once an hour, and whenever this process has put an eighth of
    it, the entries that were used longest ago are removed until nine tenths are left.
    """

    def __init__(self, directory: str, *, limit: int = DEFAULT_LIMIT) -> None:
        self.directory = directory
        self._limit = limit
        self._put_bytes = 0
        self._counter = 0
        self._next_prune = 0.0
        self._readable = _is_cache(directory) and _is_ours(directory)
        self._writable = self._readable
        self._folders: dict[str, bool] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        """Return what was put, or None. `kind` and `key` are file names: letters, digits, -."""
        if not self._is_usable(kind):
            return None
        try:
            entry = self._read(os.path.join(self.directory, kind, key))
        except OSError:
            return None
        data = entry[_HEADER_SIZE:]
        if entry[:_HEADER_SIZE] != _header(kind, key, data):
            return None
        return data

    @property
    def is_usable(self) -> bool:
        """Whether the directory is a cache and ours alone, or not there yet."""
        return self._readable

    def _is_usable(self, kind: str) -> bool:
        """Whether the directory of a kind, and that of the cache, is ours or not there yet."""
        if not self._readable:
            return False
        if kind not in self._folders:
            self._folders[kind] = _is_ours(os.path.join(self.directory, kind))
        return self._folders[kind]

    def _read(self, path: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not _is_private(status):
                raise PermissionError(path)
            chunks = []
            while chunk := os.read(descriptor, status.st_size + 1):
                chunks.append(chunk)
        finally:
            os.close(descriptor)
        if time.time() - status.st_mtime > _TOUCH_INTERVAL:
            with contextlib.suppress(OSError):
                os.utime(path)
        return b"".join(chunks)

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Keep `data`, if the disk lets us. One entry may take a quarter of the limit."""
        if not self._writable or len(data) > self._limit // 4 or not self._is_usable(kind):
            return
        try:
            self._write(kind, key, _header(kind, key, data) + data)
        except OSError as error:
            # A full disk may have room for the next, smaller entry; the rest will not heal.
            self._writable = error.errno == errno.ENOSPC
            return
        self._put_bytes += len(data)
        if self._put_bytes > self._limit // 8 or time.monotonic() > self._next_prune:
            self._prune_if_due()

    def _write(self, kind: str, key: str, entry: bytes) -> None:
        folder = os.path.join(self.directory, kind)
        self._counter += 1
        temporary = os.path.join(folder, f"{_TEMPORARY}{os.getpid()}-{self._counter}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(temporary, flags, 0o600)
        except FileNotFoundError:
            self._make()
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor = os.open(temporary, flags, 0o600)
        except FileExistsError:  # left behind by a render that was killed and had our number
            os.unlink(temporary)
            descriptor = os.open(temporary, flags, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(entry)
            os.replace(temporary, os.path.join(folder, key))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _make(self) -> None:
        """Makes the directory, and then what tells it from a directory of somebody's."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            stamp = os.path.join(self.directory, _STAMP)
            os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            os.utime(stamp, (0, 0))  # nobody has pruned it

    def _prune_if_due(self) -> None:
        """Prune when this process has put much, or when nobody has for an hour."""
        stamp = os.path.join(self.directory, _STAMP)
        much = self._put_bytes > self._limit // 8
        self._put_bytes = 0
        self._next_prune = time.monotonic() + _PRUNE_INTERVAL
        with contextlib.suppress(OSError):
            try:
                age = time.time() - os.stat(stamp).st_mtime
            except FileNotFoundError:
                age = _PRUNE_INTERVAL
            if much or age >= _PRUNE_INTERVAL:
                # The stamp first: another render that starts now need not prune as well.
                os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
                os.utime(stamp)
                self.prune()

    def prune(self) -> None:
        """Remove what was used longest ago until nine tenths of the limit are left."""
        now = time.time()
        entries = []
        for path, status in _files(self.directory):
            if os.path.basename(path).startswith(_TEMPORARY):
                if now - status.st_mtime > _PRUNE_INTERVAL:
                    _remove(path)
            else:
                entries.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        if total <= self._limit:
            return
        for _, size, path in sorted(entries):
            if total <= self._limit * 9 // 10:
                return
            if _is_entry(path):  # whatever else lies here is not ours to remove
                _remove(path)
            total -= size


def _header(kind: str, key: str, data: bytes) -> bytes:
    """Name the format, and the entry's content and place: one that was moved is a miss too."""
    checksum = blake2b(f"{kind}/{key}\n".encode(), digest_size=_CHECKSUM_SIZE)
    checksum.update(data)
    return _FORMAT + checksum.digest()


def _is_cache(directory: str) -> bool:
    """Whether a directory is one of ours, empty, or not there yet.

    Any other is somebody's, whoever named it: nothing is put into it, and it is not closed.
    """
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not names or _STAMP in names


def _is_ours(directory: str) -> bool:
    """Whether nobody else can write into the directory, or it is not there yet.

    What we read from here goes into a tree: a directory that others could write into is not
    used, and not repaired either, for who knows what is in it. Stacks hold what a private
    repository holds: one that others may only read is closed.
    """
    try:
        status = os.lstat(directory)
        if stat.S_ISLNK(status.st_mode):
            link, status = status, os.stat(directory)
            if link.st_uid != status.st_uid:
                return False
        if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
            return False
        if status.st_mode & 0o077 and hasattr(os, "geteuid"):
            os.chmod(directory, 0o700)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _is_private(status: os.stat_result) -> bool:
    """Whether it is ours, and nobody else may write it."""
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _files(directory: str) -> list[tuple[str, os.stat_result]]:
    found = []
    with contextlib.suppress(OSError):
        for folder in [entry.path for entry in os.scandir(directory) if entry.is_dir()]:
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    # Another render may remove it between these two lines.
                    with contextlib.suppress(OSError):
                        if entry.is_file(follow_symlinks=False):
                            found.append((entry.path, entry.stat(follow_symlinks=False)))
    return found


def _is_entry(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(_FORMAT)) == _FORMAT
    except OSError:
        return False


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


@lru_cache(maxsize=1)
def own_fingerprint() -> str:
    """Names our own code as it is installed: what another version has kept is stale."""
    total = hashlib.sha256()
    directories = [os.path.dirname(os.path.abspath(__file__))]
    while directories:
        with os.scandir(directories.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                directories.append(entry.path)
            elif entry.name.endswith((".py", ".txt")):  # .txt: the schemas of Kubernetes' kinds
                status = entry.stat()
                line = f"{entry.path} {status.st_size} {status.st_mtime_ns}\n"
                total.update(line.encode("utf-8", "surrogateescape"))
    return total.hexdigest()
