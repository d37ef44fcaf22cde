"""Trees that were rendered for what is no longer a source, or is written elsewhere now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.counting import counted
from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.kustomize.files import is_below
from renderer.repository.strays import strays_outside
from renderer.repository.trees import is_gone
from renderer.tree.disk import directory_of, entries, read_file, read_start
from renderer.tree.folders import is_temporary
from renderer.tree.header import begins_as_ours, headers_of
from renderer.tree.locking import locked
from renderer.tree.planning import Change, Stray, TreePlan
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.repository.workspace import Workspace


class Orphan(NamedTuple):
    """Files of one tree that is no more, in the directory `output`.

    `name` and `source` are those of the tree then, empty where the files do not say; `now` are
    the outputs of the trees that the source has today. `is_gone` says that there is nothing to
    render it from, `is_among` that files of other trees are in the same directory.
    """

    output: str
    name: str
    source: str
    files: tuple[Stray, ...]
    now: tuple[str, ...]
    is_gone: bool
    is_among: bool

    @property
    def is_uncovered(self) -> bool:
        """Whether the source is there but no entry of the settings takes it: that is no reason
        to remove the tree."""
        return not self.is_gone and not self.now

    @property
    def finding(self) -> Finding:
        """What to say of such a tree."""
        where = Location(self.output)
        files = "what was rendered from it is still here"
        if self.is_among:
            files = f"what was rendered from it is still here, as {self.files[0].path}"
            files += f" ({counted(len(self.files), 'file')})"
        command = f"render {self.output} --prune-clusters"
        if self.is_uncovered:
            return Finding.warning(
                "uncovered-tree",
                f"this was rendered from {self.source}, which the settings no longer cover",
                where,
                hint="let an entry of the settings cover it; or, to remove the files that are ours"
                f" here,\nrun: {command}",
            )
        if self.now:
            return Finding.warning(
                "moved-tree",
                f"{self.source} is rendered to {' and '.join(self.now)} now, but {files}",
                where,
                hint=f"{command} removes the files that are ours in it",
            )
        return Finding.warning(
            "orphan-tree",
            f"the overlay of this tree is gone, but {files}",
            where,
            hint=f"{command} removes the files that are ours in it",
        )

    def changes(self, repository: str) -> tuple[Change, ...]:
        """The removal of its files, as far as they are there. Raises RenderError."""
        found = []
        for stray in self.files:
            try:
                content = read_file(os.path.join(repository, stray.path))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise RenderError(f"{stray.path}: cannot be read: {error.strerror}") from None
            if stray.header in headers_of(content):
                # Nothing says any more which of its values a parameter declared secret.
                path = stray.path[len(self.output) + 1 :]
                found.append(Change(path, content, None, is_secret=True))
        return tuple(found)


def find_orphans(space: Workspace, inside: Iterable[Stray]) -> list[Orphan]:
    """The trees that are there and no longer meant, by directory; `inside` are the files for
    others that were found in the trees that are meant.

    Raises RenderError where a directory or an overlay cannot be read: it is not gone.
    """
    grouped: dict[tuple[str, str], list[Stray]] = {}
    places = _Places(space)
    for stray in (*inside, *strays_outside(space)):
        key = places.of(stray), stray.header.source
        grouped.setdefault(key, []).append(stray)
    now: dict[str, list[str]] = {}
    for tree in space.trees:
        now.setdefault(tree.source, []).append(tree.output)
    return [
        Orphan(
            output=output,
            name=files[0].header.owner,
            source=source,
            files=tuple(sorted(files)),
            now=tuple(now.get(source, ())),
            is_gone=source not in now and _is_gone(space, source),
            is_among=places.are_shared(output),
        )
        for (output, source), files in sorted(grouped.items())
    ]


def remove(repository: str, orphan: Orphan, trees: Sequence[str]) -> tuple[Change, ...]:
    """Removes the files of an orphan, and what was left there by a render that was killed.

    `trees` are the outputs of those that are meant. Gives what was removed. Raises RenderError.
    """
    with locked(repository, orphan.output, writing=True) as alone:
        changes = orphan.changes(repository)
        plan = TreePlan(
            changes=changes,
            unchanged=0,
            leftovers=tuple(_leftovers(repository, orphan.output, changes, trees)),
        )
        carry_out(repository, orphan.output, plan, alone=alone)
    return changes


def _leftovers(
    repository: str, output: str, changes: Sequence[Change], trees: Sequence[str]
) -> Iterator[str]:
    """Temporary files beside the files of an orphan; those in a tree are its own to remove."""
    for folder in sorted({one.path.rpartition("/")[0] for one in changes}):
        base = f"{output}/{folder}" if folder else output
        if any(is_below(base, tree) for tree in trees):
            continue
        for path, entry in entries(directory_of(repository, base)):
            is_one = "/" not in path and is_temporary(path) and entry.is_file(follow_symlinks=False)
            if is_one and begins_as_ours(read_start(entry.path)):
                yield f"{folder}/{path}" if folder else path


class _Places:
    """Which directory a file without a tree is told of by."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._trees = [tree.output for tree in space.trees]
        self._outputs: list[str] | None = None

    def of(self, stray: Stray) -> str:
        """The output that its header names, if it is there; else the one that it is in."""
        if stray.is_in_place:
            return stray.header.output
        if self._outputs is None:
            self._outputs = [*self._trees, *self._space.patterns.outputs(self._space.repository)]
        around = [one for one in self._outputs if is_below(stray.path, one)]
        return max(around, key=len) if around else os.path.dirname(stray.path)

    def are_shared(self, output: str) -> bool:
        return any(is_below(tree, output) or is_below(output, tree) for tree in self._trees)


def _is_gone(space: Workspace, source: str) -> bool:
    """Whether an overlay is gone; nothing outside the repository is looked for."""
    if not source or os.path.isabs(source) or ".." in source.split("/"):
        return True
    try:
        return is_gone(os.path.join(space.repository, source))
    except OSError as error:
        raise RenderError(
            f"{source}: cannot be read: {error.strerror}",
            hint="it is not known whether this overlay is gone, so nothing is removed",
        ) from None
