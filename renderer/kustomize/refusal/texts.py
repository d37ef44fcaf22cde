"""What in a text of objects the engine cannot read, or cannot print again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.findings import Finding
from renderer.kustomize.nodes import read_nodes
from renderer.yamldoc.composing import read_roots
from renderer.yamldoc.constructing import scalar_value
from renderer.yamldoc.mistakes import TEMPLATE, is_action, understood
from renderer.yamldoc.reading import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

    from renderer.kustomize.refusal.text import Text
    from renderer.yamldoc.constructing import Node

_LONGEST = 80  # characters of a key that are shown


def nodes_of(text: Text | None) -> list[yaml.Node]:
    """The documents of a text as kustomize's own files are read; none of what is not YAML."""
    try:
        return read_nodes(text.source) if text else []
    except YamlError:
        return []


def roots_of(text: Text) -> list[Node]:
    """The documents of a text as manifests are read; none of what is not YAML."""
    try:
        return read_roots(text.source)
    except YamlError:
        return []


def problems(text: Text, *, repeated: bool = True) -> list[Finding]:
    """Everything in a text that the engine refuses, whatever objects it holds.

    A key that stands twice counts only with `repeated`: in a patch the engine lets it pass.
    """
    try:
        roots = read_roots(text.source)
    except YamlError as found:
        better = understood(text.source.decode("utf-8", "replace"), found)
        place = text.place(better.line, better.column)
        return [Finding.error(better.rule, better.message, place, hint=better.hint)]
    reader = _Reader(text, repeated=repeated)
    return [finding for root in roots for finding in reader.read(root)]


class _Reader:
    """Looks at each node where it is written; what an alias stands for was looked at there."""

    def __init__(self, text: Text, *, repeated: bool) -> None:
        self._text = text
        self._decoded = text.source.decode("utf-8", "replace")
        self._repeated = repeated

    def read(self, root: Node) -> Iterator[Finding]:
        nodes = [root]
        while nodes:
            node = nodes.pop()
            if node.kind == "mapping":
                yield from self._keys(node)
                nodes += node.children[:0:-2]
            elif node.kind == "sequence":
                nodes += node.children[::-1]
            elif node.kind == "scalar":
                yield from self._scalar(node)

    def _error(self, rule: str, message: str, node: Node, hint: str = "") -> Finding:
        return Finding.error(rule, message, self._text.place(node.line, node.column), hint=hint)

    def _keys(self, mapping: Node) -> Iterator[Finding]:
        first: dict[str, Node] = {}
        for key in mapping.children[::2]:
            content = key.target or key
            if content.kind != "scalar":
                yield self._complex_key(mapping, key)
                continue
            name = "<<" if key.is_merge else content.text
            if name in first and (self._repeated or key.is_merge):
                line = self._text.place(first[name].line, 1).line
                shown = _shown(name)
                message = f"the key {shown} stands here twice (first in line {line})"
                yield self._error("duplicate-key", message, key)
            elif not key.is_merge and not isinstance(_value(content), str):
                hint = f'put it in quotes: "{_shown(name)}"'
                yield self._error("bad-key", f"the key {_shown(name)} is not a string", key, hint)
            first.setdefault(name, key)

    def _complex_key(self, mapping: Node, key: Node) -> Finding:
        if key.kind == "mapping" and is_action(self._decoded, mapping.line, mapping.column):
            return self._error("bad-yaml", TEMPLATE, mapping)
        kind = "mapping" if key.kind == "mapping" else "list"
        return self._error("bad-key", f"a {kind} stands where a key should be", key)

    def _scalar(self, node: Node) -> Iterator[Finding]:
        try:
            scalar_value(node)
        except YamlError as found:
            yield self._error("bad-yaml", found.message, node)


def _value(node: Node) -> object:
    try:
        return scalar_value(node)
    except YamlError:
        return None


def _shown(name: str) -> str:
    name = name if name.isprintable() else ascii(name)
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."
