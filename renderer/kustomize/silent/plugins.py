"""Configurations of kustomize's own transformers: they say what fields of kustomizations do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from yaml import Node, ScalarNode

from renderer.kustomize.nodes import fields_of, items_of, position, text_of
from renderer.kustomize.refusal.patches import Patch
from renderer.kustomize.refusal.replacements import Replacement, replacements_in
from renderer.kustomize.refusal.text import Text, inner_text
from renderer.kustomize.refusal.texts import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.findings import Location
    from renderer.kustomize.refusal.scene import Kustomization, Scene


class Plugin(NamedTuple):
    """One configuration; `here` is the kustomization that lists it, which its paths begin at."""

    here: Kustomization
    kind: str
    root: Node
    text: Text

    @property
    def fields(self) -> dict[str, Node]:
        return fields_of(self.root)

    def place(self, node: Node) -> Location:
        return self.text.place(*position(node))

    def inner(self, node: Node | None) -> Text | None:
        """The value of a field as a text of its own."""
        if not isinstance(node, ScalarNode) or not text_of(node):
            return None
        found = inner_text(self.text.path, self.text.source, node)
        if self.text.fixed:
            return found._replace(fixed=self.text.fixed)
        first = self.text.line - 1
        if found.fixed:
            line, column = found.fixed
            return found._replace(fixed=(line + first, column + self.text.indent))
        return found._replace(line=found.line + first, indent=found.indent + self.text.indent)


def plugins_of(scene: Scene, here: Kustomization) -> Iterator[Plugin]:
    """The built-in configurations that a kustomization lists under `transformers:`."""
    for text in _texts(scene, here):
        for root in _unpacked(nodes_of(text)):
            fields = fields_of(root)
            if text_of(fields.get("apiversion")) == "builtin":
                yield Plugin(here, text_of(fields.get("kind")), root, text)


def _unpacked(roots: Iterable[Node]) -> Iterator[Node]:
    for root in roots:
        fields = fields_of(root)
        if text_of(fields.get("kind")).endswith("List") and "items" in fields:
            yield from _unpacked(items_of(fields["items"]))
        else:
            yield root


def _texts(scene: Scene, here: Kustomization) -> Iterator[Text]:
    """The texts that hold configurations: files, those of a directory, and inline ones."""
    for item in here.items("transformers"):
        path = text_of(item)
        listed = scene.kustomization(os.path.normpath(f"{here.directory}/{path}"))
        if "\n" in path:
            text = here.text(item)
        elif listed:
            for entry in scene.entries(listed, "resources"):
                text = None if entry.is_directory else scene.file_text(listed, entry.text)
                if text:
                    yield text
            continue
        else:
            text = scene.file_text(here, path)
        if text:
            yield text


def patches_in(scene: Scene, plugin: Plugin) -> Iterator[Patch]:
    """The patches of one configuration."""
    fields = plugin.fields
    if plugin.kind in ("PatchTransformer", "PatchJson6902Transformer"):
        inline = fields.get("patch") or fields.get("jsonop")
        path = text_of(fields.get("path"))
        text = scene.file_text(plugin.here, path) if path else plugin.inner(inline)
        yield Patch(plugin.kind, plugin.root, plugin.place(plugin.root), fields, text)
    elif plugin.kind == "PatchStrategicMergeTransformer":
        whole = fields.get("patches")
        for node in (*items_of(fields.get("paths")), *([whole] if whole else [])):
            path = text_of(node)
            is_path = node is not whole and "\n" not in path
            text = scene.file_text(plugin.here, path) if is_path else plugin.inner(node)
            yield Patch(plugin.kind, node, plugin.place(node), {}, text)


def replacements_of_plugin(scene: Scene, plugin: Plugin) -> Iterator[Replacement]:
    """The replacements of one configuration."""
    if plugin.kind == "ReplacementTransformer":
        items = items_of(plugin.fields.get("replacements"))
        yield from replacements_in(scene, plugin.here, items, plugin.text)
