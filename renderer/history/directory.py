"""A side that needs no git: a plain directory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from stat import S_ISREG
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.history.blobs import EVERYTHING, kind_of, object_id
from renderer.history.disk import modes_below, read_again, read_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, kw_only=True)
class Directory:
    """What is in a directory, but for git's own files; see `renderer.history.sides.Side`.

    `_paths` remembers where the contents with an id were seen.
    """

    path: str
    name: str
    algorithm: str
    commit: str = ""
    _paths: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def files(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        return {path: self._id(path) for path, mode in self._all(prefixes) if S_ISREG(mode)}

    def skipped(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        return {path: kind_of(mode) for path, mode in self._all(prefixes) if not S_ISREG(mode)}

    def read(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for one in ids:
            yield one, read_again(self.path, self._paths[one], one, self.algorithm)

    def _id(self, path: str) -> str:
        found = object_id(read_below(self.path, path), self.algorithm)
        self._paths[found] = path
        return found

    def _all(self, prefixes: Sequence[str]) -> Iterator[tuple[str, int]]:
        for prefix in prefixes:
            yield from modes_below(self.path, prefix.strip("/"))


def open_directory(path: str, algorithm: str = "sha1") -> Directory:
    """A directory by the path that the user gave. Raises UsageError for what is none.

    `algorithm` is that of the side with which it is compared.
    """
    if not os.path.isdir(path):
        what = "is not a directory" if os.path.lexists(path) else "does not exist"
        raise UsageError(f"{path} {what}")
    return Directory(path=os.path.realpath(path), name=path, algorithm=algorithm)
