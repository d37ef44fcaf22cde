"""Reading what is in a tree, fast and without following links; locking it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CAN_LOCK = os.name == "posix"


def directory_of(repository: str, output: str) -> str:
    """The absolute output directory of a tree."""
    return os.path.join(repository, *output.split("/"))


def entries(directory: str, base: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a directory but directories, by relative path; links are not followed."""
    try:
        with os.scandir(directory) as found:
            listed = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in listed:
        path = f"{base}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from entries(entry.path, f"{path}/")
        else:
            yield path, entry


def read_file(path: str) -> bytes:
    """The bytes of a regular file; several times faster than open() for small files."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        parts = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
    finally:
        os.close(descriptor)


def digest(directory: str) -> str:
    """A digest of all that is below a directory: names, kinds and contents."""
    total = hashlib.sha256()
    for path, entry in entries(directory):
        regular = entry.is_file(follow_symlinks=False)
        content = read_file(entry.path) if regular else b""
        _count(total, path, regular, content)
    return total.hexdigest()


def digest_of(files: Mapping[str, bytes]) -> str:
    """What `digest` says of a directory that holds just these files."""
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.split("/")):
        _count(total, path, True, files[path])
    return total.hexdigest()


def _count(total: hashlib._Hash, path: str, regular: bool, content: bytes) -> None:
    name = path.encode("utf-8", "surrogateescape")
    total.update(b"%d %d %d " % (regular, len(name), len(content)))
    total.update(name)
    total.update(content)


@contextlib.contextmanager
def locked(repository: str, output: str, *, writing: bool) -> Iterator[None]:
    """Keeps other renders out of a tree while it is compared and written.

    The lock is on the output directory itself, so that nothing is left behind. Where the
    system has no such locks, two renders at once are still safe file by file.
    """
    directory = directory_of(repository, output)
    if not _CAN_LOCK or not (writing or os.path.isdir(directory)):
        yield
        return
    import fcntl

    try:
        if writing:
            os.makedirs(directory, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        yield  # what is wrong with the directory is for the plan to say
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
        if writing:
            with contextlib.suppress(OSError):
                os.rmdir(directory)  # only if nothing came into it
