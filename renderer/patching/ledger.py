"""What was written into one manifest: where it stands now, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.patching.pointing import Path, format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.findings import Location

_TAKEN_OUT = -1  # the step, below a list, of what was taken out of it: no item has this index


class Origin(NamedTuple):
    """Who wrote a field: the location that says so, and the parameters where it was these.

    `declared_by` is the parameter whose target the field is, whatever parameters fill it.
    """

    location: Location | None
    parameters: tuple[str, ...] = ()
    declared_by: str = ""


class Entry(NamedTuple):
    """One write. Without an `origin` it only follows from others, as a name by content does.

    `reshapes` is whether a key or an item came or went, so that its container is another too.
    """

    origin: Origin | None
    reshapes: bool = False


class Ledger:
    """All that was written into one manifest, in its order, by the path where it stands now.

    What moves takes along who wrote it, and what is overwritten is forgotten. So what wrote a
    value is the entry at its path, else that of the nearest container that was written as a
    whole; without either, the value is the base's.
    """

    __slots__ = ("_entries", "_only_scalars", "reshaped")

    def __init__(self) -> None:
        self._entries: dict[Path, Entry] = {}
        # Paths that were found in the base no longer hold, or are not all.
        self.reshaped = False
        self._only_scalars = True

    @property
    def scalars(self) -> tuple[Path, ...] | None:
        """Where scalars stand in the place of others; None if anything else has changed."""
        return tuple(self._entries) if self._only_scalars else None

    def location(self, field: str) -> Location | None:
        """Where it is said what a field (a JSON Pointer) holds; None if the base says it.

        For a container it is also that of the last key or item that came into it or went out.
        """
        nearest, last = -1, None
        for path, entry in self._entries.items():
            if entry.origin is None:
                continue
            written = format_path(path)
            if f"{field}/".startswith(f"{written}/"):
                if len(path) >= nearest:
                    nearest, last = len(path), entry.origin
            elif entry.reshapes and format_path(path[:-1]) == field:
                last = entry.origin
        return last.location if last else None

    def origins(self, path: Path) -> list[Origin]:
        """Who wrote a field, a part of it, or what holds it."""
        return [
            entry.origin
            for written, entry in self._entries.items()
            if entry.origin and overlap(path, written)
        ]

    def entries(self) -> Iterator[tuple[Path, Origin | None]]:
        """Every write that counts, also of what was taken out, or only follows from others."""
        for path, entry in self._entries.items():
            yield path, entry.origin

    def written(self) -> Iterator[tuple[Path, Origin]]:
        """All that was written and still stands, with who wrote it."""
        for path, entry in self._entries.items():
            if entry.origin and _TAKEN_OUT not in path:
                yield path, entry.origin

    def replace(self, path: Path, origin: Origin | None, *, scalars: bool) -> None:
        """Another value stands at a path; `scalars` is whether both are scalars."""
        self._only_scalars = self._only_scalars and scalars
        if origin is None:
            self._entries.setdefault(path, Entry(None))
            return
        known = self._entries.get(path)
        self._forget(path, below=not scalars)
        self._entries[path] = Entry(origin, known is not None and known.reshapes)

    def insert(self, path: Path, origin: Origin | None) -> None:
        """A new key stands in a mapping, or a new item before others of a list."""
        self._only_scalars = False
        self._shift(path, 1)
        self._entries.pop(path, None)  # who took away the key that comes back
        self._entries[path] = Entry(origin, reshapes=True)

    def remove(self, path: Path, origin: Origin | None) -> None:
        """A key has gone from its mapping, or an item from its list."""
        self._only_scalars = False
        self._forget(path, below=True)
        self._shift(path, -1)
        gone = (*path[:-1], _TAKEN_OUT) if isinstance(path[-1], int) else path
        self._entries.pop(gone, None)
        self._entries[gone] = Entry(origin, reshapes=True)

    def below(self, path: Path) -> dict[Path, Entry]:
        """Who wrote a value and its parts, by paths from it on."""
        found: dict[Path, Entry] = {}
        holders = (self._entries.get(path[:length]) for length in range(len(path), -1, -1))
        holder = next((one for one in holders if one and one.origin), None)
        if holder:
            found[()] = holder
        found |= {
            written[len(path) :]: entry
            for written, entry in self._entries.items()
            if len(written) > len(path) and written[: len(path)] == path
        }
        return found

    def take_over(self, path: Path, entries: Mapping[Path, Entry]) -> None:
        """The value at a path was moved or copied from where `below` told who wrote it."""
        self.reshaped = True
        for rest, (origin, reshapes) in entries.items():
            copied = origin and Origin(origin.location)  # a parameter owns only what it writes
            kept = reshapes if rest else self._entries[path].reshapes
            self._entries[(*path, *rest)] = Entry(copied, kept)

    def _forget(self, path: Path, *, below: bool) -> None:
        """Takes out what is known of a value that goes, so that the next entry is the last."""
        self._entries.pop(path, None)
        if below:
            depth = len(path)
            for written in [one for one in self._entries if one[:depth] == path]:
                del self._entries[written]

    def _shift(self, path: Path, by: int) -> None:
        """Follows the items of a list that come to stand at other indices."""
        depth, index = len(path) - 1, path[-1]
        if not isinstance(index, int):
            return
        self.reshaped = True
        self._entries = {
            (*one[:depth], step + by, *one[depth + 1 :])
            if len(one) > depth
            and one[:depth] == path[:depth]
            and isinstance(step := one[depth], int)
            and step >= index
            else one: entry
            for one, entry in self._entries.items()
        }


def overlap(one: Path, other: Path) -> bool:
    """Whether two fields are the same, or one holds the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
