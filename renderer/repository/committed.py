"""What stands in the directories of trees, whoever has put it there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError
from renderer.repository.skipped import skipped_function
from renderer.repository.strays import stray_in
from renderer.tree.disk import directory_of, entries, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.findings import Finding
    from renderer.repository.workspace import Workspace
    from renderer.tree.planning import Stray

_ENDINGS = (".yaml", ".yml", ".json")


class Committed(NamedTuple):
    """What does not belong there: files that were built without our function and, in the trees
    that are meant, those that were rendered for others."""

    skipped: tuple[Finding, ...]
    strays: tuple[Stray, ...]


def look_at_outputs(space: Workspace) -> Committed:
    """Reads every manifest in every output, once. Raises RenderError for what cannot be read."""
    trees = {tree.output: tree for tree in space.trees}
    skipped: list[Finding] = []
    strays: list[Stray] = []
    for output in sorted({*trees, *space.patterns.outputs(space.repository)}):
        tree = trees.get(output)
        for path, content in _contents(space, output):
            finding = skipped_function(path, content)
            skipped += [finding] if finding else []
            stray = tree and stray_in(tree, path, content)
            strays += [stray] if stray else []
    return Committed(tuple(skipped), tuple(strays))


def _contents(space: Workspace, output: str) -> Iterator[tuple[str, bytes]]:
    """The manifests below an output, by their paths in the repository."""
    directory = directory_of(space.repository, output)
    if space.leads_elsewhere(directory):
        return
    try:
        for path, entry in entries(directory):
            if path.endswith(_ENDINGS) and entry.is_file(follow_symlinks=False):
                yield f"{output}/{path}", read_file(entry.path)
    except OSError as error:
        where = os.path.relpath(error.filename or directory, space.repository)
        raise RenderError(f"{where}: cannot be read: {error.strerror}") from None
