"""What the items of a list are called on both sides: by their keys, where they have some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.changes.model import Item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.checks.schema.shape import Shape

_SCALARS = (str, int, float, bool)


def keyed(
    old: Sequence[Any], new: Sequence[Any], shape: Shape
) -> tuple[dict[Item, Any], dict[Item, Any]] | None:
    """The items of both sides by key; None where some have none, or one stands twice.

    The keys are those that the schema says; where it says none, `name` if all items have one.
    """
    keys = shape.keys or ("name",)
    before, after = _by_key(old, keys, shape), _by_key(new, keys, shape)
    return (before, after) if before is not None and after is not None else None


def _by_key(items: Sequence[Any], keys: Sequence[str], shape: Shape) -> dict[Item, Any] | None:
    found: dict[Item, Any] = {}
    for value in items:
        item = _value(value) if shape.is_set else _item(value, keys, shape)
        if item is None or item in found:
            return None
        found[item] = value
    return found


def _value(value: Any) -> Item | None:
    return Item((("", value),)) if isinstance(value, _SCALARS) else None


def _item(value: Any, keys: Sequence[str], shape: Shape) -> Item | None:
    if not isinstance(value, dict):
        return None
    pairs = [(key, value.get(key, shape.default(key) if shape.is_map else None)) for key in keys]
    there = [(key, one) for key, one in pairs if one is not None]
    if not there or not all(isinstance(one, _SCALARS) for _, one in there):
        return None
    return Item(tuple(there))
