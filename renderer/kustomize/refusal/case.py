"""One refusal: what the engine said last, and about which file or kustomization."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.kustomize.refusal.scene import Kustomization, Scene


class Case(NamedTuple):
    """What is known of a refusal; `path` is a directory, or the file of one entry."""

    scene: Scene
    here: Kustomization
    path: str
    cause: str

    @property
    def location(self) -> Location:
        """The file that the refusal is about."""
        is_entry = self.path != self.here.directory
        return self.scene.location(self.path if is_entry else self.here.path)
