"""The objects of a composition, each with its place and the way by which it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.kustomize.nodes import fields_of, text_of
from renderer.kustomize.refusal.texts import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.findings import Location
    from renderer.kustomize.refusal.scene import Entry, Kustomization, Scene
    from renderer.kustomize.refusal.text import Text
    from renderer.yamldoc.constructing import Node

_NULLS = ("~", "null", "Null", "NULL")
_MOST = 20_000  # objects that are looked at: bases of bases can multiply


class Object(NamedTuple):
    """One object as it is written; `node` is None for what a generator makes.

    `trail` holds the entries that lead to it from where the search began.
    """

    kind: str
    name: str
    namespace: str
    location: Location
    trail: tuple[Entry, ...] = ()
    node: Node | None = None
    text: Text | None = None

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}"


def value_of(node: Node | None, *path: str) -> Node | None:
    """The node of a field of fields, through aliases; merged mappings are left out."""
    for name in path:
        content = node.target or node if node else None
        if content is None or content.kind != "mapping":
            return None
        pairs = zip(content.children[::2], content.children[1::2], strict=True)
        node = next((value for key, value in pairs if (key.target or key).text == name), None)
    return node.target or node if node else None


def scalar_at(node: Node | None, *path: str) -> str:
    """The text of a scalar field; nothing for anything else."""
    found = value_of(node, *path)
    if found is None or found.kind != "scalar" or (found.plain and found.text in _NULLS):
        return ""
    return found.text


def names_in(node: Node) -> list[str]:
    """The names of the fields of a mapping, as they are written in it."""
    return [(key.target or key).text for key in node.children[::2]]


def written(text: Text, trail: tuple[Entry, ...] = ()) -> Iterator[Object]:
    """The objects of a file, those in lists among them."""
    for root in roots_of(text):
        yield from _unpacked(root, text, trail)


def _unpacked(node: Node, text: Text, trail: tuple[Entry, ...]) -> Iterator[Object]:
    kind = scalar_at(node, "kind")
    items = value_of(node, "items")
    if kind.endswith("List") and items and items.kind == "sequence":
        for item in items.children:
            yield from _unpacked(item, text, trail)
        return
    yield Object(
        kind,
        scalar_at(node, "metadata", "name"),
        scalar_at(node, "metadata", "namespace"),
        text.place(node.line, node.column),
        trail,
        node,
        text,
    )


def reached(scene: Scene, directory: str) -> list[Object]:
    """The objects that a directory leads to, once for each way, in the engine's order."""
    found: list[Object] = []
    budget = [_MOST]
    texts: dict[str, tuple[Object, ...]] = {}
    for one in _reached(scene, directory, (), budget, texts):
        found.append(one)
        if len(found) >= _MOST:
            break
    return found


def _reached(
    scene: Scene,
    directory: str,
    trail: tuple[Entry, ...],
    budget: list[int],
    texts: dict[str, tuple[Object, ...]],
) -> Iterator[Object]:
    here = scene.kustomization(directory)
    for entry in scene.entries(here, "resources", "bases", "components") if here else ():
        budget[0] -= 1
        if budget[0] < 0:
            return
        way = (*trail, entry)
        if entry.is_directory:
            yield from _reached(scene, entry.target, way, budget, texts)
            continue
        if entry.target not in texts:
            text = scene.file_text(here, entry.text) if here else None
            texts[entry.target] = tuple(written(text)) if text else ()
        yield from (one._replace(trail=way) for one in texts[entry.target])
    if here:
        yield from generated(here, trail)


def generated(here: Kustomization, trail: tuple[Entry, ...] = ()) -> Iterator[Object]:
    """The objects that the generators of a kustomization make."""
    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for item in here.items(field):
            fields = fields_of(item)
            name, namespace = text_of(fields.get("name")), text_of(fields.get("namespace"))
            yield Object(kind, name, namespace, here.place(item), trail)
