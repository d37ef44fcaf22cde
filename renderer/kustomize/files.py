"""Files as the engine would open them: looked at once, opened carefully, told apart.

Nothing here follows a symbolic link out of the repository before the policy was asked, and
nothing waits: a pipe or a device is recognised and left alone.
"""

from __future__ import annotations

import errno
import os
import stat
from enum import Enum, auto
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.findings import Location

if TYPE_CHECKING:
    from renderer.kustomize.policy import Policy

KUSTOMIZATION_FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_SIZE: Final = 64 * 1024 * 1024  # bytes
_OPEN: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class Status(Enum):
    """What stands at a path."""

    FILE = auto()
    DIRECTORY = auto()
    MISSING = auto()
    SPECIAL = auto()  # a pipe, a socket or a device
    OUTSIDE = auto()  # a symbolic link that leaves the repository; not followed
    TOO_LARGE = auto()
    UNREADABLE = auto()


_PROBLEMS: Final = {
    Status.MISSING: ("missing-file", "does not exist"),
    Status.SPECIAL: ("special-file", "is a pipe, a socket or a device, not a file"),
    Status.OUTSIDE: ("outside-repository", "leads out of the repository"),
    Status.TOO_LARGE: ("large-file", f"is larger than {MAX_SIZE // 1024**2} MiB"),
    Status.UNREADABLE: ("unreadable-file", "cannot be read"),
}


class Found(NamedTuple):
    """What was found at a path.

    `real` has no symbolic links in it. Of a file: the digest of its content, whether it may
    hold documents of our own API group, and whether it may hold CustomResourceDefinitions.
    """

    status: Status
    real: str
    digest: bytes = b""
    has_documents: bool = False
    has_crds: bool = False
    reason: str = ""


class Files:
    """Looks at paths (absolute, normalised), at each only once."""

    def __init__(self, policy: Policy) -> None:
        self._repository = policy.repository
        self._allow_outside = policy.allow_outside
        self._found: dict[str, Found] = {}
        self._reals: dict[str, str] = {}

    def look(self, path: str) -> Found:
        """Say what is at a path."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self.load(path)[0]
        return found

    def load(self, path: str) -> tuple[Found, bytes]:
        """Say what is at a path, with the content if it is a file."""
        directory, _, name = path.rpartition("/")
        real = f"{self.real(directory)}/{name}"
        if not self.is_allowed(real):
            return Found(Status.OUTSIDE, real), b""
        try:
            descriptor = os.open(real, _OPEN)
        except OSError as error:
            if error.errno != errno.ELOOP:
                return _failed(real, error), b""
            real = os.path.realpath(path)
            if not self.is_allowed(real):
                return Found(Status.OUTSIDE, real), b""
            try:
                descriptor = os.open(real, _OPEN)
            except OSError as failure:
                return _failed(real, failure), b""
        try:
            return _read(descriptor, real)
        except OSError as failure:
            return _failed(real, failure), b""
        finally:
            os.close(descriptor)

    def is_allowed(self, real: str) -> bool:
        """Whether a real path is in the repository, or may be elsewhere."""
        return self._allow_outside or is_below(real, self._repository)

    def real(self, directory: str) -> str:
        """Return a directory's path without symbolic links, as os.path.realpath would."""
        if not directory:
            return ""  # the root, without its slash
        known = self._reals.get(directory)
        if known is None:
            parent, _, name = directory.rpartition("/")
            known = f"{self.real(parent)}/{name}"
            try:
                is_link = stat.S_ISLNK(os.lstat(known).st_mode)
            except OSError:
                is_link = False
            if is_link:
                known = os.path.realpath(known)
            self._reals[directory] = known
        return known


def problem_of(found: Found, *, is_directory: bool) -> tuple[str, str]:
    """Return (rule, message) for what is not as it should be."""
    if found.status is Status.FILE:
        return "not-a-directory", "is a file, not a directory"
    if found.status is Status.DIRECTORY:
        return "not-a-file", "is a directory, not a file"
    rule, message = _PROBLEMS[found.status]
    if is_directory and found.status is Status.MISSING:
        rule = "missing-directory"
    return rule, f"{message} ({found.reason})" if found.reason else message


def is_below(path: str, directory: str) -> bool:
    """Whether a path is that directory or something in it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def location_in(repository: str, path: str, line: int = 0, column: int = 0) -> Location:
    """A place for people: relative to the repository if it is in it."""
    shown = os.path.relpath(path, repository) if is_below(path, repository) else path
    return Location(shown.replace(os.sep, "/"), line, column)


def _read(descriptor: int, real: str) -> tuple[Found, bytes]:
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        return Found(Status.DIRECTORY, real), b""
    if not stat.S_ISREG(status.st_mode):
        return Found(Status.SPECIAL, real), b""
    if status.st_size > MAX_SIZE:
        return Found(Status.TOO_LARGE, real), b""
    data = os.read(descriptor, status.st_size + 1)
    while len(data) != status.st_size and len(data) <= MAX_SIZE:  # cut short, or it grows
        more = os.read(descriptor, MAX_SIZE)
        if not more:
            break
        data += more
    found = Found(
        Status.FILE,
        real,
        blake2b(data, digest_size=32).digest(),
        has_documents=b"renderer.gitops/" in data,
        has_crds=b"CustomResourceDefinition" in data,
    )
    return found, data


def _failed(real: str, error: OSError) -> Found:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Found(Status.MISSING, real)
    if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # what opening a socket says
        return Found(Status.SPECIAL, real)
    return Found(Status.UNREADABLE, real, reason=(error.strerror or str(error)).lower())
