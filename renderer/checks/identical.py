"""What is found out about a part of a manifest once, for all manifests that share it."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Identical(Generic[T]):
    """A value as a key by what it is, not by what it holds, which would have to be read.

    Clusters of one composition share all parts of its manifests that they do not change, and
    nobody changes those in place. A key keeps its value alive, so that no other can be
    mistaken for it.
    """

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identical) and self.value is other.value
