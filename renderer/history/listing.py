"""The files of the two sides of a review, of which git lists those of one, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.history.blobs import EVERYTHING
from renderer.history.sides import compare
from renderer.history.stored import Revision, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.history.paths import Paths
    from renderer.history.sides import Change, Side


class _Later(NamedTuple):
    """Another side, and all that differs there at some paths."""

    listing: Listing
    changes: Sequence[Change]
    paths: Paths


class Listing:
    """The files of a side by path, as those ask for them who ask for the same of both sides."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[Paths, dict[str, str]] = {}
        self._later: _Later | None = None

    def precede(self, listing: Listing, changes: Sequence[Change], paths: Paths) -> None:
        """Tells all that another side has changed at some paths: there git lists only that side."""
        self._later = _Later(listing, changes, paths)

    def files(self, paths: Paths) -> dict[str, str]:
        """The ids of regular files, sorted by path; where git lists them, it lists no others."""
        if paths not in self._known:
            self._known[paths] = dict(sorted(self._found(paths).items()))
        return self._known[paths]

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of files by ids that were listed, in their order."""
        return (content for _, content in self.side.read(ids))

    def _found(self, paths: Paths) -> dict[str, str]:
        changes = self._changes(paths)
        if self._later and changes is not None:
            before = {one.path: one.old for one in changes if paths.hold(one.path)}
            found = self._later.listing.files(paths) | before
            return {path: one for path, one in found.items() if one is not None}
        if isinstance(self.side, Stored):
            return self.side.chosen(paths)
        files = self.side.files(paths.directories or EVERYTHING)
        return {path: one for path, one in files.items() if paths.hold(path)}

    def _changes(self, paths: Paths) -> Sequence[Change] | None:
        """All that the other side has changed at some paths; None if it takes long to tell."""
        if not self._later or self._later.paths.include(paths):
            return self._later and self._later.changes
        # Of two commits git looks only at what differs.
        other = self._later.listing.side
        are_commits = isinstance(self.side, Revision) and isinstance(other, Revision)
        return compare(self.side, other, paths) if are_commits else None
