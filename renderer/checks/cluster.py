"""What the trees of one cluster are to each other: Flux and Argo CD sync all of them into one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.contradicting import contradictions
from renderer.checks.expectations import SecretUses
from renderer.checks.podsecurity import enforced_levels
from renderer.checks.references import Known
from renderer.findings import Finding
from renderer.kubernetes.definitions import definitions_in, scopes_of
from renderer.kubernetes.kinds import is_namespaced
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.checks.facts import Facts, Selection
    from renderer.findings import Location
    from renderer.kubernetes.expected import ExpectedSecret
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.patching.final import Final

# What a tree that could not be rendered may hold the answer to.
_ANSWERABLE = ("missing-", "unmatched-", "unfollowed-", "unhashed-")
_MOST_NAMED = 4  # trees of one object in a message


class Claim(NamedTuple):
    """A capability that a tree has in a namespace, and no other tree of its cluster may.

    `description` says why, for people.
    """

    capability: str
    namespace: str
    description: str
    location: Location


class TreeFacts(NamedTuple):
    """A tree as its siblings see it: its name, its manifests, what they provide and use.

    `expected` are the Secrets that it expects to be made before, `claims` what it has for itself,
    `secrets` the values of its parameters that are declared secret.
    """

    name: str
    finals: Sequence[Final]
    facts: Sequence[Facts]
    expected: Sequence[ExpectedSecret] = ()
    claims: Sequence[Claim] = ()
    secrets: Sequence[Any] = ()


class ClusterFacts:
    """All trees of one cluster; `failed` are the names of those that could not be rendered."""

    def __init__(self, trees: Sequence[TreeFacts], failed: Sequence[str] = ()) -> None:
        self.failed = tuple(failed)
        self._all_facts = [fact for tree in trees for fact in tree.facts]
        self._finals = [final for tree in trees for final in tree.finals]
        self.known = Known(self._all_facts, [one for tree in trees for one in tree.expected])
        self.levels = enforced_levels([final.manifest for final in self._finals])
        data = (final.manifest.data for final in self._finals)
        self.definitions = [*definitions_in(data)]
        self.secrets = [value for tree in trees for value in tree.secrets]
        self._facts = {tree.name: tree.facts for tree in trees}
        self._between = _between(trees, self.known)

    def facts(self, tree: str) -> Sequence[Facts]:
        """What the manifests of a tree provide and use."""
        return self._facts[tree]

    @cached_property
    def secret_uses(self) -> SecretUses:
        return SecretUses(self._all_facts, self._finals)

    def findings(self, tree: str) -> Sequence[Finding]:
        """What is wrong between manifests of a tree, and between these and those of the others."""
        return self._between.get(tree, ())

    def is_answerable(self, finding: Finding) -> bool:
        """Whether a tree that could not be rendered may be the answer to a finding."""
        return bool(self.failed) and finding.rule.startswith(_ANSWERABLE)


def _between(trees: Sequence[TreeFacts], known: Known) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for names, finding in _shared(trees):
        for name in names:
            found.setdefault(name, []).append(finding)
    for name, finding in (*_claimed(trees), *_crossed(trees, known)):
        found.setdefault(name, []).append(finding)
    home = {ref: tree.name for tree in trees for fact in tree.facts for ref in fact.provides}
    for tree in trees:
        by_ref = known.beside(tree.facts)
        for fact in tree.facts:
            for target, finding in contradictions(fact, by_ref, known.pods):
                other = home.get(target, tree.name) if target in known.by_ref else tree.name
                for name in dict.fromkeys((tree.name, other)):
                    found.setdefault(name, []).append(finding)
    return found


def _claimed(trees: Sequence[TreeFacts]) -> Iterator[tuple[str, Finding]]:
    """Capabilities that several trees have in one namespace, for each of these trees."""
    owners: dict[tuple[str, str], dict[str, Claim]] = {}
    for tree in trees:
        for claim in tree.claims:
            owners.setdefault((claim.capability, claim.namespace), {})[tree.name] = claim
    for (capability, namespace), held in owners.items():
        for name, claim in held.items() if len(held) > 1 else ():
            how = "give it another namespace: spec.namespaces of its cluster.yaml"
            yield (
                name,
                Finding.error(
                    "exclusive-capability",
                    f"{_trees([*held])} have {capability} in the namespace {namespace}, and one"
                    " may",
                    claim.location,
                    object=f"{capability} {namespace}",
                    hint="\n".join(filter(None, (claim.description, how))),
                ),
            )


def _crossed(trees: Sequence[TreeFacts], known: Known) -> Iterator[tuple[str, Finding]]:
    """Selectors that select Pods of their own tree and of another, with the name of their tree.

    One that selects all Pods speaks of the namespace; one that selects only those of others is
    meant for them. A workload that both trees hold is told as that (shared-object).
    """
    homes = {id(one.pod): (tree.name, one.ref) for tree in trees for one in tree.facts if one.pod}
    for tree in trees:
        for fact in tree.facts:
            for selection in (*fact.selections, *filter(None, [fact.workload])):
                if not selection.namespace or selection.labels.selects_all:
                    continue
                selected = {homes[id(pod)] for pod in known.pods.selected(selection)}
                own = {ref for name, ref in selected if name == tree.name}
                others = sorted({name for name, ref in selected if ref not in own})
                if own and others:
                    yield tree.name, _selects_others(fact, selection, others)


def _selects_others(fact: Facts, selection: Selection, others: Sequence[str]) -> Finding:
    return Finding.error(
        "crossed-selector",
        f"this selects Pods of {_trees(others)}, too, in the namespace {selection.namespace}",
        object=fact.label,
        field=format_path(selection.path),
        hint=_TELL_APART,
    )


_TELL_APART = (
    "let the kustomization.yaml of each tree put a label of its own on Pods and selectors:\n"
    "labels: [{pairs: {app.kubernetes.io/instance: NAME}, includeSelectors: true}]"
)


def _trees(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} others"]
    return (
        f"the trees {', '.join(names[:-1])} and {names[-1]}"
        if names[1:]
        else f"the tree {names[0]}"
    )


def _shared(trees: Sequence[TreeFacts]) -> Iterator[tuple[list[str], Finding]]:
    """Objects that several trees hold, with the names of these trees.

    What leaves its namespace to whoever applies it may get another one in each tree.
    """
    owners: dict[ObjectRef, dict[str, Final]] = {}
    scopes = scopes_of(final.manifest.data for tree in trees for final in tree.finals)
    for tree in trees:
        for final in tree.finals:
            owners.setdefault(final.manifest.ref, {}).setdefault(tree.name, final)
    for ref, held in owners.items():
        kind = ref.group, ref.kind
        is_placed = ref.namespace or scopes.get(kind, is_namespaced(*kind)) is False
        if len(held) > 1 and ref.name and is_placed:
            yield [*held], _two_owners(held)


def _two_owners(held: Mapping[str, Final]) -> Finding:
    label = next(iter(held.values())).manifest.label
    where = _trees([*held])
    if len({final.text for final in held.values()}) == 1:
        return Finding.warning(
            "shared-object",
            f"{label} is in {where}: it has several owners, and to prune one takes it away",
            object=label,
            hint="keep it in one of them",
        )
    return Finding.error(
        "duplicate-identity",
        f"{label} is in {where} with different content: they overwrite each other",
        object=label,
        hint="rename one, or take it out of all but one of them",
    )
