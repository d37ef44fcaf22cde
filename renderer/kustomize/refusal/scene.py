"""What a directory is composed from, read again with positions."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from yaml import MappingNode, Node, ScalarNode

from renderer.findings import Location
from renderer.kustomize.files import KUSTOMIZATION_FILES, Files, Status, location_in
from renderer.kustomize.nodes import items_of, pairs_of, position, text_of
from renderer.kustomize.refusal.text import Text, inner_text
from renderer.kustomize.refusal.texts import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.policy import Policy

_ENTRIES = ("resources", "bases", "components", "generators", "transformers", "validators")


class Entry(NamedTuple):
    """One path in a list of a kustomization: where it stands, and what it leads to."""

    text: str
    location: Location
    target: str  # the real path
    is_directory: bool


class Kustomization:
    """One kustomization, with the positions of what it says."""

    def __init__(self, directory: str, path: str, file: Text) -> None:
        self.directory, self.path, self.file = directory, path, file
        self.root = next(iter(nodes_of(file)), None)
        self.keys: dict[str, Node] = {}
        self.fields: dict[str, Node] = {}
        for key, value in pairs_of(self.root):
            self.keys[key.value.casefold()], self.fields[key.value.casefold()] = key, value

    def place(self, node: Node | None) -> Location:
        """Where a node stands; the whole file for none."""
        path = self.file.path
        return Location(path, *position(node)) if node else Location(path)

    def field(self, name: str) -> Location:
        """Where a field of the kustomization stands; the whole file if it is not there."""
        return self.place(self.keys.get(name.casefold()))

    def items(self, *names: str) -> Iterator[Node]:
        """The items of lists of the kustomization."""
        for name in names:
            yield from items_of(self.fields.get(name.casefold()))

    def text(self, node: Node | None) -> Text | None:
        """The value of a field as a text of its own."""
        if isinstance(node, ScalarNode) and text_of(node):
            return inner_text(self.file.path, self.file.source, node)
        return None


class Scene:
    """A directory (a real path) with all that it is composed from.

    Its closure has been read, and has no error in it.
    """

    def __init__(self, root: str, policy: Policy) -> None:
        self._policy = policy
        self._files = Files(policy)
        self.root = root
        self.repository = policy.repository
        self._kustomizations: dict[str, Kustomization | None] = {}
        self._texts: dict[str, Text | None] = {}

    def at(self, root: str) -> Scene:
        """Another directory; what was read for this one is not read again."""
        other = Scene(root, self._policy)
        other._files, other._texts = self._files, self._texts
        other._kustomizations = self._kustomizations
        return other

    def location(self, path: str, line: int = 0, column: int = 0) -> Location:
        return location_in(self.repository, path, line, column)

    def _text(self, path: str) -> Text | None:
        """A file that the engine may read."""
        if path not in self._texts:
            found, content = self._files.load(path)
            is_file = found.status is Status.FILE
            self._texts[path] = Text(self.location(path).path, content) if is_file else None
        return self._texts[path]

    def kustomization(self, directory: str) -> Kustomization | None:
        """The kustomization of a directory (a real path)."""
        if directory not in self._kustomizations:
            self._kustomizations[directory] = self._read(directory)
        return self._kustomizations[directory]

    def _read(self, directory: str) -> Kustomization | None:
        for name in KUSTOMIZATION_FILES:
            path = f"{directory}/{name}"
            text = self._text(path)
            if text:
                return Kustomization(directory, path, text)
        return None

    def entries(self, here: Kustomization, *names: str) -> Iterator[Entry]:
        """What lists of a kustomization lead to, in their order; inline text leads nowhere."""
        for item in here.items(*names):
            text = text_of(item)
            if not text or "\n" in text:
                continue
            found = self._files.look(os.path.normpath(f"{here.directory}/{text}"))
            if found.status in (Status.FILE, Status.DIRECTORY):
                is_directory = found.status is Status.DIRECTORY
                yield Entry(text, here.place(item), found.real, is_directory)

    def file_text(self, here: Kustomization, path: str) -> Text | None:
        """A file that a field of a kustomization names."""
        return self._text(os.path.normpath(f"{here.directory}/{path}"))

    @cached_property
    def kustomizations(self) -> tuple[Kustomization, ...]:
        """All that are reached, each once: bases before what they are bases of."""
        found: dict[str, Kustomization] = {}
        self._collect(self.root, found, set())
        return tuple(found.values())

    def _collect(self, directory: str, into: dict[str, Kustomization], seen: set[str]) -> None:
        here = self.kustomization(directory)
        if here is None or directory in seen:
            return
        seen.add(directory)
        for entry in self.entries(here, *_ENTRIES):
            if entry.is_directory:
                self._collect(entry.target, into, seen)
        into[directory] = here

    @cached_property
    def manifest_files(self) -> tuple[Text, ...]:
        """The files that the engine reads as streams of objects, each once."""
        found: dict[str, Text] = {}
        for here in self.kustomizations:
            for entry in self.entries(here, *_ENTRIES):
                text = None if entry.is_directory else self._text(entry.target)
                if text:
                    found[entry.target] = text
        return tuple(found.values())


def child(node: Node | None, *path: str) -> Node | None:
    """The value of a field of fields; names are compared as written."""
    for name in path:
        if not isinstance(node, MappingNode):
            return None
        found = {key.value: value for key, value in pairs_of(node)}
        node = found.get(name)
    return node
