"""What a cluster expects to be there before its trees are synced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import FindingsError
from renderer.kubernetes.definitions import scopes_of
from renderer.pipeline.run import compose_trees
from renderer.tree.names import file_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.kubernetes.expected import ExpectedSecret
    from renderer.pipeline.siblings import Ready
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace


class Contracted(NamedTuple):
    """A Secret that a cluster expects; `made_by` is the manifest that makes it, or empty."""

    secret: ExpectedSecret
    made_by: str


class Contract(NamedTuple):
    """The Secrets that a cluster expects, in the order in which they can be made, and the files of
    the Namespaces in its trees, by name."""

    secrets: tuple[Contracted, ...]
    namespaces: dict[str, str]


def contract_of(space: Workspace, trees: Sequence[Tree]) -> Contract:
    """What the trees of one cluster expect. Raises RenderError where one cannot be rendered."""
    ready = _prepared(space, trees)
    from renderer.checks.expectations import secret_uses
    from renderer.kubernetes.expected import contract

    facts = [fact for one in ready for fact in one.as_sibling.facts]
    makers = {ref: fact.label for fact in facts for ref in fact.provides}
    expected = [secret for one in ready for secret in one.prepared.expected]
    found = contract(expected, (target for target, _ in secret_uses(facts)))
    return Contract(
        tuple(Contracted(secret, makers.get(ref, "")) for ref, secret in found.items()),
        dict(name for one in ready for name in _namespaces(one)),
    )


def _prepared(space: Workspace, trees: Sequence[Tree]) -> Sequence[Ready]:
    composed, failed = compose_trees(space, trees)
    for error in failed.values():
        raise error
    from renderer.pipeline.siblings import prepare_tree

    ready = [prepare_tree(space, composed[tree.name]) for tree in trees]
    findings = [finding for one in ready for finding in one.prepared.findings]
    if any(one.prepared.has_errors for one in ready):
        raise FindingsError(findings)
    return ready


def _namespaces(ready: Ready) -> Iterator[tuple[str, str]]:
    manifests = [one.manifest for one in ready.prepared.finals]
    paths = file_names(manifests, scopes_of(one.data for one in manifests))
    for path, one in zip(paths, manifests, strict=True):
        if one.ref.kind == "Namespace" and not one.ref.group:
            yield one.ref.name, f"{ready.composed.inputs.tree.output}/{path}"
