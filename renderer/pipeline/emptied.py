"""Trees that are left without a manifest, though that is not what their source says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from renderer.findings import Finding, Location
from renderer.kustomize.refusal.scene import Scene
from renderer.tree.planning import plan_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.pipeline.inputs import Inputs
    from renderer.repository.workspace import Workspace

# The fields of a kustomization that objects come from.
_SOURCES: Final = (
    *("resources", "bases", "components"),
    *("generators", "configMapGenerator", "secretGenerator"),
    *("helmCharts", "helmChartInflationGenerator"),
)
_DELETED = "look for a patch that deletes more than is meant; --allow-empty permits it"
_UNLISTED = "it lists nothing, though manifests are committed; --allow-empty permits that"


def check_emptied(space: Workspace, inputs: Inputs) -> Iterator[Finding]:
    """An error for a tree without a manifest, unless its source lists none and none is lost."""
    tree, root = inputs.tree, inputs.closure.root
    here = Scene(root, space.policy).kustomization(root)
    lists = here is not None and any(here.items(*_SOURCES))
    if lists or plan_tree(space.repository, tree.output, tree.name, {}).changes:
        yield Finding.error(
            "empty-tree",
            "no manifest is left for this tree, which would be empty",
            Location(tree.source),
            hint=_DELETED if lists else _UNLISTED,
        )
