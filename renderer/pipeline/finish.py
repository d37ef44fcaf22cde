"""The steps that each cluster takes on its own: parametrize, seal, verify, write."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from renderer.composition.composition import Composition, Rendered, render
from renderer.errors import RenderError
from renderer.findings import Location
from renderer.kubernetes.definitions import scopes_of, unknown_kinds
from renderer.pipeline.inputs import Inputs, inputs_digest, is_verified
from renderer.pipeline.outcome import Options, Outcome, failure
from renderer.repository.clusters import CLUSTER_FILE, Cluster
from renderer.repository.documents import read_cluster_source
from renderer.repository.records import Record
from renderer.tree.disk import digest, digest_of, directory_of, locked
from renderer.tree.header import header
from renderer.tree.names import Scopes, file_names
from renderer.tree.planning import TreePlan, plan_tree
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.repository.workspace import Workspace


class Composed(NamedTuple):
    """A cluster's inputs with the composition that it shares with others."""

    inputs: Inputs
    composition: Composition


def render_cluster(
    space: Workspace, inputs: Inputs, composition: Composition
) -> tuple[Rendered, dict[str, bytes]]:
    """Parametrizes, seals and verifies one cluster; also gives the patch files it read.

    What was verified before and is the same now is not verified again.
    """
    known = space.records.get(inputs.cluster.output)
    if known and composition.stack.settled and is_verified(space, inputs, known):
        rendered, patch_files = _render(space, inputs, composition, verify=False)
        return rendered._replace(findings=known.findings, excused=known.excused), patch_files
    return _render(space, inputs, composition, verify=True)


def _render(
    space: Workspace, inputs: Inputs, composition: Composition, *, verify: bool
) -> tuple[Rendered, dict[str, bytes]]:
    warnings = inputs.closure.warnings
    path = f"{inputs.cluster.source}/{CLUSTER_FILE}"
    if inputs.content is None:
        return render(composition, None, Location(path), warnings, verify=verify), {}
    source = read_cluster_source(space.repository, inputs.cluster, inputs.content)
    if source.findings:
        return Rendered((), (*warnings, *source.findings)), source.patch_files
    document = source.document
    where = document.location
    return render(composition, document, where, warnings, verify=verify), source.patch_files


class _Tree(NamedTuple):
    """The files that a cluster should have, and what has to be done for it, or was."""

    files: dict[str, bytes]
    plan: TreePlan
    unknown_kinds: tuple[Kind, ...]


def parametrize_seal_verify_write(space: Workspace, one: Composed, options: Options) -> Outcome:
    """Takes one composed cluster to its files; what goes wrong is in the outcome."""
    cluster = one.inputs.cluster
    try:
        return _finish(space, one, options)
    except RenderError as error:
        return failure(cluster, error)
    except OSError as error:
        where = os.path.relpath(error.filename, space.repository) if error.filename else ""
        reason = f"{where or cluster.output}: {error.strerror}"
        return failure(cluster, RenderError(reason))


def _finish(space: Workspace, one: Composed, options: Options) -> Outcome:
    cluster, stack = one.inputs.cluster, one.composition.stack
    rendered, patch_files = render_cluster(space, one.inputs, one.composition)
    outcome = Outcome(
        cluster,
        rendered.findings,
        manifests=len(rendered.finals),
        excused=rendered.excused,
    )
    if rendered.has_errors or not options.tree:
        return outcome
    tree = _write(space, cluster, rendered, write=options.write)
    record = None
    if stack.settled and (options.write or not tree.plan.changes):
        record = _record(space, one, rendered, tree=tree, patch_files=patch_files)
    changes = tree.plan.changes
    if not options.diff:
        changes = tuple(change.without_contents() for change in changes)
    return replace(
        outcome,
        unchanged=tree.plan.unchanged,
        changes=changes,
        record=record,
        notes=stack.warnings,
    )


def _write(space: Workspace, cluster: Cluster, rendered: Rendered, *, write: bool) -> _Tree:
    """Compares the tree with what it should be and, if wanted, makes it so."""
    unknown = tuple(sorted(unknown_kinds(rendered.manifests)))
    files = tree_files(cluster, rendered, _scopes(space, rendered, unknown))
    with locked(space.repository, cluster.output, writing=write):
        plan = plan_tree(space.repository, cluster.output, cluster.name, files)
        if write:
            carry_out(space.repository, cluster.output, plan)
    return _Tree(files, plan, unknown)


def _record(
    space: Workspace,
    one: Composed,
    rendered: Rendered,
    *,
    tree: _Tree,
    patch_files: Mapping[str, bytes],
) -> Record:
    """What the next run has to know about a tree that is as it should be."""
    cluster = one.inputs.cluster
    return Record(
        inputs=inputs_digest(space, one.inputs, patch_files.values(), tree.unknown_kinds),
        composition=one.composition.key,
        outputs=_outputs_digest(space, cluster, tree.plan, tree.files),
        manifests=len(rendered.finals),
        files=len(tree.files),
        patch_files=tuple(patch_files),
        unknown_kinds=tree.unknown_kinds,
        findings=rendered.findings,
        excused=rendered.excused,
    )


def _scopes(space: Workspace, rendered: Rendered, unknown: Sequence[Kind]) -> dict[Kind, bool]:
    scopes = scopes_of(one.data for one in rendered.manifests)
    for kind in unknown:
        definition = space.definitions.get(kind)
        if definition:
            scopes[kind] = definition.namespaced
    return scopes


def _outputs_digest(
    space: Workspace, cluster: Cluster, plan: TreePlan, files: dict[str, bytes]
) -> str:
    if plan.others:
        return digest(directory_of(space.repository, cluster.output))
    return digest_of(files)


def tree_files(cluster: Cluster, rendered: Rendered, scopes: Scopes) -> dict[str, bytes]:
    """The files of a cluster's tree, by path below its output directory."""
    first = header(cluster)
    paths = file_names(rendered.manifests, scopes)
    return {
        path: (first + final.text).encode("utf-8")
        for path, final in zip(paths, rendered.finals, strict=True)
    }
