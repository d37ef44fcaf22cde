"""The files of a side that git keeps, written into a directory of their own.

Nothing is converted and no filter runs: what is written is what git's objects hold.
"""

from __future__ import annotations

import os
from stat import S_ISLNK, S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.errors import RenderError
from renderer.history.blobs import kind_of
from renderer.history.disk import read_below
from renderer.history.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from renderer.history.stored import Entry, Stored

# A few trees that hold each other many times are as many files as somebody likes, and a small
# object as many bytes: neither may fill the disk. A checkout of Linux is 90,000 files and 1.5 GB.
MOST_FILES: Final = 500_000
MOST_BYTES: Final = 8 * 1024**3
# How a file begins whose content Git LFS keeps elsewhere (git-lfs, docs/spec.md).
_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Written(NamedTuple):
    """What of a side is not there as it is in a checkout: paths of submodules, of which nothing is
    written, and of files that are only pointers of Git LFS."""

    submodules: tuple[str, ...]
    pointers: frozenset[str]


class Twin(NamedTuple):
    """A work tree in which all files are those of a side, but the `changed` ones.

    They are taken from there: so they are equal also where git converts what it checks out.
    """

    directory: str
    changed: Collection[str]


def write_side(
    side: Stored, directory: str, wanted: Callable[[str], bool], twin: Twin | None = None
) -> Written:
    """Writes the files and links of a side that are `wanted`, by path, into an empty directory.

    Raises RenderError for what cannot be read or written, as for a path that leaves the directory,
    and for more than anybody has.
    """
    entries = [one for one in side.entries(Paths()) if one.new_mode and wanted(one.path)]
    if len(entries) > MOST_FILES:
        raise RenderError(f"{side.name} holds more than {MOST_FILES:,} files that may be sources")
    for one in entries:
        _check(one.path)
    files = [one for one in entries if S_ISREG(one.new_mode)]
    links = [one for one in entries if S_ISLNK(one.new_mode)]
    made: set[str] = {""}
    pointers = set()
    size = 0
    for path, content in _contents(side, files, twin):
        size += len(content)
        if size > MOST_BYTES:
            gibibytes = MOST_BYTES // 1024**3
            raise RenderError(
                f"{side.name} holds more than {gibibytes} GiB of files that may be sources"
            )
        _write(directory, path, content, made)
        if content.startswith(_POINTER):
            pointers.add(path)
    # Links come last: nothing is ever written through one.
    for link, (_, target) in zip(links, side.read(one.new for one in links), strict=True):
        _link(directory, link.path, target, made)
    kinds = {one.path: kind_of(one.new_mode) for one in entries if one.after is None}
    submodules = tuple(sorted(path for path, kind in kinds.items() if kind == "submodule"))
    return Written(submodules, frozenset(pointers))


def write_files(directory: str, contents: Iterable[tuple[str, bytes]]) -> None:
    """Writes files by their paths into an empty directory. Raises RenderError, as `write_side`."""
    made: set[str] = {""}
    size = 0
    for path, content in contents:
        _check(path)
        size += len(content)
        if size > MOST_BYTES:
            raise RenderError(f"more than {MOST_BYTES // 1024**3} GiB of files are read together")
        _write(directory, path, content, made)


def _contents(
    side: Stored, files: Iterable[Entry], twin: Twin | None
) -> Iterator[tuple[str, bytes]]:
    kept = []
    for one in files:
        if twin and one.path not in twin.changed:
            yield one.path, read_below(twin.directory, one.path)
        else:
            kept.append(one)
    for entry, (_, content) in zip(kept, side.read(one.new for one in kept), strict=True):
        yield entry.path, content


def _check(path: str) -> None:
    """A tree that git itself did not make can hold paths that lead elsewhere."""
    if any(step in ("", ".", "..") or step.lower() == ".git" for step in path.split("/")):
        raise RenderError(f"{path!a}: no path that git checks out")


def _write(directory: str, path: str, content: bytes, made: set[str]) -> None:
    try:
        _make_above(directory, path, made)
        descriptor = os.open(os.path.join(directory, path), _NEW, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise _unwritable(path, error) from None


def _link(directory: str, path: str, target: bytes, made: set[str]) -> None:
    try:
        _make_above(directory, path, made)
        os.symlink(os.fsdecode(target), os.path.join(directory, path))
    except (OSError, ValueError) as error:  # a target with a NUL
        raise _unwritable(path, error) from None


def _make_above(directory: str, path: str, made: set[str]) -> None:
    above = path.rpartition("/")[0]
    if above not in made:
        os.makedirs(os.path.join(directory, above), 0o700, exist_ok=True)
        made.add(above)


def _unwritable(path: str, error: OSError | ValueError) -> RenderError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return RenderError(f"{path}: cannot be written to a temporary directory: {reason}")
