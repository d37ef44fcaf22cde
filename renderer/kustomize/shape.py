"""A kustomization against its shape: fields that are unknown, repeated or of another type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from renderer.findings import Severity
from renderer.kustomize.fields import Leaf, ListOf, Strings, Word
from renderer.kustomize.nodes import is_merge, is_null, is_template, scalar_of
from renderer.suggesting import closest
from renderer.yamldoc.mistakes import TEMPLATE
from renderer.yamldoc.scalars import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.kustomize.fields import Shape

_PATH = re.compile(r"[\w.@/-]+")  # and nothing that may be a patch


class ShapeChecker:
    """Remarks on what a shape does not describe, at any depth."""

    def __init__(self, remark: Callable[..., None]) -> None:
        self._remark = remark

    def check(self, node: Node, shape: Shape, path: str) -> None:
        """Remark what is wrong with the value of the field `path`."""
        if is_null(node) or shape is Leaf.ANY:
            return
        if is_template(node):
            self._remark("bad-yaml", TEMPLATE, node)
        elif isinstance(shape, ListOf):
            self._check_list(node, shape, path)
        elif isinstance(shape, dict):
            self._check_struct(node, shape, path)
        elif isinstance(shape, Word):
            self._check_word(node, shape, path)
        elif isinstance(shape, Strings):
            self._check_strings(node, path, shape.names)
        else:
            self._check_leaf(node, shape, path)

    def _check_leaf(self, node: Node, shape: Leaf, path: str) -> None:
        if shape is Leaf.STRINGS:
            self._check_strings(node, path)
        elif shape is Leaf.MAPPING:
            if not isinstance(node, MappingNode):
                self._wrong_type(node, f"{path} must be {shape}")
        elif not _is_of(node, shape):
            self._wrong_type(node, f"{path} must be {shape}", _hint(node, shape, path))

    def _wrong_type(self, node: Node, message: str, hint: str = "") -> None:
        self._remark("wrong-type", message, node, hint=hint)

    def _check_list(self, node: Node, shape: ListOf, path: str) -> None:
        if not isinstance(node, SequenceNode):
            self._wrong_type(node, f"{path} must be a list")
            return
        for index, item in enumerate(node.value):
            self.check(item, shape.item, f"{path}[{index}]")

    def _check_word(self, node: Node, shape: Word, path: str) -> None:
        self.check(node, Leaf.STRING, path)
        word = node.value if isinstance(node, ScalarNode) else ""
        if _is_of(node, Leaf.STRING) and word not in shape.words:
            hint = (
                closest(word, shape.words) or f"it is one of {', '.join(filter(None, shape.words))}"
            )
            self._remark("bad-option", f"{path}: kustomize has no option {word}", node, hint=hint)

    def _check_strings(self, node: Node, path: str, names: tuple[str, ...] = ()) -> None:
        if not isinstance(node, MappingNode):
            self._wrong_type(node, f"{path} must be {Leaf.STRINGS}")
            return
        for key, value in node.value:
            if isinstance(key, ScalarNode) and not is_merge(key):
                here = f"{path}.{key.value}"
                self.check(value, Leaf.STRING, here)
                if names and key.value not in names:
                    hint = closest(key.value, names)
                    self._remark("unknown-field", f"unknown field {here}", key, hint=hint)

    def _check_struct(self, node: Node, shape: dict[str, Shape], path: str) -> None:
        if not isinstance(node, MappingNode):
            names = ", ".join(list(shape)[:4])
            message = f"{path} must be a mapping with fields such as {names}"
            is_patch = "path" in shape and "patch" in shape and isinstance(node, ScalarNode)
            is_path = is_patch and _PATH.fullmatch(node.value)
            self._wrong_type(node, message, f"write path: {node.value}" if is_path else "")
            return
        known = {name.casefold(): name for name in shape}
        seen: dict[str, str] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or is_merge(key):
                continue
            here = f"{path}.{key.value}".lstrip(".")
            name = known.get(key.value.casefold())
            if name is None:
                hint = closest(key.value, shape)
                self._remark("unknown-field", f"unknown field {here}", key, hint=hint)
                continue
            if name in seen:
                self._repeated(key, seen[name], here)
            seen[name] = key.value
            self.check(value, shape[name], here)

    def _repeated(self, key: ScalarNode, before: str, here: str) -> None:
        if before == key.value:
            message = f"{here} is given twice: kustomize takes the last and says nothing"
            self._remark("duplicate-key", message, key, severity=Severity.WARNING)
        else:
            message = f"{before} and {key.value} are the same field to kustomize"
            self._remark("duplicate-key", message, key)


def _is_of(node: Node, leaf: Leaf) -> bool:
    """Whether a scalar is what Go's JSON decoder wants: 2.0 is a whole number to it."""
    if not isinstance(node, ScalarNode):
        return False
    value: Any = scalar_of(node)
    if leaf is not Leaf.INTEGER:
        return isinstance(value, str if leaf is Leaf.STRING else bool)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and value == int(value) and INT_MIN <= value <= INT_MAX


def _hint(node: Node, leaf: Leaf, path: str) -> str:
    if leaf is not Leaf.STRING:
        return ""
    if isinstance(node, ScalarNode):
        return "put it in quotes"
    return "write it as text, behind patch: |-" if path.endswith(".patch") else ""
