"""The steps of the pipeline for clusters that are not up to date: from compose to write."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.composition import Composition, Rendered, render, tree_files
from renderer.errors import RenderError
from renderer.findings import FindingsError, Location
from renderer.inputs import Inputs, composition_key, inputs_digest
from renderer.layout.clusters import CLUSTER_FILE, Cluster
from renderer.outcome import Options, Outcome, failure
from renderer.records import Record
from renderer.scopes import scopes_of, unknown_kinds
from renderer.sources import read_cluster_source
from renderer.stacks import compose
from renderer.tree.disk import digest, digest_of, directory_of, locked
from renderer.tree.planning import TreePlan, plan_tree
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.kinds import Kind
    from renderer.parameters.resolving import Declarations
    from renderer.workspace import Workspace

_WORTH_A_PROCESS = 8  # clusters; starting a process costs about as much as rendering these


class Composed(NamedTuple):
    """A cluster's inputs with the composition that it shares with others."""

    inputs: Inputs
    composition: Composition


def compose_parametrize_seal_verify_write(
    space: Workspace, inputs: Sequence[Inputs], options: Options
) -> Iterator[Outcome]:
    """Composes all clusters, then takes each through the other steps."""
    ready: list[Composed] = []
    for one, composition in compose_clusters(space, inputs):
        if isinstance(composition, RenderError):
            yield failure(one.cluster, composition)
        else:
            ready.append(Composed(one, composition))

    def finish(one: Composed) -> Outcome:
        return _parametrize_seal_verify_write(space, one, options)

    if options.processes < 2 or len(ready) < 2 * _WORTH_A_PROCESS:
        yield from map(finish, ready)
    else:
        from renderer.workers import spread

        yield from spread(ready, finish, options.processes)


def compose_clusters(
    space: Workspace, inputs: Sequence[Inputs]
) -> Iterator[tuple[Inputs, Composition | RenderError]]:
    """Gives each cluster its composition; those with the same inputs share one."""
    # Read before the stacks are found to be settled: what was edited is then noticed.
    declared = {one.closure.documents: _declarations(space, one) for one in inputs}
    fine: list[tuple[Inputs, Declarations]] = []
    for one in inputs:
        declarations = declared[one.closure.documents]
        if isinstance(declarations, RenderError):
            yield one, declarations
        else:
            fine.append((one, declarations))
    closures = {one.key: one.closure for one, _ in fine}
    stacks = compose(closures, space.engine, space.policy, space.cache)
    severities = dict(space.settings.checks)
    made: dict[str, Composition] = {}
    for one, declarations in fine:
        stack = stacks[one.key]
        if isinstance(stack, RenderError):
            yield one, stack
            continue
        key = composition_key(one)
        if key not in made:
            made[key] = Composition(key, stack, declarations, severities)
            space.records.targets[key] = made[key].targets
        yield one, made[key]


def _declarations(space: Workspace, inputs: Inputs) -> Declarations | RenderError:
    """What is declared; errors in it are found before anything is composed."""
    try:
        found = space.declarations(inputs.closure.documents)
    except RenderError as error:
        return error
    if any(finding.is_error for finding in found.findings):
        return FindingsError((*inputs.closure.warnings, *found.findings))
    return found


def compose_cluster(space: Workspace, inputs: Inputs) -> Composition:
    """The composition of one cluster. Raises RenderError where it cannot be composed."""
    ((_, composition),) = compose_clusters(space, [inputs])
    if isinstance(composition, RenderError):
        raise composition
    return composition


def render_cluster(
    space: Workspace, inputs: Inputs, composition: Composition
) -> tuple[Rendered, dict[str, bytes]]:
    """Parametrizes, seals and verifies one cluster; also gives the patch files it read."""
    warnings = inputs.closure.warnings
    path = f"{inputs.cluster.source}/{CLUSTER_FILE}"
    if inputs.content is None:
        return render(composition, None, Location(path), warnings), {}
    source = read_cluster_source(space.repository, inputs.cluster, inputs.content)
    if source.findings:
        return Rendered((), (), (*warnings, *source.findings)), source.patch_files
    document = source.document
    return render(composition, document, document.location, warnings), source.patch_files


def _parametrize_seal_verify_write(space: Workspace, one: Composed, options: Options) -> Outcome:
    inputs, composition = one
    cluster = inputs.cluster
    try:
        rendered, patch_files = render_cluster(space, inputs, composition)
        if rendered.has_errors:
            return Outcome(cluster, rendered.findings)
        unknown = tuple(sorted(unknown_kinds(rendered.manifests)))
        files = tree_files(cluster, rendered, _scopes(space, rendered, unknown))
        with locked(space.repository, cluster.output, writing=options.write):
            plan = plan_tree(space.repository, cluster.output, cluster.name, files)
            if options.write:
                carry_out(space.repository, cluster.output, plan)
    except RenderError as error:
        return failure(cluster, error)
    except OSError as error:
        where = os.path.relpath(error.filename, space.repository) if error.filename else ""
        reason = f"{where or cluster.output}: {error.strerror}"
        return failure(cluster, RenderError(reason))
    record = None
    if composition.stack.settled and (options.write or not plan.changes):
        record = Record(
            inputs=inputs_digest(space, inputs, patch_files.values(), unknown),
            composition=composition.key,
            outputs=_outputs_digest(space, cluster, plan, files),
            manifests=len(rendered.manifests),
            files=len(files),
            patch_files=tuple(patch_files),
            unknown_kinds=unknown,
            findings=rendered.findings,
        )
    changes = plan.changes
    if not options.diff:
        changes = tuple(change.without_contents() for change in changes)
    count = len(rendered.manifests)
    notes = composition.stack.warnings
    return Outcome(cluster, rendered.findings, None, count, plan.unchanged, changes, record, notes)


def _scopes(space: Workspace, rendered: Rendered, unknown: Sequence[Kind]) -> dict[Kind, bool]:
    scopes = scopes_of(one.data for one in rendered.manifests)
    scopes.update((kind, space.scopes[kind]) for kind in unknown if kind in space.scopes)
    return scopes


def _outputs_digest(
    space: Workspace, cluster: Cluster, plan: TreePlan, files: dict[str, bytes]
) -> str:
    if plan.others:
        return digest(directory_of(space.repository, cluster.output))
    return digest_of(files)
