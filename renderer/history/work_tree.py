"""The side on which people work: the files on disk, and what git knows of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.history.blobs import object_id, read_blobs
from renderer.history.disk import beside_on_disk, mode_of, read_again, read_below
from renderer.history.paths import Paths
from renderer.history.stored import Entry, Stored, Touched, staged, unstaged, untracked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FEW: Final = 200  # paths that git is asked about by name
_UNKNOWN: Final = "unknown"  # the id of a file that was not read


class _OnDisk(NamedTuple):
    """What may be other on disk than in the index, and the paths that the index does not have."""

    unstaged: list[Entry]
    untracked: list[str]


@dataclass(frozen=True, kw_only=True)
class WorkTree(Stored):
    """The files on disk, also those that git does not know or is told to ignore.

    One that is as the index says by its size and times is not read, as in git; what a sparse
    checkout leaves out is as it is in the index. The others are taken as they are: what git would
    convert (line endings, filters) stays. `_paths` remembers where on disk an id was seen, and
    `_asked` what git said of the disk: it looks at every file for that.
    """

    _paths: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _asked: dict[Paths, _OnDisk] = field(default_factory=dict, repr=False, compare=False)

    def since(self, tree: str, paths: Paths) -> list[Entry]:
        found = {entry.path: entry for entry in staged(self.repository, tree, paths)}
        disk = self._on_disk(paths)
        for entry in disk.unstaged:
            # What is not staged is in the index as it is in the tree.
            mode = self._mode_of(entry.path)
            mode = 0 if S_ISDIR(mode) else mode  # what is in it is not in the index
            found[entry.path] = self._seen(found.get(entry.path, entry), mode)
        for path in disk.untracked:
            entry = found.get(path, Entry.of_nothing(path))
            found[path] = self._seen(entry, self._mode_of(path))
        return list(found.values())

    def touched(self, tree: str) -> Touched:
        """As of every side; what is on disk is not read for it."""
        found = {entry.path: entry for entry in staged(self.repository, tree, Paths())}
        disk = self._on_disk(Paths())
        for entry in (*disk.unstaged, *map(Entry.of_nothing, disk.untracked)):
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

    def _on_disk(self, paths: Paths) -> _OnDisk:
        """What git knows of the disk at some paths; once it was asked for more it is not again."""
        place = Paths(paths.directories, paths.without)
        known = next((one for one in self._asked if one.include(place)), place)
        if known not in self._asked:
            self._asked[known] = _OnDisk(
                [*unstaged(self.repository, known)],
                untracked(self.repository, self._without_walking(known)),
            )
        found = self._asked[known]
        return _OnDisk(
            [one for one in found.unstaged if paths.hold(one.path)],
            [one for one in found.untracked if paths.hold(one)],
        )

    def _without_walking(self, paths: Paths) -> Paths:
        """The same paths on disk, by what is beside those that are left out: git would walk through
        these."""
        if paths.directories or not paths.without:
            return paths
        beside = (*beside_on_disk(self.repository.directory, paths.without),)
        return Paths(beside) if 0 < len(beside) <= _FEW else paths

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
