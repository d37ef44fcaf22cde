"""The steps that the trees of each cluster take on their own: parametrize, seal, verify, write."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.cluster import ClusterFacts, TreeFacts
from renderer.checks.secrets.declared import holders_of
from renderer.composition.composition import Composition, Prepared, Rendered, prepare, verify
from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.kubernetes.definitions import scopes_of, unknown_kinds
from renderer.kubernetes.manifests import EMBED_ANNOTATION, annotations_of
from renderer.pipeline.inputs import Inputs, inputs_digest, siblings_digest
from renderer.pipeline.notes import quoted_texts
from renderer.pipeline.outcome import Options, Outcome, failure
from renderer.pipeline.placing import placed
from renderer.repository.documents import read_cluster_source
from renderer.repository.records import Record
from renderer.repository.trees import CLUSTER_FILE, Tree
from renderer.tree.disk import digest, digest_of, directory_of
from renderer.tree.header import header
from renderer.tree.locking import locked
from renderer.tree.names import Scopes, file_names
from renderer.tree.planning import TreePlan, plan_tree
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.repository.workspace import Workspace


class Composed(NamedTuple):
    """A tree's inputs with the composition that it shares with others."""

    inputs: Inputs
    composition: Composition


class Siblings(NamedTuple):
    """All trees of one cluster; only those that are `asked` for are written and reported.

    `failed` are the names of those that could not be composed.
    """

    trees: tuple[Composed, ...]
    asked: frozenset[str]
    failed: tuple[str, ...] = ()

    @property
    def is_alone(self) -> bool:
        return len(self.trees) + len(self.failed) == 1


class _Ready(NamedTuple):
    """A tree that is parametrized and sealed, and the digest of all that it was made from."""

    composed: Composed
    prepared: Prepared
    patch_files: dict[str, bytes]
    unknown_kinds: tuple[Kind, ...]
    digest: str

    @property
    def name(self) -> str:
        return self.composed.inputs.tree.name

    @property
    def as_sibling(self) -> TreeFacts:
        """The tree as the others of its cluster see it."""
        finals = self.prepared.finals
        facts = self.composed.composition.verification.facts(finals)
        return TreeFacts(self.name, finals, facts)


def render_cluster(
    space: Workspace, inputs: Inputs, composition: Composition
) -> tuple[Rendered, dict[str, bytes]]:
    """Parametrizes, seals and verifies one tree; also gives the patch files it read.

    What its siblings may hold the answer to is not looked at.
    """
    ready = _prepare(space, Composed(inputs, composition))
    tree = inputs.tree
    others = [one.name for one in space.trees if one.cluster == tree.cluster]
    others = [name for name in others if name != tree.name]
    facts = _cluster_facts([ready], others) if others else None
    rendered = verify(composition, ready.prepared, tree.name, facts, silent=inputs.silent)
    return rendered, ready.patch_files


def _prepare(space: Workspace, one: Composed) -> _Ready:
    inputs, composition = one
    warnings = inputs.closure.warnings
    path = f"{inputs.tree.source}/{CLUSTER_FILE}"
    patch_files: dict[str, bytes] = {}
    if inputs.content is None:
        prepared = prepare(composition, None, Location(path), warnings)
    else:
        source = read_cluster_source(space.repository, inputs.tree, inputs.content)
        patch_files = source.patch_files
        if source.findings:
            prepared = Prepared((), (*warnings, *source.findings))
        else:
            document = source.document
            prepared = prepare(composition, document, document.location, warnings)
    if prepared.has_errors:
        findings = placed(prepared.findings, inputs.closure, composition.stack, space.repository)
        prepared = prepared._replace(findings=tuple(findings))
    unknown = tuple(sorted(unknown_kinds([final.manifest for final in prepared.finals])))
    return _Ready(
        composed=one,
        prepared=prepared,
        patch_files=patch_files,
        unknown_kinds=unknown,
        digest=inputs_digest(space, inputs, patch_files.values(), unknown),
    )


def finish_cluster(space: Workspace, siblings: Siblings, options: Options) -> list[Outcome]:
    """Takes the trees of one cluster to their files; what goes wrong is in the outcomes."""
    outcomes: list[Outcome] = []
    ready: list[_Ready] = []
    failed = [*siblings.failed]
    for one in siblings.trees:
        tree = one.inputs.tree
        try:
            found = _prepare(space, one)
        except RenderError as error:
            failed.append(tree.name)
            if tree.name in siblings.asked:
                outcomes.append(failure(tree, error))
            continue
        ready.append(found)
        if found.prepared.has_errors:
            failed.append(found.name)
    facts = None if siblings.is_alone else _cluster_facts(ready, failed)
    digests = {one.name: one.digest for one in ready} | dict.fromkeys(failed, "")
    for found in ready:
        if found.name in siblings.asked:
            others = siblings_digest(digests, found.name)
            outcomes.append(_guarded(space, found, others, facts=facts, options=options))
    return outcomes


def _cluster_facts(ready: Sequence[_Ready], failed: Sequence[str]) -> ClusterFacts:
    return ClusterFacts([one.as_sibling for one in ready if not one.prepared.has_errors], failed)


class _Compared(NamedTuple):
    """The files that a tree should have, and what has to be done for it, or was."""

    files: dict[str, bytes]
    plan: TreePlan


def _guarded(
    space: Workspace,
    ready: _Ready,
    siblings: str,
    *,
    facts: ClusterFacts | None,
    options: Options,
) -> Outcome:
    tree = ready.composed.inputs.tree
    try:
        return _finish(space, ready, siblings, facts=facts, options=options)
    except RenderError as error:
        return failure(tree, error)
    except OSError as error:
        where = os.path.relpath(error.filename, space.repository) if error.filename else ""
        reason = f"{where or tree.output}: {error.strerror}"
        return failure(tree, RenderError(reason))


def _finish(
    space: Workspace,
    ready: _Ready,
    siblings: str,
    *,
    facts: ClusterFacts | None,
    options: Options,
) -> Outcome:
    tree, stack = ready.composed.inputs.tree, ready.composed.composition.stack
    rendered = _verified(space, ready, siblings, facts)
    outcome = Outcome(
        tree,
        rendered.findings,
        manifests=len(rendered.finals),
        excused=rendered.excused,
        withheld=facts.failed if facts else (),
        composition=ready.composed.composition.key,
    )
    if not (rendered.has_errors or rendered.finals or space.settings.allow_empty):
        return replace(outcome, findings=(*outcome.findings, _empty_tree(tree)))
    if rendered.has_errors or not options.tree:
        return outcome
    compared = _write(space, ready, rendered, write=options.write)
    record = None
    is_final = stack.settled and not outcome.withheld
    if is_final and (options.write or not compared.plan.changes):
        record = _record(space, ready, rendered, compared=compared, siblings=siblings)
    changes = compared.plan.changes
    if options.diff:
        hidden = _hidden(ready, rendered, compared.files)
        changes = tuple(one._replace(is_secret=one.path in hidden) for one in changes)
    else:
        changes = tuple(change.without_contents() for change in changes)
    return replace(
        outcome,
        unchanged=compared.plan.unchanged,
        changes=changes,
        record=record,
        notes=stack.warnings,
        quoted=tuple(quoted_texts(rendered.finals)),
        strays=compared.plan.strays,
    )


def _verified(
    space: Workspace, ready: _Ready, siblings: str, facts: ClusterFacts | None
) -> Rendered:
    """The tree with what is found in it; what was verified before is not verified again."""
    inputs, composition = ready.composed
    known = space.records.get(inputs.tree.output)
    is_known = known and (known.inputs, known.siblings) == (ready.digest, siblings)
    if known and is_known and composition.stack.settled and not ready.prepared.has_errors:
        return Rendered(ready.prepared.finals, known.findings, known.excused)
    return verify(composition, ready.prepared, inputs.tree.name, facts, silent=inputs.silent)


def _empty_tree(tree: Tree) -> Finding:
    return Finding.error(
        "empty-tree",
        "no manifest is left for this tree, which would be empty",
        Location(tree.source),
        hint="look for a patch that deletes more than is meant; --allow-empty permits it",
    )


def _write(space: Workspace, ready: _Ready, rendered: Rendered, *, write: bool) -> _Compared:
    """Compares the tree with what it should be and, if wanted, makes it so."""
    tree = ready.composed.inputs.tree
    files = tree_files(tree, rendered, _scopes(space, rendered, ready.unknown_kinds))
    with locked(space.repository, tree.output, writing=write) as alone:
        plan = plan_tree(space.repository, tree.output, tree.name, files)
        if write:
            carry_out(space.repository, tree.output, plan, alone=alone)
    return _Compared(files, plan)


def _hidden(ready: _Ready, rendered: Rendered, files: Mapping[str, bytes]) -> set[str]:
    """The files that hold the value of a parameter that is declared secret, or may embed it."""
    secret = ready.composed.composition.declarations.secret
    work = ready.prepared.work
    holders = holders_of(work.drafts, secret) if work and secret else set()
    manifests = ready.composed.composition.stack.manifests
    embeds = any(EMBED_ANNOTATION in annotations_of(manifests[one].data) for one in holders)
    return {
        path
        for path, final in zip(files, rendered.finals, strict=True)
        if final.index in holders or (embeds and final.manifest.ref.kind == "ConfigMap")
    }


def _record(
    space: Workspace, ready: _Ready, rendered: Rendered, *, compared: _Compared, siblings: str
) -> Record:
    """What the next run has to know about a tree that is as it should be."""
    tree = ready.composed.inputs.tree
    return Record(
        inputs=ready.digest,
        siblings=siblings,
        composition=ready.composed.composition.key,
        outputs=_outputs_digest(space, tree, compared.plan, compared.files),
        manifests=len(rendered.finals),
        files=len(compared.files),
        patch_files=tuple(ready.patch_files),
        unknown_kinds=ready.unknown_kinds,
        findings=rendered.findings,
        excused=rendered.excused,
        strays=compared.plan.strays,
    )


def _scopes(space: Workspace, rendered: Rendered, unknown: Sequence[Kind]) -> dict[Kind, bool]:
    scopes = scopes_of(one.data for one in rendered.manifests)
    for kind in unknown:
        definitions = space.definitions.get(kind)
        if definitions:
            scopes[kind] = definitions[0].namespaced
    return scopes


def _outputs_digest(space: Workspace, tree: Tree, plan: TreePlan, files: dict[str, bytes]) -> str:
    if plan.others:
        return digest(directory_of(space.repository, tree.output))
    return digest_of(files)


def tree_files(tree: Tree, rendered: Rendered, scopes: Scopes) -> dict[str, bytes]:
    """The files of a tree, by path below its output directory."""
    first = header(tree)
    paths = file_names(rendered.manifests, scopes)
    return {
        path: (first + final.text).encode("utf-8")
        for path, final in zip(paths, rendered.finals, strict=True)
    }
