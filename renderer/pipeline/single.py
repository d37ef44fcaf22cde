"""One tree whose manifests are printed: by `render build`, and by `render krm` as a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.pipeline.run import compose_trees

if TYPE_CHECKING:
    from renderer.composition.composition import Composition, Rendered
    from renderer.pipeline.inputs import Inputs
    from renderer.repository.workspace import Workspace


class Single(NamedTuple):
    """A tree with its composition; `withheld` are the trees of its cluster that cannot be rendered,
    and may be what is missing in it."""

    composition: Composition
    rendered: Rendered
    withheld: tuple[str, ...]


def render_single(space: Workspace, inputs: Inputs) -> Single:
    """Composes and renders one tree, judged with all others of its cluster, as `render` judges it.

    These are rendered as far as it takes to know what they hold. Raises RenderError where the
    tree itself cannot be composed.
    """
    tree = inputs.tree
    others = [one for one in space.trees if one.cluster == tree.cluster and one != tree]
    if tree not in space.trees:
        others = []  # a kustomization of any directory, which no cluster has
    composed, failed = compose_trees(space, [tree, *others])
    if tree.name in failed:
        raise failed[tree.name]
    from renderer.composition.composition import verify
    from renderer.pipeline.siblings import Siblings, prepare_together

    siblings = Siblings(
        trees=tuple(composed[one.name] for one in (tree, *others) if one.name in composed),
        asked=frozenset([tree.name]),
        failed=tuple(failed),
    )
    together = prepare_together(space, siblings)
    if tree.name in together.errors:
        raise together.errors[tree.name]
    found = next(one for one in together.ready if one.name == tree.name)
    inputs, composition = found.composed
    rendered = verify(composition, found.prepared, tree.name, together.facts, silent=inputs.silent)
    withheld = tuple(name for name in together.failed if name != tree.name)
    return Single(composition, rendered, withheld)
