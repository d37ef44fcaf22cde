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
    """The other side, which may be the later, and the files of this one that are others there, at
    some paths."""

    listing: Listing
    is_later: bool
    differing: Mapping[str, str | None]
    paths: Paths

    def lists(self, paths: Paths) -> bool:
        """Whether git lists some paths there, and not on this side: of a commit it reads only the
        directories that are asked for, but an index whole."""
        return self.is_later is (bool(paths.names) or not paths.directories)


class Listing:
    """The files of a side by path, as those ask for them who ask for the same of both sides."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[Paths, dict[str, str]] = {}
        self._other: _Other | None = None

    def precede(self, later: Listing, changes: Sequence[Change], paths: Paths) -> None:
        """Tells all that another side has changed at some paths: there git lists one of both."""
        old, new = {one.path: one.old for one in changes}, {one.path: one.new for one in changes}
        self._other = _Other(later, is_later=True, differing=old, paths=paths)
        later._other = _Other(self, is_later=False, differing=new, paths=paths)

    def files(self, paths: Paths) -> dict[str, str]:
        """The ids of regular files, sorted by path; where git lists them, it lists no others."""
        if paths not in self._known:
            more = next((one for one in self._known if one.include(paths)), None)
            if more is None:
                self._known[paths] = dict(sorted(self._found(paths).items()))
            else:
                found = self._known[more].items()
                self._known[paths] = {path: one for path, one in found if paths.hold(path)}
        return self._known[paths]

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of files by ids that were listed, in their order."""
        return (content for _, content in self.side.read(ids))

    def _found(self, paths: Paths) -> dict[str, str]:
        differing = self._differing(paths)
        if self._other and differing is not None:
            here = {path: one for path, one in differing.items() if paths.hold(path)}
            found = self._other.listing.files(paths) | here
            return {path: one for path, one in found.items() if one is not None}
        if isinstance(self.side, Stored):
            return self.side.chosen(paths)
        files = self.side.files(paths.directories or EVERYTHING)
        return {path: one for path, one in files.items() if paths.hold(path)}

    def _differing(self, paths: Paths) -> Mapping[str, str | None] | None:
        """The files that are others on the other side, if that is listed; None where it takes long
        to tell."""
        if not self._other or not self._other.lists(paths):
            return None
        if self._other.paths.include(paths):
            return self._other.differing
        other = self._other.listing.side
        if isinstance(self.side, Revision) and isinstance(other, Revision):  # little is looked at
            return {one.path: one.old for one in compare(self.side, other, paths)}
        return None
