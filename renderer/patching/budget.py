"""How much values and patches may write: what is copied into itself doubles with each operation."""

from __future__ import annotations

from typing import Any, Final

from renderer.patching.operations import OperationError

_MIB = 1024**2
# An object holds at most 1.5 MiB in etcd, so that whoever meets one of these has made a mistake.
# All that was ever written counts, also what was overwritten: characters, and 16 for each value.
MOST_OPERATIONS: Final = 2000  # on one manifest
MOST_WRITTEN: Final = 4 * _MIB  # into one manifest
MOST_OPERATIONS_IN_ALL: Final = 100_000  # on the manifests of one tree
MOST_WRITTEN_IN_ALL: Final = 64 * _MIB
DEEPEST: Final = 200  # as deep as YAML may nest
_FOR_EACH = 16
_HINT = "an object of Kubernetes holds 1.5 MiB; is something copied that was copied before?"


class TooLargeError(OperationError):
    """What would be written is more than a manifest, or a tree, may take."""


class Budget:
    """How many operations, and how many characters, are left for a manifest or for a whole tree.

    `whole` is that of the tree where this is a manifest's.
    """

    __slots__ = ("_most", "_operations", "_size", "_what", "_whole")

    def __init__(self, what: str, operations: int, size: int, whole: Budget | None = None) -> None:
        self._what, self._most, self._whole = what, (operations, size), whole
        self._operations = self._size = 0

    @property
    def is_spent(self) -> bool:
        return self._operations > self._most[0] or self._size > self._most[1]

    def operate(self) -> None:
        """One more operation is to be carried out. Raises TooLargeError."""
        self._operations += 1
        if self._operations > self._most[0]:
            message = f"there are more than {self._most[0]:,} operations for {self._what}"
            raise TooLargeError(message, _HINT)
        if self._whole:
            self._whole.operate()

    def write(self, size: int) -> None:
        """So much is to be written. Raises TooLargeError."""
        self._size += size
        if self._size > self._most[1]:
            message = f"more than {self._most[1] // _MIB} MiB would be written into {self._what}"
            raise TooLargeError(message, _HINT)
        if self._whole:
            self._whole.write(size)


def of_manifest(whole: Budget | None = None) -> Budget:
    """The budget for one manifest."""
    return Budget("this manifest", MOST_OPERATIONS, MOST_WRITTEN, whole)


def of_tree() -> Budget:
    """The budget for all manifests of a tree together."""
    return Budget("the manifests of this tree", MOST_OPERATIONS_IN_ALL, MOST_WRITTEN_IN_ALL)


def check_length(characters: int) -> None:
    """Raises TooLargeError for a text that no manifest may hold."""
    if characters > MOST_WRITTEN:
        message = f"this text would be longer than {MOST_WRITTEN // _MIB} MiB"
        raise TooLargeError(message, _HINT)


def measured(value: Any, depth: int = 0) -> int:
    """The characters of a value, and 16 for each value in it.

    Raises TooLargeError where it nests too deeply at this depth, and gives up beyond MOST_WRITTEN.
    """
    if not isinstance(value, (dict, list)):
        return _FOR_EACH + (len(value) if isinstance(value, str) else 0)
    size = 0
    waiting: list[tuple[Any, int]] = [(value, depth)]
    while waiting and size <= MOST_WRITTEN:
        one, depth = waiting.pop()
        size += _FOR_EACH
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, (dict, list)):
            if depth >= DEEPEST:
                raise TooLargeError(f"this would nest more than {DEEPEST} levels deep")
            inner = one.values() if isinstance(one, dict) else one
            size += sum(map(len, one)) if isinstance(one, dict) else 0
            waiting += [(item, depth + 1) for item in inner]
    return size
