"""Fields that an operation `replace` does not find: kustomize adds them without a word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from renderer.findings import Finding
from renderer.kustomize.nodes import pairs_of, position, text_of
from renderer.kustomize.refusal.objects import names_in, value_of
from renderer.kustomize.refusal.operations import operations_in, steps_of
from renderer.kustomize.silent.whole import SELECTS
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.kustomize.refusal.objects import Object
    from renderer.kustomize.refusal.operations import Operation
    from renderer.kustomize.silent.whole import Whole
    from renderer.yamldoc.constructing import Node as Written

# What can add any field, so that nothing is proven.
_ANYTHING = (
    *("generators", "validators"),
    *("helmCharts", "helmChartInflationGenerator"),
)
# Fields that name files and patches, which are looked at themselves.
_ELSEWHERE = frozenset(
    [
        *("resources", "bases", "components", "transformers", "replacements"),
        *("patches", "patchesjson6902", "patchesstrategicmerge"),
    ]
)
_PATCHES = frozenset(["patch", "jsonop", "path", "paths", "patches"])  # of a transformer
# Mappings that kustomize makes itself, where there is something to put into them.
_MADE = frozenset(["annotations", "labels", "matchLabels", "name", "namespace", "selector"])
_ADD = "write op: add, if the field is to be added"


def absent_fields(whole: Whole) -> Iterator[Finding]:
    """A warning for each `replace` of what was certainly not there.

    RFC 6902 (section 4.3) wants it to exist; kustomize's library lets it pass in a mapping. It is
    certain where no object that the target can mean has the key in the sources, and nothing else
    that is composed as much as mentions it.
    """
    operations = [one for listed in whole.lists.values() for one in listed.replacing]
    if not operations or whole.uses(*_ANYTHING) or whole.composes_transformers or _moves(whole):
        return
    for one in operations:
        pointer = one.text("path")
        steps = steps_of(pointer)
        if not pointer.startswith("/") or steps[-1] in _MADE:
            continue
        if not re.search(r"\D", steps[-1]) or not one.patch.target.keys() <= SELECTS:
            continue
        found = _without(whole, one, steps)
        if found and not _is_mentioned(whole, one, steps[-1]):
            owner, names = found
            shown = pointer if pointer.isprintable() and len(pointer) <= 200 else ascii(steps[-1])
            yield Finding.warning(
                "absent-field",
                f"{owner} has no {shown}, and kustomize adds it",
                one.place("path"),
                object=str(owner),
                hint=closest(steps[-1], names) or _ADD,
            )


def _moves(whole: Whole) -> bool:
    """Whether something is copied from one place to another, whatever is in it."""
    pattern = re.compile(rb"\b(?:move|copy)\b")
    return any(pattern.search(one.text.source) for one in whole.patches)


def _without(whole: Whole, one: Operation, steps: list[str]) -> tuple[Object, list[str]] | None:
    """The first of the objects that an operation can mean, and the names that stand there.

    None if one of them has the key, or if it cannot be told.
    """
    target = one.patch.target
    found: tuple[Object, list[str]] | None = None
    for owner in whole.objects(target.get("kind", ""), target.get("name", "")):
        holders = _holders(owner.node, steps[:-1]) if owner.node else None
        if not holders:
            return None
        names = [name for holder in holders for name in names_in(holder)]
        if steps[-1] in names:
            return None
        found = found or (owner, names)
    return found


def _holders(root: Written, steps: list[str]) -> list[Written] | None:
    """The mappings that a path leads to, whatever the order of lists is; None if in doubt."""
    nodes = [root]
    for step in (*steps, None):
        inner: list[Written] = []
        for node in nodes:
            if node.kind == "mapping" and not any(key.is_merge for key in node.children[::2]):
                value = value_of(node, step) if step is not None else node
                inner += [value] if value else []
            elif node.kind == "sequence" and step is not None and step.isdecimal():
                inner += [child.target or child for child in node.children]
            else:
                return None
        nodes = inner
    return nodes


def _is_mentioned(whole: Whole, one: Operation, key: str) -> bool:
    """Whether anything else that is composed names a key."""
    encoded = key.replace("~", "~0").replace("/", "~1")
    word = re.compile(rf"(?<![\w-])(?:{re.escape(key)}|{re.escape(encoded)})(?![\w-])")
    own = one.patch.text.source if one.patch.text else b""
    others = {patch.text.source for patch in whole.patches} - {own}
    texts = [source.decode("utf-8", "replace") for source in others]
    for here in whole.scene.kustomizations:
        for name, value in pairs_of(here.root):
            if name.value.casefold() not in _ELSEWHERE:
                texts += [name.value, *_scalars([value])]
    for listed in whole.lists.values():
        for plugin in listed.plugins:
            texts += _scalars(
                value
                for key, value in pairs_of(plugin.root)
                if key.value.casefold() not in _PATCHES
            )
    texts += _scalars(replacement.item for replacement in whole.replacements)
    for here in whole.scene.kustomizations:
        files = (whole.scene.file_text(here, text_of(one)) for one in here.items("configurations"))
        texts += [file.source.decode("utf-8", "replace") for file in files if file]
    texts += _scalars(_siblings(one))
    return any(map(word.search, texts))


def _siblings(one: Operation) -> Iterator[Node]:
    """The other operations of the same patch."""
    own = position(one.node)
    yield from (other.node for other in operations_in(one.patch) if position(other.node) != own)


def _scalars(nodes: Iterable[Node]) -> Iterator[str]:
    rest = [*nodes]
    while rest:
        node = rest.pop()
        if isinstance(node, ScalarNode):
            yield node.value
        elif isinstance(node, SequenceNode):
            rest += node.value
        elif isinstance(node, MappingNode):
            rest += [part for pair in node.value for part in pair]
