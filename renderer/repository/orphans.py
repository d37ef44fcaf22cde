"""Trees that were rendered for what is no longer a source."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.repository.trees import is_source
from renderer.tree.disk import directory_of, entries, leads_elsewhere, read_file
from renderer.tree.header import read_header
from renderer.tree.planning import TreePlan, plan_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from renderer.repository.workspace import Workspace


class Orphan(NamedTuple):
    """A tree without a source, and the plan that would remove what is ours in it.

    `overlay` is the one that it was rendered from, where that is still there: then no entry of
    the settings covers it.
    """

    output: str
    plan: TreePlan
    overlay: str

    def is_meant(self, named: Iterable[str]) -> bool:
        """Whether it is to be removed: an overlay that is there is no reason to, unless named."""
        named = tuple(named)
        return self.output in named if named else not self.overlay

    @property
    def finding(self) -> Finding:
        """What to say of such a tree."""
        if self.overlay:
            return Finding.warning(
                "uncovered-tree",
                f"this was rendered from {self.overlay}, which the settings no longer cover",
                Location(self.output),
                hint="let an entry of the settings cover it; or, to remove the files that are ours"
                f" here,\nrun: render {self.output} --prune-clusters",
            )
        return Finding.warning(
            "orphan-tree",
            "the overlay of this tree is gone, but what was rendered from it is still here",
            Location(self.output),
            hint="render clusters --prune-clusters removes the files that are ours in it",
        )


def find_orphans(space: Workspace, among: Collection[str] | None = None) -> list[Orphan]:
    """The trees that are there and have no source; of all, or `among` these outputs."""
    known = {tree.output for tree in space.trees}
    found = []
    for output in space.patterns.outputs(space.repository):
        if output in known or (among is not None and output not in among):
            continue
        if leads_elsewhere(space.repository, output):
            continue
        whose, overlay = _origin(space.repository, output)
        if whose:
            is_there = bool(overlay) and is_source(os.path.join(space.repository, overlay))
            plan = plan_tree(space.repository, output, whose, {})
            found.append(Orphan(output, plan, overlay if is_there else ""))
    return found


def _origin(repository: str, output: str) -> tuple[str, str]:
    """The cluster that the first file of ours in a directory was rendered for, and from what."""
    try:
        for path, entry in entries(directory_of(repository, output)):
            if path.endswith(".yaml") and entry.is_file(follow_symlinks=False):
                content = read_file(entry.path)
                header = read_header(content)
                if header and header.is_of_tree:
                    return header.owner, header.source
    except OSError as error:
        raise RenderError(f"{output}: cannot be read: {error.strerror}") from None
    return "", ""
