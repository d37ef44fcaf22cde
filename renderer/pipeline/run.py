"""The pipeline: discover, compose, parametrize, seal, verify, write."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.pipeline.inputs import Inputs, discover, is_current, is_verified
from renderer.pipeline.outcome import Options, Outcome, failure, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.repository.clusters import Cluster
    from renderer.repository.records import Record
    from renderer.repository.workspace import Workspace

# A forked process cannot safely go on on macOS (system libraries), and not at all on Windows.
_CAN_FORK = sys.platform.startswith("linux")
PROCESSES = min(2, os.cpu_count() or 1) if _CAN_FORK else 1
# Clusters from which on starting processes takes less than doing the work in one.
_RENDERED_TO_FORK = 16
_COMPARED_TO_FORK = 100
_COMPARED_AT_ONCE = 20  # clusters for each result that is sent from a process


def render_clusters(
    space: Workspace, clusters: Sequence[Cluster], options: Options
) -> Iterator[Outcome]:
    """Renders the clusters, and yields what became of each as soon as it is known.

    A cluster with an error keeps the tree that it has; the others are written all the same.
    """
    current = _up_to_date(space, clusters, options)
    stale: list[Inputs] = []
    for cluster in clusters:
        if cluster.name in current:
            yield unchanged(cluster, current[cluster.name])
            continue
        try:
            stale.append(discover(space, cluster))
        except RenderError as error:
            yield failure(cluster, error)
    if stale:
        yield from _render_stale(space, stale, options)


def _render_stale(space: Workspace, stale: Sequence[Inputs], options: Options) -> Iterator[Outcome]:
    """Composes all, then takes each through the other steps.

    Imports stand where they are needed, because a run in which everything is up to date does
    without YAML, patches and schemas.
    """
    from renderer.pipeline.compose import compose_clusters

    composed = []
    for inputs, composition in compose_clusters(space, stale):
        if isinstance(composition, RenderError):
            yield failure(inputs.cluster, composition)
        else:
            composed.append((inputs, composition))
    if not composed:
        return
    from renderer.pipeline.finish import Composed, parametrize_seal_verify_write

    def finish(one: Composed) -> Outcome:
        return parametrize_seal_verify_write(space, one, options)

    ready = [Composed(*one) for one in composed]
    if options.processes < 2 or len(ready) < _RENDERED_TO_FORK:
        yield from map(finish, ready)
    else:
        from renderer.pipeline.workers import spread

        yield from spread(ready, finish, options.processes)


def _up_to_date(
    space: Workspace, clusters: Sequence[Cluster], options: Options
) -> dict[str, Record]:
    """The records, by cluster, of those whose inputs and trees are as they were."""
    records = [(cluster, space.records.get(cluster.output)) for cluster in clusters]
    known = {cluster.name: (cluster, record) for cluster, record in records if record}

    def are_current(names: Sequence[str]) -> list[str]:
        return [name for name in names if _is_up_to_date(space, *known[name], options)]

    if options.processes < 2 or len(known) < _COMPARED_TO_FORK:
        names = are_current([*known])
    else:
        from renderer.pipeline.workers import spread

        if any(record.unknown_kinds for _, record in known.values()):
            space.definitions.find()
        queue = [*known]
        parts = [
            queue[at : at + _COMPARED_AT_ONCE] for at in range(0, len(queue), _COMPARED_AT_ONCE)
        ]
        names = [name for found in spread(parts, are_current, options.processes) for name in found]
    return {name: known[name][1] for name in names}


def _is_up_to_date(space: Workspace, cluster: Cluster, record: Record, options: Options) -> bool:
    is_same = is_current if options.tree else is_verified
    try:
        return is_same(space, discover(space, cluster), record)
    except RenderError:
        return False  # which error it is will be said when it is rendered
