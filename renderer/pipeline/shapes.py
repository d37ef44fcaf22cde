"""What is known of the fields of objects on a side: by Kubernetes, and by definitions there."""

from __future__ import annotations

import contextlib
import re
from functools import cached_property
from typing import TYPE_CHECKING

from renderer.checks.schema import Schemas
from renderer.errors import RenderError
from renderer.history.work_tree import WorkTree
from renderer.kubernetes.definitions import definitions_in
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import DEFINITION
from renderer.kustomize.files import is_below
from renderer.repository.definitions import may_define, read_definitions, yaml_files
from renderer.repository.source_file import read_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import Any

    from renderer.checks.schema.shape import Shape
    from renderer.history.sides import Side
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_IN_TREES = DEFINITION.lower()  # how the files of definitions begin in trees (tree/names)
# Where kubectl parts documents (k8s.io/apimachinery/pkg/util/yaml: splitYAMLDocument).
_BETWEEN = re.compile(rb"^---", re.MULTILINE)


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
    for, as far as they can be.

    `outputs` are the directories that hold all trees, where only files with the name of a
    definition are read; an empty one says nothing.
    """

    def __init__(self, side: Side, outputs: Collection[str]) -> None:
        self._side = side
        self._outputs = [one for one in outputs if one]

    def of(self, kind: Kind) -> list[dict[str, Any]]:
        """The definitions of a kind. What cannot be read as YAML defines nothing."""
        words = [word.encode() for word in kind]
        return [
            data
            for text in self._texts
            if all(word in text for word in words)
            for other, data in definitions_in(read_definitions(text))
            if other == kind
        ]

    @cached_property
    def _texts(self) -> list[bytes]:
        """Each document that may be a definition, once: parsing them all would take long."""
        found: dict[bytes, None] = {}
        with contextlib.suppress(RenderError):  # as in a clone that left sources out
            for content in self._contents():
                if DEFINITION.encode() in content:
                    parts = _BETWEEN.split(content)
                    found.update((one, None) for one in parts if DEFINITION.encode() in one)
        return [*found]

    def _contents(self) -> Iterator[bytes]:
        if isinstance(self._side, WorkTree):  # what git does not know is not hashed for this
            directory = self._side.repository.directory
            for path in self._chosen(yaml_files(directory)):
                yield _read(directory, path)
            return
        files = self._side.files()
        ids = dict.fromkeys(files[path] for path in self._chosen(files))
        yield from (content for _, content in self._side.read(ids))

    def _chosen(self, paths: Collection[str] | Iterator[str]) -> list[str]:
        """The files that may hold a definition, those in trees first.

        What many trees hold under one name is read from the first of them.
        """
        in_trees: dict[str, str] = {}
        others = []
        for path in sorted(paths):
            name = path.rpartition("/")[2]
            if any(is_below(path, output) for output in self._outputs):
                if name.startswith(_IN_TREES):
                    in_trees.setdefault(name, path)
            elif may_define(path):
                others.append(path)
        return [*in_trees.values(), *others]


def _read(directory: str, path: str) -> bytes:
    """A file that is on disk, whatever it is."""
    try:
        return read_source(directory, path) or b""
    except RenderError:
        return b""
