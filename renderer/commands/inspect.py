"""`render list` and `render parameters`: what there is, and what can be set."""

from __future__ import annotations

import os
import re
import shutil
import sys
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, RenderError, ToolError, UsageError
from renderer.findings import FindingsError, has_errors
from renderer.parameters.built_in import is_built_in
from renderer.parameters.model import ClusterDocument
from renderer.parameters.resolving import resolve_values
from renderer.pipeline.inputs import Inputs, discover
from renderer.pipeline.outcome import failure
from renderer.reports.parameters import Settable, parameter_row, parameter_text
from renderer.reports.results import print_failures
from renderer.reports.rows import as_json as json_of
from renderer.reports.rows import tree_row
from renderer.reports.text import printable, style_for, table
from renderer.reports.verdicts import counted_trees
from renderer.repository.documents import read_cluster_source
from renderer.repository.matching import directories
from renderer.repository.trees import choose, is_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.parameters.model import Parameter, Target
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

_STACK_LENGTH = 12  # characters of a stack's key that are shown


def list_clusters(space: Workspace, *, as_json: bool, verbose: bool, color: bool) -> int:
    """Prints every tree, and gives the exit code; those that share a stack show the same stack.

    One that cannot be read is marked, and said on stderr. Where the
    settings are is said too, where that is not here; with `verbose` always, and also the
    kustomizations beside sources that no entry of the settings covers.
    """
    read: dict[str, Inputs | RenderError] = {}
    for tree in space.some_trees:
        try:
            read[tree.name] = discover(space, tree)
        except RenderError as error:
            read[tree.name] = error
    rows = [_listed(space, tree, read[tree.name]) for tree in space.trees]
    if as_json:
        print(json_of(rows))
    else:
        _print_table(rows)
    outcomes = [
        failure(one, found)
        for one in space.trees
        if isinstance(found := read[one.name], RenderError)
    ]
    print_failures(outcomes, style_for(sys.stderr, color))
    code = EXIT_NO if outcomes else EXIT_OK
    if any(isinstance(one.error, ToolError) for one in outcomes):
        code = EXIT_FAILED
    if as_json:
        return code
    if verbose or os.path.realpath(os.getcwd()) != space.repository:
        print(printable(f"settings: {space.settings_place}"), file=sys.stderr)
    if verbose:
        for directory in _uncovered(space):
            print(printable(f"not covered by the settings: {directory}"))
    return code


def _listed(space: Workspace, tree: Tree, inputs: Inputs | RenderError) -> dict[str, Any]:
    if isinstance(inputs, RenderError):
        return {**tree_row(tree), "components": None, "stack": None}
    components = [
        os.path.relpath(path, space.repository).replace(os.sep, "/")
        for path in inputs.closure.components
    ]
    return {
        **tree_row(tree),
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
    if not any(row[-1] for row in cells):
        head, cells = head[:-1], [row[:-1] for row in cells]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(printable(table(head, cells, width)))
    sys.stdout.flush()  # so that both streams of a terminal stay in their order


def _uncovered(space: Workspace) -> list[str]:
    """The directories beside sources that could be sources, and that no source composes."""
    known = {tree.source for tree in space.trees}
    known |= {tree.output for tree in space.trees}
    for tree in space.trees:
        composed = space.reader.directories(os.path.join(space.repository, tree.source))
        known |= {os.path.relpath(path, space.repository) for path in composed}
    found = set()
    for parent in {os.path.dirname(tree.source) for tree in space.trees}:
        for name in directories(space.repository, parent):
            path = f"{parent}/{name}" if parent else name
            if path not in known and is_source(os.path.join(space.repository, path)):
                found.add(path)
    return sorted(found)


def list_parameters(space: Workspace, argument: str, *, as_json: bool, verbose: bool) -> None:
    """Prints every parameter that a cluster can set; with `verbose` also what it writes.

    Raises FindingsError where the documents that declare or set them cannot be understood.
    """
    found = choose(space.trees, [argument], space.repository, os.getcwd())
    if len(found) != 1:
        raise UsageError(f"{argument} means {counted_trees(found)}; name one, as {found[0].name}")
    parameters = _parameters(space, found[0])
    if as_json:
        print(json_of([parameter_row(one) for one in parameters]))
        return
    for one in parameters:
        sys.stdout.write(printable(parameter_text(one, verbose=verbose)))


def _parameters(space: Workspace, tree: Tree) -> Iterator[Settable]:
    """The parameters by name, each with its value if it has one."""
    inputs = discover(space, tree)
    declarations = space.declarations(inputs.closure.documents)
    document = ClusterDocument()
    findings = list(declarations.findings)
    if inputs.content is not None:
        source = read_cluster_source(space.repository, tree, inputs.content)
        findings += source.findings
        document = source.document
    if has_errors(findings):
        raise FindingsError(findings)
    resolved = resolve_values(declarations, document.settings, document.location)
    for name in sorted(filterfalse(is_built_in, declarations.parameters)):
        parameter = declarations.parameters[name]
        value = resolved.values.get(name)
        shown = {"value": value.value if value else None, "default": parameter.default}
        hidden = frozenset(field for field, one in shown.items() if _is_hidden(parameter, one))
        yield Settable(parameter, value, resolved.unused.get(name), hidden)


def _is_hidden(parameter: Parameter, value: Any) -> bool:
    """Whether a value is declared secret, or would be an exposed secret where it is written."""
    from renderer.checks.secrets.exposures import is_exposed

    if parameter.is_secret or any(one.select.kind == "Secret" for one in parameter.targets):
        return value is not None
    names = [parameter.name.rpartition(".")[2], *map(_name_at, parameter.targets)]
    return is_exposed(names, value)


def _name_at(target: Target) -> str:
    """What a field is called that a target writes; that of a variable is beside its value."""
    *before, last = map(str, ["", *target.pointer.steps])
    variable = re.fullmatch(r"\[name=(.*)\]", before[-1]) if last == "value" else None
    return variable[1] if variable else last
