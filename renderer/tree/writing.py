"""Carrying out a plan: each file whole or not at all, then the removal of what is stale."""

from __future__ import annotations

import errno
import os
from itertools import groupby
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.tree.folders import open_folder, remove_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.tree.folders import Folder
    from renderer.tree.planning import TreePlan


def carry_out(repository: str, output: str, plan: TreePlan, *, alone: bool) -> None:
    """Writes what a plan says, each file whole or not at all, and removes what is stale.

    Only who is `alone`, with the lock of the tree, may take a temporary file for one that was
    left behind. Raises RenderError when the system refuses; every file is then its old or its
    new self.
    """
    written = {one.path: one.new for one in plan.changes if one.new is not None}
    removed = [one.path for one in plan.changes if one.new is None]
    try:
        with open_folder(repository) as top:
            _remove(top, output, plan.leftovers if alone else ())
            for parent, names in _by_folder(output, written):
                _write(top, parent, {name: written[path] for name, path in names})
            _remove(top, output, removed)
    except OSError as error:
        where = os.path.relpath(error.filename or os.path.join(repository, output), repository)
        raise RenderError(
            f"{where}: cannot be written: {os.strerror(error.errno or errno.EIO)}",
            hint="every file there is old or new as a whole; run the same command again when"
            " there is room and permission",
        ) from None


def _by_folder(
    output: str, paths: Iterable[str]
) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """The directories of files, each with the names in it and the paths below the output.

    One is done after the other, because a system may allow few open directories.
    """

    def parent(path: str) -> str:
        return f"{output}/{path}".rpartition("/")[0]

    for folder, found in groupby(paths, parent):
        yield folder, ((path.rpartition("/")[2], path) for path in found)


def _write(top: Folder, parent: str, files: dict[str, bytes]) -> None:
    try:
        with top.below(parent, make=True) as folder:
            for name, content in files.items():
                folder.put(name, content)
    except BaseException:
        remove_empty(top, parent)
        raise


def _remove(top: Folder, output: str, paths: Iterable[str]) -> None:
    """Removes files, and the directories that this leaves empty, the output itself too."""
    for parent, names in _by_folder(output, paths):
        try:
            with top.below(parent) as folder:
                for name, _ in names:
                    folder.remove(name)
        except FileNotFoundError:
            continue
        remove_empty(top, parent)
