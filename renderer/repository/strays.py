"""Files with our header that belong to no tree: what an earlier overlay, output or name has left.

They are looked for inside the trees, everywhere below the directories that outputs lie in, and,
where they stand below the output that their header names, in the rest of the repository: a
setting that is changed from `clusters/{cluster}` to `trees/{cluster}` leaves `clusters/` behind.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.repository.settings_file import OWN, SHARED, has_settings
from renderer.tree.disk import directory_of, entries, leads_elsewhere, listed, read_start
from renderer.tree.header import header, headers_of, is_of
from renderer.tree.planning import stray_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace
    from renderer.tree.planning import Stray

_MOST_DIRECTORIES = 2000  # that are looked at where no output is, the uppermost first
_ENDING = ".yaml"


def strays_in(repository: str, tree: Tree) -> tuple[Stray, ...]:
    """The files in a tree's directory that were rendered for others. Raises RenderError."""
    found: list[Stray] = []
    if leads_elsewhere(repository, tree.output):
        return ()
    try:
        for path, entry in entries(directory_of(repository, tree.output)):
            if path.endswith(_ENDING) and entry.is_file(follow_symlinks=False):
                stray = stray_in(tree, f"{tree.output}/{path}", read_start(entry.path))
                found += [stray] if stray else []
    except OSError as error:
        raise _unreadable(repository, error) from None
    return tuple(found)


def stray_in(tree: Tree, path: str, content: bytes) -> Stray | None:
    """A file in a tree's directory, if it was rendered for another, by what it begins with."""
    if content.startswith(header(tree).encode()):
        return None
    headers = headers_of(content)
    if any(is_of(one, tree.name, tree.output) for one in headers):
        return None
    return stray_of(path, headers)


def strays_outside(space: Workspace) -> Iterator[Stray]:
    """The files with our header that are in no tree. Raises RenderError."""
    repository = space.repository
    trees = {path for tree in space.trees for path in (tree.source, tree.output)}
    roots = space.patterns.output_roots(repository)
    try:
        for root in roots:
            if root not in trees and not leads_elsewhere(repository, root):
                yield from _below(repository, root, trees, first=True)
        yield from _elsewhere(repository, {*roots, *trees})
    except OSError as error:
        raise _unreadable(repository, error) from None


def _below(
    repository: str, directory: str, without: Container[str], *, first: bool = False
) -> Iterator[Stray]:
    """Those below a directory, without those below others; links are not followed."""
    strays, below = _look(repository, directory, without, is_ours=first)
    yield from strays
    for path in below:
        yield from _below(repository, path, without)


def _elsewhere(repository: str, without: Container[str]) -> Iterator[Stray]:
    """Those that stand where they were written, in what is near the root of the repository."""
    waiting = deque([""])
    for _ in range(_MOST_DIRECTORIES):
        if not waiting:
            return
        directory = waiting.popleft()
        try:
            strays, below = _look(repository, directory, without, is_ours=not directory)
        except OSError:
            continue  # no output is here by the settings, and nothing is removed unseen
        waiting += (path for path in below if not os.path.basename(path).startswith("."))
        yield from (one for one in strays if one.is_in_place)


def _look(
    repository: str, directory: str, without: Container[str], *, is_ours: bool
) -> tuple[list[Stray], list[str]]:
    """The strays in one directory, and the directories in it; sorted.

    A repository inside ours, which is no source or output, has its own trees: nothing is said
    of them, unless the directory `is_ours` for sure.
    """
    found = listed(os.path.join(repository, directory))
    names = {entry.name for entry in found}
    may_have_settings = not names.isdisjoint((OWN, SHARED))
    if not is_ours and (
        ".git" in names or (may_have_settings and has_settings(os.path.join(repository, directory)))
    ):
        return [], []
    strays, below = [], []
    for entry in found:
        path = f"{directory}/{entry.name}" if directory else entry.name
        if entry.is_dir(follow_symlinks=False):
            if path not in without and entry.name != ".git":
                below.append(path)
        elif entry.name.endswith(_ENDING) and entry.is_file(follow_symlinks=False):
            stray = _read_stray(path, entry)
            strays += [stray] if stray else []
    return strays, below


def _read_stray(path: str, entry: os.DirEntry[str]) -> Stray | None:
    try:
        return stray_of(path, headers_of(read_start(entry.path)))
    except FileNotFoundError:
        return None  # another render has just removed it


def _unreadable(repository: str, error: OSError) -> RenderError:
    where = os.path.relpath(error.filename, repository) if error.filename else "."
    return RenderError(
        f"{where}: cannot be read: {error.strerror}",
        hint="what is in it is not known, so nothing is removed",
    )
