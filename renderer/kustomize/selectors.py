"""What the entries of a kustomization select: where one selects nothing, kustomize says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from renderer.kustomize.nodes import fields_of, items_of, pairs_of, position, text_of
from renderer.kustomize.parsed import CONFIGURATIONS, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml import Node

PATCH_LISTS: Final = ("patches", "patchesJson6902")
IMAGES: Final = "images"
REPLACEMENTS: Final = "replacements"
REPLACING: Final = "ReplacementTransformer"
TRANSFORMERS: Final = ("PatchTransformer", "PatchJson6902Transformer", REPLACING)
EXPRESSIONS: Final = ("group", "version", "kind", "name", "namespace")
TARGET: Final = (*EXPRESSIONS, "labelSelector", "annotationSelector")
_IMAGE: Final = ("name", "newName", "newTag", "digest", "tagSuffix")


def selectors_of(fields: dict[str, Node]) -> Iterator[Selector]:
    """The selectors in the fields of a kustomization, by their casefolded names.

    An object to merge names what it is for, and kustomize refuses it where that is not there;
    so it does with a replacement's source. A target without a field selects everything.
    """
    for name in PATCH_LISTS:
        for index, item in enumerate(items_of(fields.get(name.casefold()))):
            wants = wants_of(fields_of(item).get("target"), TARGET)
            if wants:
                yield Selector(name, (index,), *position(item), wants)
    for index, item in enumerate(items_of(fields.get(IMAGES))):
        wants = wants_of(item, _IMAGE)
        if dict(wants).get("name"):
            yield Selector(IMAGES, (index,), *position(item), wants)
    yield from replacement_selectors(items_of(fields.get(REPLACEMENTS)))


def replacement_selectors(items: Iterable[Node]) -> Iterator[Selector]:
    """The selectors of the targets of replacements."""
    for index, item in enumerate(items):
        for inner, target in enumerate(items_of(fields_of(item).get("targets"))):
            wants = wants_of(fields_of(target).get("select"), TARGET)
            if wants:
                yield Selector(REPLACEMENTS, (index, inner), *position(target), wants)


def transformer_selectors(roots: Iterable[Node]) -> Iterator[Selector]:
    """The selectors of the targets in configurations of kustomize's own transformers."""
    for index, root in enumerate(roots):
        fields = fields_of(root)
        kind = text_of(fields.get("kind"))
        if text_of(fields.get("apiversion")) != "builtin" or kind not in TRANSFORMERS:
            continue
        if kind == REPLACING:
            for one in replacement_selectors(items_of(fields.get(REPLACEMENTS))):
                yield one._replace(field=kind, at=(index, *one.at))
            continue
        wants = wants_of(fields.get("target"), TARGET)
        if wants:
            yield Selector(kind, (index,), *position(root), wants)


def configuration_selectors(root: Node) -> Iterator[Selector]:
    """The kinds that a file of `configurations:` is about, each where it stands.

    A list holds fields of kinds; in `nameReference` also the kinds that these fields name.
    """
    lists = [item for _, entries in pairs_of(root) for item in items_of(entries)]
    inner = [one for item in lists for one in items_of(fields_of(item).get("fieldspecs"))]
    for index, item in enumerate((*lists, *inner)):
        wants = wants_of(item, ("kind",))
        if wants:
            yield Selector(CONFIGURATIONS, (index,), *position(item), wants)


def wants_of(node: Node | None, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What a mapping selects by, of the fields that count, as it is written."""
    found = fields_of(node)
    written = [(name, text_of(found.get(name.casefold()))) for name in names]
    return tuple((name, text) for name, text in written if text)
