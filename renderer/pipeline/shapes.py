"""What is known of the fields of objects on a side: by Kubernetes, and by definitions there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from renderer.changes.comparing import body_of
from renderer.checks.schema import Schemas
from renderer.history.paths import Paths
from renderer.kubernetes.definitions import definitions_in
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import DEFINITION
from renderer.repository.definitions import read_definitions

if TYPE_CHECKING:
    from collections.abc import Collection

    from renderer.checks.schema.shape import Shape
    from renderer.history.listing import Listing
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest
    from renderer.pipeline.sources import SideSources

_IN_TREES = DEFINITION.lower()  # how the files of definitions begin in trees (tree/names)


class SideShapes:
    """What is known of the fields of objects, in clusters of one minor version of Kubernetes."""

    def __init__(self, minor: str, definitions: SideDefinitions) -> None:
        self._known = Schemas(minor)
        self._definitions = definitions
        self._custom: dict[Kind, Schemas] = {}

    def shape(self, manifest: Manifest) -> Shape:
        """What is known of the fields of an object: of a custom resource, what the first
        definition says that serves its version."""
        found = self._known.shape(manifest)
        kind = manifest.ref.group, manifest.ref.kind
        if not found.custom or manifest.ref.group in BUILT_IN_GROUPS:
            return found
        if kind not in self._custom:
            self._custom[kind] = self._known.with_definitions(self._definitions.of(kind))
        return self._custom[kind].shape(manifest)


class SideDefinitions:
    """The CustomResourceDefinitions of a side, those of its trees first; read when one is asked
    for.

    `outputs` are the directories that hold all trees.
    """

    def __init__(self, listing: Listing, outputs: Collection[str], sources: SideSources) -> None:
        self._listing = listing
        self._outputs = sorted(outputs)
        self._sources = sources

    def of(self, kind: Kind) -> list[dict[str, Any]]:
        """The definitions of a kind. What cannot be read as YAML defines nothing."""
        words = [word.encode() for word in kind]
        in_trees = [one for one in self._in_trees if all(word in one for word in words)]
        return [
            data
            for text in (*in_trees, *self._sources.holding(DEFINITION, *kind))
            for other, data in definitions_in(read_definitions(text))
            if other == kind
        ]

    @cached_property
    def _in_trees(self) -> list[bytes]:
        """What the trees hold; what many hold under one name is read from the first of them."""
        found: dict[str, str] = {}
        for path, one in self._listing.files(Paths.below(self._outputs, (_IN_TREES,))).items():
            found.setdefault(path.rpartition("/")[2], one)
        return [*map(body_of, self._listing.read(found.values()))]
