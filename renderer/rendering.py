"""The pipeline: discover, compose, parametrize, seal, verify, write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.inputs import Inputs, discover, is_current
from renderer.outcome import Options, Outcome, failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.layout.clusters import Cluster
    from renderer.records import Record
    from renderer.workspace import Workspace

_WORTH_A_PROCESS = 100  # clusters; comparing these takes longer than starting a process


def render_clusters(
    space: Workspace, clusters: Sequence[Cluster], options: Options
) -> Iterator[Outcome]:
    """Renders the clusters, and yields what became of each as soon as it is known.

    A cluster with an error keeps the tree that it has; the others are written all the same.
    """
    current = _up_to_date(space, clusters, options.processes)
    stale: list[Inputs] = []
    for cluster in clusters:
        if cluster.name in current:
            known = current[cluster.name]
            yield Outcome(cluster, known.findings, None, known.manifests, known.files, (), known)
            continue
        try:
            stale.append(discover(space, cluster))
        except RenderError as error:
            yield failure(cluster, error)
    if stale:
        # Imported here because it brings YAML, patches and schemas, which a run in which
        # everything is up to date does without.
        from renderer.steps import compose_parametrize_seal_verify_write

        yield from compose_parametrize_seal_verify_write(space, stale, options)


def _up_to_date(space: Workspace, clusters: Sequence[Cluster], processes: int) -> dict[str, Record]:
    """The records, by cluster, of those whose inputs and trees are as they were."""
    records = [(cluster, space.records.get(cluster.output)) for cluster in clusters]
    known = {cluster.name: (cluster, record) for cluster, record in records if record}

    def name_if_current(name: str) -> str:
        cluster, record = known[name]
        try:
            return name if is_current(space, discover(space, cluster), record) else ""
        except RenderError:
            return ""

    if processes < 2 or len(known) < _WORTH_A_PROCESS:
        names = set(map(name_if_current, known))
    else:
        from renderer.workers import spread

        if any(record.unknown_kinds for _, record in known.values()):
            space.scopes  # noqa: B018 # read once, before the processes part
        names = set(spread([*known], name_if_current, processes))
    return {name: record for name, (_, record) in known.items() if name in names}
