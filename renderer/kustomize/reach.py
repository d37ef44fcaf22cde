"""What one directory and all that it refers to amount to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from renderer.kustomize.files import MAX_SIZE, Found, Status
from renderer.suggesting import closest

if TYPE_CHECKING:
    from renderer.findings import Finding

_PROBLEMS: Final = {
    Status.MISSING: ("missing-file", "does not exist"),
    Status.SPECIAL: ("special-file", "is a pipe, a socket or a device, not a file"),
    Status.OUTSIDE: ("outside-repository", "leads out of the repository"),
    Status.TOO_LARGE: ("large-file", f"is larger than {MAX_SIZE // 1024**2} MiB"),
    Status.UNREADABLE: ("unreadable-file", "cannot be read"),
}


@dataclass(slots=True)
class Reach:
    """Everything that is reached from one directory, and the digest of it.

    The dicts are ordered sets. `parsed_files` are the files that are read as YAML.
    """

    digest: bytes = b""
    files: dict[str, None] = field(default_factory=dict)
    parsed_files: dict[str, None] = field(default_factory=dict)
    components: dict[str, None] = field(default_factory=dict)
    directories: dict[str, None] = field(default_factory=dict)
    documents: dict[str, None] = field(default_factory=dict)
    crds: dict[str, None] = field(default_factory=dict)
    findings: dict[Finding, None] = field(default_factory=dict)
    pinned: bool = True
    is_missing: bool = False

    def add(self, other: Reach) -> None:
        """Take over what a referenced directory amounts to."""
        self.files.update(other.files)
        self.parsed_files.update(other.parsed_files)
        self.components.update(other.components)
        self.directories.update(other.directories)
        self.documents.update(other.documents)
        self.crds.update(other.crds)
        self.findings.update(other.findings)
        self.pinned &= other.pinned


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


def nearest_name(path: str) -> str:
    """Return a hint with the name in the same directory that is most like a missing one."""
    try:
        names = os.listdir(os.path.dirname(path))
    except OSError:
        return ""
    return closest(os.path.basename(path), names)
