"""What one directory and all that it refers to amount to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renderer.findings import Finding


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
