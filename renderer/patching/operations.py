"""Strict RFC 6902 operations, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.patching.pointing import Pointer

OPERATIONS = ("add", "copy", "move", "remove", "replace", "test")


class OperationError(ValueError):
    """An operation that cannot be carried out; `hint` is the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Operation(NamedTuple):
    """One RFC 6902 operation with the location that it was written at.

    `source` is the `from` of move and copy. Strictness is RFC 6902's own: the field must be
    there unless the operation adds it.
    """

    op: str
    pointer: Pointer
    location: Location | None = None
    source: Pointer | None = None
    value: Any = None


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike Python, true is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
