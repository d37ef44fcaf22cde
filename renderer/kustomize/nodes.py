"""YAML nodes as sigs.k8s.io/yaml and Go's JSON decoder take them together.

The last of equal keys counts, a merged mapping counts where its `<<` stands, and the names
of a struct's fields may be in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from renderer.yamldoc.events import translated
from renderer.yamldoc.reading import check_safe
from renderer.yamldoc.scalars import NotJsonError, kubectl_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.yamldoc.scalars import Scalar

_TAG: Final = "tag:yaml.org,2002:"


def read_nodes(source: bytes) -> list[Node]:
    """Return the root node of each document. Raises YamlError."""
    check_safe(source)  # the composer recurses and would overflow the stack on deep text
    try:
        return _compose(source.decode())
    except yaml.YAMLError as error:
        raise translated(error) from None


def _compose(text: str) -> list[Node]:
    loader = yaml.CSafeLoader(text)
    roots: list[Node] = []
    try:
        while loader.check_node():
            if (root := loader.get_node()) is not None:
                roots.append(root)
    finally:
        loader.dispose()
    return roots


def position(node: Node) -> tuple[int, int]:
    """Return the line and column where a node begins, both from 1."""
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def is_null(node: Node) -> bool:
    """Whether Go sees nil, which leaves a field as if it were not there."""
    return node.tag == _TAG + "null"


def is_binary(node: Node) -> bool:
    """Whether the text is base64 of what kustomize takes."""
    return node.tag == _TAG + "binary"


def is_merge(key: Node) -> bool:
    """Whether a key is `<<`, which takes over another mapping."""
    return key.tag == _TAG + "merge"


def text_of(node: Node | None) -> str:
    """Return the text of a scalar, and nothing for anything else."""
    return node.value if isinstance(node, ScalarNode) and not is_null(node) else ""


def scalar_of(node: ScalarNode) -> Scalar:
    """Return the value that a scalar has in JSON; None also for a number that JSON lacks."""
    text: str = node.value
    is_tagged = node.tag in (_TAG + "int", _TAG + "float", _TAG + "bool")
    if (node.style and not is_tagged) or (not node.style and node.tag != _implicit_tag(text)):
        return text
    try:
        return kubectl_value(text)
    except NotJsonError:
        return None


def _implicit_tag(text: str) -> str:
    """The tag that the composer gives to a plain scalar without one."""
    resolver: Any = yaml.resolver.Resolver()
    tag: str = resolver.resolve(ScalarNode, text, (True, False))
    return tag


def is_template(node: Node) -> bool:
    """Whether this is a `{{ }}` that nobody rendered: to YAML, a mapping as a mapping's key."""
    if not isinstance(node, MappingNode) or not node.flow_style or len(node.value) != 1:
        return False
    return isinstance(node.value[0][0], MappingNode)


def items_of(node: Node | None) -> list[Node]:
    """Return the items of a list, and none for anything else."""
    return node.value if isinstance(node, SequenceNode) else []


def pairs_of(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the keys and values of a mapping in the order in which they count."""
    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        if is_merge(key):
            sources = value.value if isinstance(value, SequenceNode) else [value]
            for source in reversed(sources):
                yield from pairs_of(source)
        elif isinstance(key, ScalarNode):
            yield key, value


def fields_of(node: Node | None) -> dict[str, Node]:
    """Return the fields of a struct by their casefolded names."""
    return {key.value.casefold(): value for key, value in pairs_of(node)}


def has_unclear_keys(node: Node) -> bool:
    """Whether a mapping in it merges another, or has a key twice (also in another case)."""
    if isinstance(node, SequenceNode):
        return any(has_unclear_keys(item) for item in node.value)
    if not isinstance(node, MappingNode):
        return False
    names = [key.value.casefold() for key, _ in node.value if isinstance(key, ScalarNode)]
    return (
        len(set(names)) < len(names)
        or any(is_merge(key) for key, _ in node.value)
        or any(has_unclear_keys(value) for _, value in node.value)
    )
