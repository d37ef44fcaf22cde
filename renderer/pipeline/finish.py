"""The last steps that the trees of each cluster take on their own: verify, write."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.declared import Copies, holders_of
from renderer.composition.composition import Rendered, verify
from renderer.errors import RenderError
from renderer.kubernetes.definitions import scopes_of
from renderer.kubernetes.manifests import EMBED_ANNOTATION, annotations_of
from renderer.pipeline.emptied import check_emptied
from renderer.pipeline.inputs import siblings_digest
from renderer.pipeline.notes import quoted_texts
from renderer.pipeline.outcome import Options, Outcome, failure
from renderer.pipeline.siblings import prepare_together
from renderer.repository.records import Record
from renderer.tree.disk import digest, digest_of, directory_of
from renderer.tree.header import header
from renderer.tree.locking import locked
from renderer.tree.names import Scopes, file_names
from renderer.tree.planning import TreePlan, plan_tree
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.checks.cluster import ClusterFacts
    from renderer.kubernetes.kinds import Kind
    from renderer.pipeline.siblings import Ready, Siblings
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace
    from renderer.tree.planning import Change


def finish_cluster(space: Workspace, siblings: Siblings, options: Options) -> list[Outcome]:
    """Takes the trees of one cluster to their files; what goes wrong is in the outcomes."""
    together = prepare_together(space, siblings)
    asked = [one.inputs.tree for one in siblings.trees if one.inputs.tree.name in siblings.asked]
    errors = together.errors
    outcomes = [failure(tree, errors[tree.name]) for tree in asked if tree.name in errors]
    digests = {one.name: one.digest for one in together.ready}
    digests |= dict.fromkeys(together.failed, "")
    for found in together.ready:
        if found.name in siblings.asked:
            others = siblings_digest(digests, found.name)
            outcomes.append(_guarded(space, found, others, facts=together.facts, options=options))
    return outcomes


class _Compared(NamedTuple):
    """The files that a tree should have, and what has to be done for it, or was."""

    files: dict[str, bytes]
    plan: TreePlan


def _guarded(
    space: Workspace,
    ready: Ready,
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
    ready: Ready,
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
        expected=rendered.expected,
        withheld=facts.failed if facts else (),
        composition=ready.composed.composition.key,
    )
    if not (rendered.has_errors or rendered.finals or space.settings.allow_empty):
        emptied = [*check_emptied(space, ready.composed.inputs)]
        if emptied:
            return replace(outcome, findings=(*outcome.findings, *emptied))
    if rendered.has_errors or not options.tree:
        return outcome
    compared = _write(space, ready, rendered, write=options.write)
    outcome = replace(outcome, notes=stack.warnings, quoted=tuple(quoted_texts(rendered.finals)))
    record = None
    is_final = stack.settled and not outcome.withheld
    if is_final and (options.write or not compared.plan.changes):
        record = _record(space, ready, outcome, compared=compared, siblings=siblings)
    changes = compared.plan.changes
    if options.diff:
        hidden = _hidden(ready, rendered, compared.files)
        copies = Copies(ready.prepared.work.secrets if ready.prepared.work else {})
        changes = tuple(
            one._replace(is_secret=one.path in hidden or _may_hold(one, copies)) for one in changes
        )
    else:
        changes = tuple(change.without_contents() for change in changes)
    return replace(
        outcome,
        unchanged=compared.plan.unchanged,
        changes=changes,
        record=record,
        strays=compared.plan.strays,
    )


def _verified(
    space: Workspace, ready: Ready, siblings: str, facts: ClusterFacts | None
) -> Rendered:
    """The tree with what is found in it; what was verified before is not verified again."""
    inputs, composition = ready.composed
    known = space.records.get(inputs.tree.output)
    is_known = known and (known.inputs, known.siblings) == (ready.digest, siblings)
    if known and is_known and composition.stack.settled and not ready.prepared.has_errors:
        return Rendered(ready.prepared.finals, known.findings, known.excused, known.expected)
    return verify(composition, ready.prepared, inputs.tree.name, facts, silent=inputs.silent)


def _write(space: Workspace, ready: Ready, rendered: Rendered, *, write: bool) -> _Compared:
    """Compares the tree with what it should be and, if wanted, makes it so."""
    tree = ready.composed.inputs.tree
    files = tree_files(tree, rendered, scopes_in(space, rendered, ready.unknown_kinds))
    with locked(space.repository, tree.output, writing=write) as alone:
        plan = plan_tree(space.repository, tree.output, tree.name, files)
        if write:
            carry_out(space.repository, tree.output, plan, alone=alone)
    return _Compared(files, plan)


def _hidden(ready: Ready, rendered: Rendered, files: Mapping[str, bytes]) -> set[str]:
    """The files that hold the value of a parameter that is declared secret, or may embed it."""
    secret = ready.composed.composition.declarations.secret
    work = ready.prepared.work
    holders = holders_of(work.drafts, secret) if work and secret else set()
    if not holders:
        return set()
    manifests = ready.composed.composition.stack.manifests
    embeds = any(EMBED_ANNOTATION in annotations_of(manifests[one].data) for one in holders)
    return {
        path
        for path, final in zip(files, rendered.finals, strict=True)
        if final.index in holders or (embeds and final.manifest.ref.kind == "ConfigMap")
    }


def _may_hold(change: Change, copies: Copies) -> bool:
    texts = (change.old or b"", change.new or b"")
    return any(copies.may_be_in(text.decode("utf-8", "replace")) for text in texts)


def _record(
    space: Workspace, ready: Ready, outcome: Outcome, *, compared: _Compared, siblings: str
) -> Record:
    """What the next run has to know about a tree that is as it should be."""
    return Record(
        inputs=ready.digest,
        siblings=siblings,
        composition=outcome.composition,
        outputs=_outputs_digest(space, outcome.tree, compared.plan, compared.files),
        manifests=outcome.manifests,
        files=len(compared.files),
        patch_files=tuple(ready.patch_files),
        unknown_kinds=ready.unknown_kinds,
        findings=outcome.findings,
        excused=outcome.excused,
        expected=outcome.expected,
        notes=outcome.notes,
        quoted=outcome.quoted,
        strays=compared.plan.strays,
    )


def scopes_in(space: Workspace, rendered: Rendered, unknown: Sequence[Kind]) -> dict[Kind, bool]:
    """The kinds that only the repository defines, and whether they are namespaced."""
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
