"""`render list` and `render parameters`: what there is, and what can be set."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from renderer.errors import RenderError, UsageError
from renderer.findings import FindingsError, has_errors
from renderer.parameters.model import ClusterDocument
from renderer.parameters.resolving import resolve_values
from renderer.pipeline.inputs import Inputs, discover
from renderer.pipeline.outcome import failure
from renderer.reports.parameters import Settable, parameter_row, parameter_text
from renderer.reports.results import print_failures
from renderer.reports.rows import as_json as json_of
from renderer.reports.rows import cluster_row
from renderer.reports.text import printable, style_for, table
from renderer.repository.clusters import choose, is_source
from renderer.repository.documents import read_cluster_source
from renderer.repository.patterns import directories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.repository.clusters import Cluster
    from renderer.repository.workspace import Workspace

_STACK_LENGTH = 12  # characters of a stack's key that are shown


def list_clusters(space: Workspace, *, as_json: bool, verbose: bool, color: bool) -> bool:
    """Prints every tree; those that share a stack show the same stack.

    One that cannot be read is marked, and said on stderr; then the answer is False. With
    `verbose` also the kustomizations beside sources that no entry of the settings covers.
    """
    read: dict[str, Inputs | RenderError] = {}
    for cluster in space.clusters:
        try:
            read[cluster.name] = discover(space, cluster)
        except RenderError as error:
            read[cluster.name] = error
    rows = [_listed(space, cluster, read[cluster.name]) for cluster in space.clusters]
    if as_json:
        print(json_of(rows))
    else:
        _print_table(rows)
    outcomes = [
        failure(one, found)
        for one in space.clusters
        if isinstance(found := read[one.name], RenderError)
    ]
    print_failures(outcomes, style_for(sys.stderr, color))
    if verbose and not as_json:
        inputs = [one for one in read.values() if isinstance(one, Inputs)]
        for directory in _uncovered(space, inputs):
            print(printable(f"not covered by the settings: {directory}"))
    return not outcomes


def _listed(space: Workspace, cluster: Cluster, inputs: Inputs | RenderError) -> dict[str, Any]:
    if isinstance(inputs, RenderError):
        return {**cluster_row(cluster), "components": None, "stack": None}
    components = [
        os.path.relpath(path, space.repository).replace(os.sep, "/")
        for path in inputs.closure.components
    ]
    return {
        **cluster_row(cluster),
        "components": components,
        "stack": inputs.key[:_STACK_LENGTH],
    }


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    cells = [
        [
            *(row[name] for name in ("name", "source", "output")),
            row["stack"] or "cannot be read",
            " ".join(os.path.basename(path) for path in row["components"] or ()),
        ]
        for row in rows
    ]
    head = ["NAME", "SOURCE", "OUTPUT", "STACK", "COMPONENTS"]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(printable(table(head, cells, width)))
    sys.stdout.flush()  # so that both streams of a terminal stay in their order


def _uncovered(space: Workspace, inputs: Sequence[Inputs]) -> list[str]:
    """The directories beside sources that could be sources, and that no source composes."""
    known = {cluster.source for cluster in space.clusters}
    known |= {cluster.output for cluster in space.clusters}
    for one in inputs:
        known |= {os.path.relpath(path, space.repository) for path in one.closure.directories}
    found = set()
    for parent in {os.path.dirname(cluster.source) for cluster in space.clusters}:
        for name in directories(os.path.join(space.repository, parent)):
            path = f"{parent}/{name}" if parent else name
            if path not in known and is_source(os.path.join(space.repository, path)):
                found.add(path)
    return sorted(found)


def list_parameters(space: Workspace, argument: str, *, as_json: bool) -> None:
    """Prints every parameter that a cluster can set.

    Raises FindingsError where the documents that declare or set them cannot be understood.
    """
    found = choose(space.clusters, [argument], space.repository, os.getcwd())
    if len(found) != 1:
        raise UsageError(f"{argument} means {len(found)} clusters; name one")
    parameters = _parameters(space, found[0])
    if as_json:
        print(json_of([parameter_row(one) for one in parameters]))
        return
    for one in parameters:
        sys.stdout.write(printable(parameter_text(one)))


def _parameters(space: Workspace, cluster: Cluster) -> Iterator[Settable]:
    """The parameters by name, each with its value if it has one."""
    inputs = discover(space, cluster)
    declarations = space.declarations(inputs.closure.documents)
    document = ClusterDocument()
    findings = list(declarations.findings)
    if inputs.content is not None:
        source = read_cluster_source(space.repository, cluster, inputs.content)
        findings += source.findings
        document = source.document
    if has_errors(findings):
        raise FindingsError(findings)
    resolved = resolve_values(declarations, document.settings, document.location)
    for name in sorted(declarations.parameters):
        parameter = declarations.parameters[name]
        yield Settable(parameter, resolved.values.get(name), resolved.unused.get(name))
