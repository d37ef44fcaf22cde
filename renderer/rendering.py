"""The pipeline: discover, compose, parametrize, seal, verify, write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.inputs import Inputs, discover, is_current
from renderer.outcome import Options, Outcome, failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.layout.clusters import Cluster
    from renderer.workspace import Workspace


def render_clusters(
    space: Workspace, clusters: Sequence[Cluster], options: Options
) -> Iterator[Outcome]:
    """Renders the clusters, and yields what became of each as soon as it is known.

    A cluster with an error keeps the tree that it has; the others are written all the same.
    """
    stale: list[Inputs] = []
    for cluster in clusters:
        try:
            inputs = discover(space, cluster)
        except RenderError as error:
            yield failure(cluster, error)
            continue
        known = space.records.get(cluster.output)
        if known and is_current(space, inputs, known):
            yield Outcome(cluster, known.findings, None, known.manifests, known.files, (), known)
        else:
            stale.append(inputs)
    if stale:
        # Imported here because it brings YAML, patches and schemas, which a run in which
        # everything is up to date does without.
        from renderer.steps import compose_parametrize_seal_verify_write

        yield from compose_parametrize_seal_verify_write(space, stale, options)
