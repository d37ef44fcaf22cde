"""What has become of one manifest for a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.draft import Changes


@dataclass(frozen=True, slots=True)
class Final:
    """A manifest as a cluster gets it, and its text; an unchanged one is the stack's own.

    `index` is that in the stack; from the stack's length on, it was made for this cluster.
    `changes` are what makes it another than the stack's, apart from the names of what it refers
    to; None where that is not known.
    """

    index: int
    manifest: Manifest
    text: str
    changes: Changes | None
