"""What a side of a review is, and which files differ between two of them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeGuard

from renderer.history.blobs import EVERYTHING
from renderer.history.paths import Paths
from renderer.history.stored import Revision, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.history.stored import Entry

_ALL: Final = Paths()


class Side(Protocol):
    """Files as they are in one place, by path from the root of the repository, with slashes.

    Files are regular ones; `skipped` are the others. An id is that of git for a blob, so equal
    ids are equal bytes. `prefixes` are directories or files, few of them: git compares every
    path with each. What cannot be read is a RenderError, never left out.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def commit(self) -> str:
        """The full id of the commit; empty for what is none."""

    @property
    def algorithm(self) -> str:
        """What makes the ids: sha1 or sha256."""

    def files(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        """The id of each file."""

    def skipped(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        """What is no regular file, by path: "symlink", "submodule" or "other"."""

    def read(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The bytes of files by ids that `files` or `compare` gave of this side, in their order.

        One process of git reads them all, and one file at a time is in memory.
        """


class Change(NamedTuple):
    """A file that differs; an id is None on the side that has no such file.

    `is_other` says that a side has something there that is no regular file: a link, a submodule.
    """

    path: str
    old: str | None
    new: str | None
    is_other: bool = False


def compare(base: Side, head: Side, paths: Paths = _ALL) -> list[Change]:
    """What differs at some paths, sorted by these; a renamed file is removed and added.

    Where one side is a revision git compares, and looks at nothing that is the same.
    """
    if base.algorithm != head.algorithm:
        raise ValueError(f"the ids of {base.name} and {head.name} cannot be compared")
    if isinstance(base, Revision) and _shares(head, base):
        entries = head.since(base.commit, paths)
        found = [_change(entry) for entry in entries]
    elif isinstance(head, Revision) and _shares(base, head):
        entries = base.since(head.commit, paths)
        found = [one._replace(old=one.new, new=one.old) for one in map(_change, entries)]
    else:
        prefixes = paths.directories or EVERYTHING
        old, new = base.files(prefixes), head.files(prefixes)
        others = {
            path for path, _ in base.skipped(prefixes).items() ^ head.skipped(prefixes).items()
        }
        found = [
            Change(path, old.get(path), new.get(path), path in others)
            for path in filter(paths.hold, old.keys() | new.keys() | others)
        ]
    differing = (one for one in found if one.old != one.new or one.is_other)
    return sorted(differing, key=attrgetter("path"))


def _change(entry: Entry) -> Change:
    is_other = any(
        mode and one is None
        for mode, one in ((entry.old_mode, entry.before), (entry.new_mode, entry.after))
    )
    return Change(entry.path, entry.before, entry.after, is_other)


def _shares(side: Side, revision: Revision) -> TypeGuard[Stored]:
    """Whether a side is in the repository of a revision, so that git can compare them."""
    return isinstance(side, Stored) and side.repository == revision.repository
