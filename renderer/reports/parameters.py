"""What a cluster can set, as text and as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.json_schema import HIDDEN, shown_schema
from renderer.parameters.model import as_text
from renderer.reports.rows import location_row
from renderer.reports.text import WIDTH, wrapped
from renderer.repository.trees import CLUSTER_FILE

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.parameters.model import Parameter, Target
    from renderer.parameters.resolving import Value


class Settable(NamedTuple):
    """A parameter with its value in a cluster, or where the cluster says that it is not used.

    What is `hidden` (its value, its default) may be a secret.
    """

    parameter: Parameter
    value: Value | None
    unused: Location | None
    hidden: frozenset[str] = frozenset()


def parameter_row(one: Settable) -> dict[str, Any]:
    """The row of a parameter; without a value or default there is no such field in it."""
    parameter, value, unused, hidden = one
    row: dict[str, Any] = {"name": parameter.name}
    if value is not None:
        row["value"] = HIDDEN if "value" in hidden else value.value
    row["used"] = unused is None
    row["set"] = location_row(value.location if value else unused)
    row["required"] = parameter.required
    if parameter.has_default:
        row["default"] = HIDDEN if "default" in hidden else parameter.default
    row["secret"] = parameter.is_secret
    schema = _schema(one)
    row["type"] = _type(schema)
    row["schema"] = schema
    row["description"] = parameter.description
    row["declared"] = location_row(parameter.location)
    row["targets"] = [
        {"select": _selected(target), "path": str(target.pointer), "op": target.op}
        for target in parameter.targets
    ]
    return row


def parameter_text(one: Settable, *, verbose: bool = False) -> str:
    """Its lines, with an empty one at the end; they fit a terminal of 80 columns.

    With `verbose` values are whole, and the fields that it writes are there: these do not fit.
    """
    parameter, value, unused, hidden = one
    lines = wrapped(f"{parameter.name}: {_type(_schema(one))}", "", "    ")
    lines += wrapped(parameter.description, "    ")
    most = 0 if verbose else WIDTH
    if unused:
        lines += _valued("value", "none; it is not used", f"({unused})", most)
    elif value is None:
        lines += _valued("value", "none; it is required", f"set it in {CLUSTER_FILE}", most)
    else:
        where = f"({value.location or 'its default'})"
        lines += _valued(
            "value", HIDDEN if "value" in hidden else as_text(value.value), where, most
        )
        if parameter.has_default and value.location:
            lines += _valued(
                "default", HIDDEN if "default" in hidden else as_text(parameter.default), "", most
            )
    for target in parameter.targets if verbose else ():
        select = ", ".join(f"{key}: {text}" for key, text in _selected(target).items())
        lines.append(f"    writes   {{{select}}} {target.pointer}")
    return "\n".join(lines) + "\n\n"


def _valued(name: str, text: str, where: str, most: int) -> list[str]:
    """A line of a value and where it is from; in two of `most` columns, and cut, as need be."""
    if "\n" in text:
        text = json.dumps(text, ensure_ascii=False)
    line = f"    {name:<9}{text}"
    if not most or len(line) + 2 + len(where) <= most:
        return [f"{line}  {where}".rstrip()]
    if len(line) > most:
        line = f"{line[: most - 3]}..."
    return [line, f"{'':13}{where}"] if where else [line]


def _schema(one: Settable) -> Any:
    schema = one.parameter.schema
    return shown_schema(schema) if one.parameter.is_secret or one.hidden else schema


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return "any"
    if schema.get("enum") == HIDDEN:
        return HIDDEN
    if "enum" in schema:
        return " | ".join(as_text(one) for one in schema["enum"])
    kind = schema.get("type", "any")
    shown = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{shown} ({schema['format']})" if "format" in schema else shown


def _selected(target: Target) -> dict[str, str]:
    """What a target selects by, in the words of its document."""
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
    return {name: value for name, value in fields.items() if value}
