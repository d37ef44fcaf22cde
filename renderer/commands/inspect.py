"""`render list` and `render parameters`: what there is, and what can be set."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.findings import FindingsError, has_errors
from renderer.parameters.model import ClusterDocument
from renderer.parameters.resolving import resolve_values
from renderer.pipeline.inputs import discover
from renderer.reports.parameters import parameter_row, parameter_text
from renderer.reports.rows import as_json as json_of
from renderer.reports.rows import cluster_row
from renderer.reports.text import printable, table
from renderer.repository.clusters import choose
from renderer.repository.documents import read_cluster_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.parameters.model import Parameter
    from renderer.parameters.resolving import Value
    from renderer.repository.clusters import Cluster
    from renderer.repository.workspace import Workspace

_STACK_LENGTH = 12  # characters of a stack's key that are shown


def list_clusters(space: Workspace, *, as_json: bool) -> None:
    """Prints every cluster; those that share a stack show the same stack."""
    rows = []
    for cluster in space.clusters:
        inputs = discover(space, cluster)
        components = [
            os.path.relpath(path, space.repository).replace(os.sep, "/")
            for path in inputs.closure.components
        ]
        stack = inputs.key[:_STACK_LENGTH]
        rows.append({**cluster_row(cluster), "components": components, "stack": stack})
    if as_json:
        print(json_of(rows))
        return
    cells = [
        [
            *(row[name] for name in ("name", "source", "output", "stack")),
            " ".join(os.path.basename(path) for path in row["components"]),
        ]
        for row in rows
    ]
    head = ["NAME", "SOURCE", "OUTPUT", "STACK", "COMPONENTS"]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(printable(table(head, cells, width)))


def list_parameters(space: Workspace, argument: str, *, as_json: bool) -> None:
    """Prints every parameter that a cluster can set.

    Raises FindingsError where the documents that declare or set them cannot be understood.
    """
    found = choose(space.clusters, [argument], space.repository, os.getcwd())
    if len(found) != 1:
        raise UsageError(f"{argument} means {len(found)} clusters; name one")
    parameters = _parameters(space, found[0])
    if as_json:
        print(json_of([parameter_row(*one) for one in parameters]))
        return
    for one in parameters:
        sys.stdout.write(printable(parameter_text(*one)))


def _parameters(space: Workspace, cluster: Cluster) -> Iterator[tuple[Parameter, Value | None]]:
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
    values, _ = resolve_values(declarations, document.settings, document.location)
    for name in sorted(declarations.parameters):
        yield declarations.parameters[name], values.get(name)
