"""Reading what is in a tree, fast and without following links."""

from __future__ import annotations

import hashlib
import os
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A link, or a pipe, that takes the place of what was listed is not followed, nor waited for.
_READ = os.O_RDONLY
for _flag in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK"):
    _READ |= getattr(os, _flag, 0)
_START = 4096  # bytes
_CHUNK = 1 << 16  # bytes; larger buffers cost more than a second read of a rare file
_name = attrgetter("name")


def directory_of(repository: str, output: str) -> str:
    """The absolute output directory of a tree."""
    return os.path.join(repository, *output.split("/"))


def leads_elsewhere(repository: str, output: str) -> bool:
    """Whether an output is a link, or below one: its files would land somewhere else."""
    directory = directory_of(os.path.realpath(repository), output)
    try:
        return os.path.realpath(directory) != directory
    except OSError:  # a link that was taken away while it was followed
        return True


def listed(directory: str | int) -> list[os.DirEntry[str]]:
    """What is in a directory, by its path or an open one, sorted by name. Raises OSError."""
    with os.scandir(directory) as found:
        return sorted(found, key=_name)


def entries(directory: str, base: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a directory but directories, by relative path; links are not followed."""
    try:
        found = listed(directory)
    except FileNotFoundError:
        return
    for entry in found:
        path = f"{base}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from entries(entry.path, f"{path}/")
        else:
            yield path, entry


def read_file(path: str, directory: int | None = None) -> bytes:
    """The bytes of a regular file; several times faster than open() for small files.

    With `directory`, an open one, the path is relative to it.
    """
    descriptor = os.open(path, _READ, dir_fd=directory)
    try:
        content = os.read(descriptor, _CHUNK)
        if len(content) < _CHUNK:
            return content
        parts = [content]
        while part := os.read(descriptor, _CHUNK):
            parts.append(part)  # a sum of bytes is copied at each step
        return b"".join(parts)
    finally:
        os.close(descriptor)


def read_start(path: str) -> bytes:
    """The first bytes of a regular file, more than our header takes."""
    descriptor = os.open(path, _READ)
    try:
        return os.read(descriptor, _START)
    finally:
        os.close(descriptor)


def digest(directory: str) -> str:
    """A digest of all that is below a directory: names, kinds and contents.

    Most of a run in which nothing changed is spent here: one entry for each directory, not
    for each file, and names relative to an open directory, which the system looks up faster.
    What is no regular file has a size that no file has.
    """
    total = hashlib.sha256()
    try:
        descriptor = os.open(directory, _READ)
    except FileNotFoundError:
        return total.hexdigest()
    _digest_directory(total, descriptor, "")
    return total.hexdigest()


def _digest_directory(total: hashlib._Hash, directory: int, base: str) -> None:
    """Adds what is below an open directory, and closes it."""
    try:
        contents: dict[str, bytes | None] = {}
        below = []
        for entry in listed(directory):
            if entry.is_file(follow_symlinks=False):
                contents[entry.name] = read_file(entry.name, directory)
            elif entry.is_dir(follow_symlinks=False):
                below.append(entry.name)
            else:
                contents[entry.name] = None
        _count(total, base, contents)
        for name in below:
            descriptor = os.open(name, _READ, dir_fd=directory)
            _digest_directory(total, descriptor, f"{base}{name}/")
    finally:
        os.close(directory)


def digest_of(files: Mapping[str, bytes]) -> str:
    """What `digest` says of a directory that holds just these files."""
    directories: dict[str, dict[str, bytes | None]] = {"": {}}
    for path in files:
        base = ""
        for part in path.split("/")[:-1]:
            base = f"{base}{part}/"
            directories.setdefault(base, {})
        directories[base][path[len(base) :]] = files[path]
    total = hashlib.sha256()
    for base in sorted(directories, key=lambda base: base.split("/")):
        _count(total, base, dict(sorted(directories[base].items())))
    return total.hexdigest()


def _count(total: hashlib._Hash, base: str, contents: Mapping[str, bytes | None]) -> None:
    if not contents:
        return  # an empty directory is nothing, as for git
    sizes = [-1 if content is None else len(content) for content in contents.values()]
    head = f"{base!r} {list(contents)!r} {sizes!r}".encode("utf-8", "surrogateescape")
    total.update(b"%d " % len(head) + head)
    total.update(b"".join(filter(None, contents.values())))
