"""One tree whose manifests are printed: by `render build`, and by `render krm` as a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.pipeline.run import compose_trees

if TYPE_CHECKING:
    from renderer.composition.composition import Composition, Rendered
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace


class Single(NamedTuple):
    """A tree with its composition; `withheld` are the trees of its cluster that cannot be rendered,
    and may be what is missing in it."""

    composition: Composition
    rendered: Rendered
    withheld: tuple[str, ...]


def render_single(space: Workspace, tree: Tree) -> Single:
    """Composes and renders one tree, judged with all others of its cluster, as `render` judges it.

    These are rendered as far as it takes to know what they hold. Raises RenderError where the
    tree itself cannot be composed.
    """
    trees = [tree]  # a kustomization of any directory, which no cluster has
    if tree in space.trees:
        trees = [one for one in space.trees if one.cluster == tree.cluster]
    composed, failed = compose_trees(space, trees)
    if tree.name in failed:
        raise failed[tree.name]
    from renderer.composition.composition import verify
    from renderer.pipeline.siblings import Siblings, prepare_together

    siblings = Siblings(
        trees=tuple(composed.values()),
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
