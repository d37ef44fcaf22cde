"""`render list` and `render parameters`: what there is, and what can be set."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from renderer.errors import UsageError
from renderer.findings import FindingsError, has_errors
from renderer.parameters.model import ClusterDocument, as_text
from renderer.parameters.resolving import resolve_values
from renderer.pipeline.inputs import discover
from renderer.reports.text import printable, table
from renderer.repository.clusters import CLUSTER_FILE, choose
from renderer.repository.documents import read_cluster_source

if TYPE_CHECKING:
    from renderer.parameters.model import Parameter, Target
    from renderer.repository.workspace import Workspace

_STACK_LENGTH = 12  # characters of a stack's key that are shown


def list_clusters(space: Workspace, *, as_json: bool) -> None:
    """Prints every cluster; those that share a stack show the same stack."""
    rows: list[dict[str, Any]] = []
    for cluster in space.clusters:
        inputs = discover(space, cluster)
        components = [
            os.path.relpath(path, space.repository).replace(os.sep, "/")
            for path in inputs.closure.components
        ]
        rows.append(
            {
                "name": cluster.name,
                "source": cluster.source,
                "output": cluster.output,
                "components": components,
                "stack": inputs.key[:_STACK_LENGTH],
            }
        )
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    cells = [
        [
            row["name"],
            row["source"],
            row["output"],
            row["stack"],
            " ".join(os.path.basename(path) for path in row["components"]),
        ]
        for row in rows
    ]
    head = ["NAME", "SOURCE", "OUTPUT", "STACK", "COMPONENTS"]
    sys.stdout.write(printable(table(head, cells)))


def list_parameters(space: Workspace, argument: str, *, as_json: bool) -> None:
    """Prints every parameter that a cluster can set.

    Raises FindingsError where the documents that declare or set them cannot be understood.
    """
    found = choose(space.clusters, [argument], space.repository, os.getcwd())
    if len(found) != 1:
        raise UsageError(f"{argument} means {len(found)} clusters; name one")
    rows = _parameters(space, found[0])
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        sys.stdout.write(printable(_shown(row)))


def _parameters(space: Workspace, cluster: Any) -> list[dict[str, Any]]:
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
    rows = []
    for name in sorted(declarations.parameters):
        parameter = declarations.parameters[name]
        value = values.get(name)
        row: dict[str, Any] = {"name": name}
        if value is not None:
            row["value"] = value.value
        row["set"] = str(value.location) if value and value.location else None
        row["required"] = parameter.required
        if parameter.has_default:
            row["default"] = parameter.default
        row["type"] = _type(parameter)
        row["schema"] = parameter.schema
        row["description"] = parameter.description
        row["declared"] = str(parameter.location)
        row["targets"] = [_target(target) for target in parameter.targets]
        rows.append(row)
    return rows


def _type(parameter: Parameter) -> str:
    schema = parameter.schema
    if not isinstance(schema, dict):
        return "any"
    if "enum" in schema:
        return " | ".join(as_text(one) for one in schema["enum"])
    kind = schema.get("type", "any")
    shown = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{shown} ({schema['format']})" if "format" in schema else shown


def _target(target: Target) -> dict[str, Any]:
    select = target.select
    fields = {
        "group": select.group,
        "version": select.version,
        "kind": select.kind,
        "name": select.name,
        "namespace": select.namespace,
        "labelSelector": select.label_selector,
        "annotationSelector": select.annotation_selector,
    }
    return {
        "select": {name: value for name, value in fields.items() if value},
        "path": str(target.pointer),
        "op": target.op,
    }


def _shown(row: dict[str, Any]) -> str:
    lines = [f"{row['name']}: {row['type']}"]
    if row["description"]:
        lines.append(f"    {row['description']}")
    if "value" in row:
        where = row["set"] or "its default"
        lines.append(f"    value    {as_text(row['value'])}  ({where})")
    else:
        lines.append(f"    value    none; it is required, set it in {CLUSTER_FILE}")
    if "default" in row and row["set"]:
        lines.append(f"    default  {as_text(row['default'])}")
    for target in row["targets"]:
        select = ", ".join(f"{key}: {value}" for key, value in target["select"].items())
        lines.append(f"    writes   {{{select}}} {target['path']}")
    return "\n".join(lines) + "\n\n"
