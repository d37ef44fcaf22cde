"""The files of the two sides of a review, of which git lists those of one, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.history.blobs import EVERYTHING
from renderer.history.sides import compare
from renderer.history.stored import Revision, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.history.paths import Paths
    from renderer.history.sides import Change, Side


class _Other(NamedTuple):
    """The other side, and the files of this one that are others there, at some paths."""

    listing: Listing
    differing: Mapping[str, str | None]
    paths: Paths


class Listing:
    """The files of a side by path, as those ask for them who ask for the same of both sides."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[Paths, dict[str, str]] = {}
        self._other: _Other | None = None
        self._is_later = False

    def precede(self, later: Listing, changes: Sequence[Change], paths: Paths) -> None:
        """Tells all that another side has changed at some paths: there git lists one of both."""
        self._other = _Other(later, {one.path: one.old for one in changes}, paths)
        later._other = _Other(self, {one.path: one.new for one in changes}, paths)
        later._is_later = True

    def files(self, paths: Paths) -> dict[str, str]:
        """The ids of regular files, sorted by path; where git lists them, it lists no others."""
        if paths not in self._known:
            self._known[paths] = dict(sorted(self._found(paths).items()))
        return self._known[paths]

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of files by ids that were listed, in their order."""
        return (content for _, content in self.side.read(ids))

    def _found(self, paths: Paths) -> dict[str, str]:
        # Of a commit git reads only the directories that are asked for, but an index whole.
        is_later = bool(paths.names) or not paths.directories
        differing = None if self._is_later is is_later else self._differing(paths)
        if self._other and differing is not None:
            here = {path: one for path, one in differing.items() if paths.hold(path)}
            found = self._other.listing.files(paths) | here
            return {path: one for path, one in found.items() if one is not None}
        if isinstance(self.side, Stored):
            return self.side.chosen(paths)
        files = self.side.files(paths.directories or EVERYTHING)
        return {path: one for path, one in files.items() if paths.hold(path)}

    def _differing(self, paths: Paths) -> Mapping[str, str | None] | None:
        """The files that are others on the other side; None where it takes long to tell."""
        if not self._other or self._other.paths.include(paths):
            return self._other and self._other.differing
        other = self._other.listing.side
        if isinstance(self.side, Revision) and isinstance(other, Revision):  # little is looked at
            return {one.path: one.old for one in compare(self.side, other, paths)}
        return None
