"""Values that kustomize reads as another than is written: a tag is dropped, an integer rounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from renderer.findings import Finding
from renderer.kustomize.refusal.objects import written
from renderer.yamldoc.constructing import is_untagged, said_tag, unknown_tag
from renderer.yamldoc.scalars import is_rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.refusal.text import Text
    from renderer.kustomize.silent.whole import Whole
    from renderer.yamldoc.constructing import Node

# What a text without either of them need not be parsed for.
_MAY_HOLD: Final = re.compile(rb"(?:^|[\s\[{,])(?:![\w<!]|[-+]?[0-9][0-9_]{18})")
_DROPPED = (
    "kustomize drops it, and takes what follows as it stands: render it before, or take it out"
)


def changed_values(whole: Whole) -> Iterator[Finding]:
    """A warning for each tag that is not YAML's own, an error for each integer that is rounded."""
    texts = [*whole.scene.manifest_files, *(one.text for one in whole.patches)]
    for text in dict.fromkeys(texts):
        if _MAY_HOLD.search(text.source):
            yield from _in_text(text)


def _in_text(text: Text) -> Iterator[Finding]:
    for one in written(text):
        label = str(one) if one.kind and one.name else ""
        for node in _nodes(one.node):
            place = text.place(node.line, node.column)
            tag = unknown_tag(node)
            if tag:
                message = f"{said_tag(node, tag)} means nothing to kustomize"
                yield Finding.warning("unknown-tag", message, place, object=label, hint=_DROPPED)
            elif node.kind == "scalar" and is_untagged(node) and is_rounded(node.text):
                message = "this integer does not fit into 64 bits: kustomize makes it a float"
                hint = "put it in quotes if it is text"
                yield Finding.error("wide-integer", message, place, object=label, hint=hint)


def _nodes(root: Node | None) -> Iterator[Node]:
    """Every node in its order, where it is written; what an alias stands for is met there."""
    waiting = [root] if root else []
    while waiting:
        node = waiting.pop()
        yield node
        if node.kind in ("mapping", "sequence"):
            waiting += node.children[::-1]
