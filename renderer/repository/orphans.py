"""Trees that were rendered for a cluster which is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.tree.disk import directory_of, entries, leads_elsewhere, read_file
from renderer.tree.header import BOOTSTRAP, owner
from renderer.tree.planning import TreePlan, plan_tree

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace


def find_orphans(space: Workspace) -> list[tuple[str, TreePlan]]:
    """The output directory of each, with the plan that would remove what is ours in it."""
    known = {cluster.output for cluster in space.clusters}
    outputs = space.patterns.outputs(space.repository)
    gone = [
        one for one in outputs if one not in known and not leads_elsewhere(space.repository, one)
    ]
    if not gone:
        return []
    owners = [(output, _owner(space.repository, output)) for output in gone]
    return [
        (output, plan_tree(space.repository, output, name, {})) for output, name in owners if name
    ]


def _owner(repository: str, output: str) -> str:
    """The cluster that the first file of ours in a directory was rendered for."""
    try:
        for path, entry in entries(directory_of(repository, output)):
            if path.endswith(".yaml") and entry.is_file(follow_symlinks=False):
                name = owner(read_file(entry.path))
                if name and not name.startswith(BOOTSTRAP):
                    return name
    except OSError as error:
        raise RenderError(f"{output}: cannot be read: {error.strerror}") from None
    return ""


def orphan_finding(output: str) -> Finding:
    """What to say of such a tree."""
    return Finding.warning(
        "orphan-tree",
        "the overlay of this tree is gone, but what was rendered from it is still here",
        Location(output),
        hint="render clusters --prune-clusters removes the files that are ours in it",
    )
