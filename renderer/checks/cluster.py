"""What the trees of one cluster are to each other: Flux and Argo CD sync all of them into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.podsecurity import enforced_levels
from renderer.checks.references import Known, errors_between
from renderer.findings import Finding
from renderer.kubernetes.definitions import definitions_in, scopes_of
from renderer.kubernetes.kinds import is_namespaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.checks.facts import Facts
    from renderer.kubernetes.expected import ExpectedSecret
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.patching.final import Final

# What a tree that could not be rendered may hold the answer to.
_ANSWERABLE = ("missing-", "unmatched-", "unfollowed-", "unhashed-")
_MOST_NAMED = 4  # trees of one object in a message


class TreeFacts(NamedTuple):
    """A tree as its siblings see it: its name, its manifests and what they provide and use.

    `expected` are the Secrets that it expects to be made before.
    """

    name: str
    finals: Sequence[Final]
    facts: Sequence[Facts]
    expected: Sequence[ExpectedSecret] = ()


class ClusterFacts:
    """All trees of one cluster; `failed` are the names of those that could not be rendered."""

    def __init__(self, trees: Sequence[TreeFacts], failed: Sequence[str] = ()) -> None:
        self.failed = tuple(failed)
        self.all_facts = [fact for tree in trees for fact in tree.facts]
        self.finals = [final for tree in trees for final in tree.finals]
        self.known = Known(self.all_facts, [one for tree in trees for one in tree.expected])
        self.levels = enforced_levels([final.manifest for final in self.finals])
        data = (final.manifest.data for final in self.finals)
        self.definitions = [*definitions_in(data)]
        self._facts = {tree.name: tree.facts for tree in trees}
        self._between = _between(trees, self.known)

    def facts(self, tree: str) -> Sequence[Facts]:
        """What the manifests of a tree provide and use."""
        return self._facts[tree]

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
    home = {ref: tree.name for tree in trees for fact in tree.facts for ref in fact.provides}
    for tree in trees:
        by_ref = known.beside(tree.facts)
        for fact in tree.facts:
            for target, finding in errors_between(fact, by_ref):
                other = home.get(target, tree.name) if target in known.by_ref else tree.name
                for name in dict.fromkeys((tree.name, other)):
                    found.setdefault(name, []).append(finding)
    return found


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
    names = [*held]
    if len(names) > _MOST_NAMED:
        names = [*names[: _MOST_NAMED - 1], f"{len(names) - _MOST_NAMED + 1} others"]
    where = f"the trees {', '.join(names[:-1])} and {names[-1]}"
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
