"""Patches with nothing in them, and operations with unknown fields, or without what they need.

kustomize's library (evanphx/json-patch) reads an operation as a map: what it does not know it
leaves out, whatever its case, and a value that is not there is null to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from renderer.findings import Finding
from renderer.kustomize.nodes import is_null, pairs_of, position, text_of
from renderer.kustomize.refusal.operations import FIELDS
from renderer.kustomize.refusal.texts import roots_of
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml import Node, ScalarNode

    from renderer.kustomize.refusal.operations import Operation
    from renderer.kustomize.silent.whole import ListedPatch

_NEED_A_VALUE: Final = ("add", "replace", "test")
_NULL: Final = "write value: null if null is meant, which kustomize takes without it"
_MAY_BE_EMPTY: Final = ("patches", "PatchTransformer")  # elsewhere kustomize refuses it
_COMMA: Final = "a text with a comma, in braces, must be in quotes"
_LONG: Final = 60


def mistyped(operations: Iterable[Operation]) -> Iterator[Finding]:
    """An error for each unknown field of an operation, and for each value that is missing."""
    for one in operations:
        pairs = list(pairs_of(one.node))
        for key, value in pairs:
            if key.value not in FIELDS:
                yield _unknown(one, key, value)
        op, names = one.text("op"), [key.value for key, _ in pairs]
        if op in _NEED_A_VALUE and "value" not in names:
            is_misspelt = any(closest(name, ["value"]) for name in names)
            hint = "" if is_misspelt else _NULL
            yield Finding.error("missing-field", f"{op} needs a value", one.place(), hint=hint)


def empty_patches(patches: Iterable[ListedPatch]) -> Iterator[Finding]:
    """A warning for each patch in which there is nothing, or nothing but comments."""
    for one in patches:
        if one.patch.field not in _MAY_BE_EMPTY:
            continue
        roots = (root.target or root for root in roots_of(one.text))
        if all(root.is_empty or (root.kind != "scalar" and not root.children) for root in roots):
            yield Finding.warning(
                "unmatched-kustomize-patch",
                "there is nothing in this patch",
                one.patch.location,
                object=text_of(one.patch.fields.get("path")) or one.patch.field,
                hint="take it out, or write what it should change",
            )


def _unknown(one: Operation, key: ScalarNode, value: Node) -> Finding:
    text, name = one.patch.text, key.value
    hint = nearest(name, FIELDS)
    shown = f"unknown field {name}"
    if is_null(value) and not closest(name, FIELDS):  # {value: a, b}: it may be part of a secret
        shown, hint = "an unknown field without a value", _COMMA
    elif not name.isprintable() or len(name) > _LONG:
        shown = "an unknown field"
    place = text.place(*position(key)) if text else one.patch.location
    return Finding.error("unknown-field", f"{shown} in an operation", place, hint=hint)
