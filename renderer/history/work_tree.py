"""The side on which people work: the files on disk, and what git knows of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Final

from renderer.history.blobs import EVERYTHING, object_id, read_blobs
from renderer.history.disk import mode_of, read_again, read_below
from renderer.history.stored import Entry, Stored, Touched, staged, unstaged, untracked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_UNKNOWN: Final = "unknown"  # the id of a file that was not read


@dataclass(frozen=True, kw_only=True)
class WorkTree(Stored):
    """The files on disk, also those that git does not know or is told to ignore.

    One that is as the index says by its size and times is not read, as in git; what a sparse
    checkout leaves out is as it is in the index. The others are taken as they are: what git would
    convert (line endings, filters) stays. `_paths` remembers where on disk an id was seen.
    """

    _paths: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def since(self, tree: str, prefixes: Sequence[str]) -> list[Entry]:
        found = {entry.path: entry for entry in staged(self.repository, tree, prefixes)}
        for entry in unstaged(self.repository, prefixes):
            # What is not staged is in the index as it is in the tree.
            mode = self._mode_of(entry.path)
            mode = 0 if S_ISDIR(mode) else mode  # what is in it is not in the index
            found[entry.path] = self._seen(found.get(entry.path, entry), mode)
        for path in untracked(self.repository, prefixes):
            entry = found.get(path, Entry.of_nothing(path))
            found[path] = self._seen(entry, self._mode_of(path))
        return list(found.values())

    def touched(self, tree: str) -> Touched:
        """As of every side; what is on disk is not read for it."""
        found = {entry.path: entry for entry in staged(self.repository, tree, EVERYTHING)}
        known = [*unstaged(self.repository, EVERYTHING)]
        known += map(Entry.of_nothing, untracked(self.repository, EVERYTHING))
        for entry in known:
            before = found.get(entry.path, entry)
            mode = self._mode_of(entry.path)
            found[entry.path] = before._replace(new_mode=mode, new=_UNKNOWN)
        return Touched.of(found.values())

    def read(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        wanted = tuple(ids)
        kept = (one for one in wanted if one not in self._paths)
        with closing(read_blobs(self.repository, kept)) as blobs:
            for one in wanted:
                yield (one, self._read(one)) if one in self._paths else next(blobs)

    def _read(self, one: str) -> bytes:
        return read_again(self.repository.directory, self._paths[one], one, self.algorithm)

    def _mode_of(self, path: str) -> int:
        return mode_of(self.repository.directory, path)

    def _seen(self, entry: Entry, mode: int) -> Entry:
        """The same with what is on disk as the new side."""
        if not S_ISREG(mode):
            return entry._replace(new_mode=mode, new="")
        found = object_id(read_below(self.repository.directory, entry.path), self.algorithm)
        if found != entry.old:
            self._paths[found] = entry.path
        return entry._replace(new_mode=mode, new=found)
