"""All trees of one cluster, parametrized and sealed: then each is judged among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.composition.composition import Composition, Prepared, prepare
from renderer.errors import RenderError
from renderer.findings import Location
from renderer.kubernetes.definitions import unknown_kinds
from renderer.parameters.resolving import filled
from renderer.pipeline.inputs import Inputs, inputs_digest
from renderer.pipeline.placing import placed
from renderer.repository.documents import read_cluster_source
from renderer.repository.trees import CLUSTER_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.checks.cluster import Claim, ClusterFacts, TreeFacts
    from renderer.kubernetes.kinds import Kind
    from renderer.parameters.model import Exclusive
    from renderer.parameters.resolving import Value
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


class Ready(NamedTuple):
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
        from renderer.checks.cluster import TreeFacts

        finals, composition = self.prepared.finals, self.composed.composition
        facts = composition.verification.facts(finals)
        work = self.prepared.work
        values = work.values if work else {}
        return TreeFacts(
            self.name,
            finals,
            facts,
            expected=self.prepared.expected,
            claims=tuple(_claims(composition.declarations.exclusive, values)),
            secrets=tuple(work.secrets.values()) if work else (),
        )


def _claims(exclusive: Iterable[Exclusive], values: Mapping[str, Value]) -> Iterator[Claim]:
    """What a tree says that it alone may have; not where a parameter for it is not used."""
    from renderer.checks.cluster import Claim

    for capability, namespace, description, location in exclusive:
        where = filled(namespace, values)
        if where is not None:
            yield Claim(capability, where, description, location)


class Together(NamedTuple):
    """What became of the trees of one cluster: those that are ready, with errors of their own or
    without, and why others are not.

    `failed` are the names of all whose manifests nobody can know; `facts` are what the others
    are to each other, None where there is one tree.
    """

    ready: tuple[Ready, ...]
    errors: dict[str, RenderError]
    failed: tuple[str, ...]
    facts: ClusterFacts | None


def prepare_together(space: Workspace, siblings: Siblings) -> Together:
    """Parametrizes and seals all trees of a cluster; what goes wrong is in the result."""
    ready: list[Ready] = []
    errors: dict[str, RenderError] = {}
    for one in siblings.trees:
        try:
            ready.append(prepare_tree(space, one))
        except RenderError as error:
            errors[one.inputs.tree.name] = error
    wrong = (one.name for one in ready if one.prepared.has_errors)
    failed = (*siblings.failed, *errors, *wrong)
    facts = None
    if not siblings.is_alone:
        from renderer.checks.cluster import ClusterFacts

        known = [one.as_sibling for one in ready if not one.prepared.has_errors]
        facts = ClusterFacts(known, failed)
    return Together(tuple(ready), errors, failed, facts)


def prepare_tree(space: Workspace, one: Composed) -> Ready:
    """Parametrizes and seals one tree; errors that its documents have are in the result."""
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
    return Ready(
        composed=one,
        prepared=prepared,
        patch_files=patch_files,
        unknown_kinds=unknown,
        digest=inputs_digest(space, inputs, patch_files.values(), unknown),
    )
