"""Comparing a tree with what it should hold: what is added, changed, removed, or in the way."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from renderer.counting import counted
from renderer.errors import RenderError
from renderer.findings import Finding, FindingsError, Location
from renderer.tree.disk import directory_of, entries, leads_elsewhere, read_file
from renderer.tree.folders import is_temporary
from renderer.tree.hashes import paths_changed_by_hashes
from renderer.tree.header import (
    BOOTSTRAP,
    Header,
    begins_as_ours,
    headers_of,
    is_of,
    later_format,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Change(NamedTuple):
    """A file that differs: `old` is None where it is added, `new` where it is removed.

    `hashes_only` says that it differs by nothing but hashes in names, `is_secret` that no value
    in it may be shown.
    """

    path: str
    old: bytes | None
    new: bytes | None
    hashes_only: bool = False
    is_secret: bool = False

    @property
    def verb(self) -> str:
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"

    def without_contents(self) -> Change:
        """The same kind of change, for those who only count."""
        return self._replace(old=self.old and b"-", new=self.new and b"-")


class Stray(NamedTuple):
    """A file that was rendered for a tree which does not have it now, by its path in the
    repository."""

    path: str
    header: Header

    @property
    def is_in_place(self) -> bool:
        """Whether it stands below the output that its header names."""
        return self.path.startswith(f"{self.header.output}/")


def stray_of(path: str, headers: Iterable[Header]) -> Stray | None:
    """A file with these headers that is not the tree's which it is in; None if no tree had it."""
    return next((Stray(path, one) for one in headers if one.is_of_tree), None)


@dataclass(frozen=True, slots=True)
class TreePlan:
    """What writing a tree would do; paths are relative to the output directory.

    `others` are entries that are not ours, and stay; `strays`, some of them, were rendered for
    another tree, which does not have its files here. `leftovers` are temporary files of a render
    that was killed.
    """

    changes: tuple[Change, ...]
    unchanged: int
    others: int = 0
    leftovers: tuple[str, ...] = ()
    strays: tuple[Stray, ...] = ()

    def count(self, verb: str) -> int:
        return sum(change.verb == verb for change in self.changes)


def plan_tree(repository: str, output: str, whose: str, files: Mapping[str, bytes]) -> TreePlan:
    """Compares a tree with the files that it should hold; an empty mapping empties it.

    `whose` it is: the tree's name, or the owner as headers call it.

    Raises FindingsError for files in the way that are not ours, and for those that only a later
    version of us can read; RenderError where the system does not let us read.
    """
    directory = directory_of(repository, output)
    _check_inside(repository, output)
    comparison = _Comparison(directory, files, whose, output)
    try:
        comparison.run()
    except OSError as error:
        where = os.path.relpath(error.filename or directory, repository)
        raise RenderError(f"{where}: cannot be read: {error.strerror}") from None
    if comparison.foreign or comparison.later:
        raise FindingsError(
            [*_foreign(output, comparison.foreign), *_later(output, comparison.later)]
        )
    return comparison.result()


class _Comparison:
    """Each entry of a directory against the file that should be there."""

    def __init__(self, directory: str, files: Mapping[str, bytes], whose: str, output: str) -> None:
        self._directory = directory
        self._files = files
        self._whose = whose
        self._output = output
        self._missing = set(files)
        self._changes: list[Change] = []
        self._leftovers: list[str] = []
        self._strays: list[Stray] = []
        self._unchanged = self._others = 0
        self.foreign: dict[str, str] = {}  # path -> whose it is, empty for nobody's
        self.later: dict[str, int] = {}  # path -> the format of its header

    def run(self) -> None:
        for path, entry in entries(self._directory):
            if entry.is_file(follow_symlinks=False):
                self._file(path, entry)
            else:
                self._others += 1
                if path in self._files:
                    self.foreign[path] = ""
        if os.path.isdir(self._directory):
            self._find_blocked()

    def _file(self, path: str, entry: os.DirEntry[str]) -> None:
        wanted = self._files.get(path)
        content = read_file(entry.path)
        if wanted == content:
            self._missing.discard(path)
            self._unchanged += 1
            return
        if is_temporary(entry.name) and begins_as_ours(content):
            self._leftovers.append(path)
            return
        if later := later_format(content):
            self.later[path] = later
            return
        headers = headers_of(content)
        if any(is_of(one, self._whose, self._output) for one in headers):
            self._missing.discard(path)
            self._changes.append(Change(path, content, wanted))
            return
        if wanted is not None:
            self.foreign[path] = headers[0].owner if headers else ""
            return
        self._others += 1
        whole = f"{self._output}/{path}"
        stray = stray_of(whole, headers)
        self._strays += [stray] if stray else []

    def _find_blocked(self) -> None:
        """Directories where a file should be; files or links where a directory should be."""
        there = {""}
        for parent in {path.rpartition("/")[0] for path in self._files} - there:
            mode = _mode(os.path.join(self._directory, parent))
            if mode is not None and stat.S_ISDIR(mode):
                there.add(parent)
            elif mode is not None:
                self.foreign[parent] = ""
        for path in self._missing:
            if path.rpartition("/")[0] in there:
                mode = _mode(os.path.join(self._directory, path))
                if mode is not None and stat.S_ISDIR(mode):
                    self.foreign[path] = ""

    def result(self) -> TreePlan:
        added = [Change(path, None, self._files[path]) for path in self._missing]
        by_hashes = paths_changed_by_hashes(self._changes)
        changed = [one._replace(hashes_only=one.path in by_hashes) for one in self._changes]
        changes = sorted([*changed, *added], key=lambda change: change.path)
        return TreePlan(
            changes=tuple(changes),
            unchanged=self._unchanged,
            others=self._others,
            leftovers=tuple(self._leftovers),
            strays=tuple(self._strays),
        )


def _foreign(output: str, paths: Mapping[str, str]) -> Iterator[Finding]:
    """Files that are not ours where a tree would be written."""
    for path, whose in sorted(paths.items()):
        yield Finding.error(
            "foreign-file",
            f"this is in the way, and {_origin(whose)}",
            Location(f"{output}/{path}" if output else path),
            hint="move it elsewhere or delete it; nothing was written",
        )


def _later(output: str, formats: Mapping[str, int]) -> Iterator[Finding]:
    """What a later version of us has written in a tree, whatever it is: we cannot tell."""
    for path in sorted(formats)[:1]:
        more = f" and {counted(len(formats) - 1, 'other')} here" if len(formats) > 1 else ""
        yield Finding.error(
            "later-format",
            f"a later render wrote this{more}: the header has format {max(formats.values())},"
            " and this render knows format 1",
            Location(f"{output}/{path}"),
            hint="install a later one (render --version says which this is); nothing was written",
        )


def _origin(whose: str) -> str:
    if whose.startswith(BOOTSTRAP):
        return f"was written by render {whose}"
    return f"was rendered for the cluster {whose}" if whose else "was not rendered"


def _check_inside(repository: str, output: str) -> None:
    """An output that is a link, or below one, would lead the files elsewhere."""
    if leads_elsewhere(repository, output):
        raise FindingsError(_foreign("", {output: ""}))


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return None
