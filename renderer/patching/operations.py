"""Strict RFC 6902 operations, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.patching.pointing import Path, Pointer

OPERATIONS = ("add", "copy", "move", "remove", "replace", "test")

_TYPES = {
    bool: "a boolean",
    dict: "a mapping",
    list: "a list",
    str: "a string",
    type(None): "null",
}


class OperationError(ValueError):
    """An operation that cannot be carried out; `hint` is the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class FailedTestError(OperationError):
    """A `test` of the field at `path` that does not hold.

    The message says only of which type the value is: it may be a secret.
    """

    def __init__(self, path: Path, value: Any, wanted: Any) -> None:
        there, other = (_TYPES.get(type(one), "a number") for one in (value, wanted))
        if there == other:
            there = f"another {there.removeprefix('a ')}"
        hint = "look whether what follows is still right, then correct the test"
        super().__init__(f"test failed: {format_path(path)} is {there}", hint)
        self.path = path


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
