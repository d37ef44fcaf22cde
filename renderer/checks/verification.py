"""The step before writing: every check, once for all clusters that share a composition."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.content import check_changed, check_content
from renderer.checks.copied import check_copied
from renderer.checks.directives import left_directives, may_hold_directives
from renderer.checks.expectations import SecretUses
from renderer.checks.identity import check_identities
from renderer.checks.moved import check_moved
from renderer.checks.pods import embedded_pods
from renderer.checks.podsecurity import enforced_levels, pod_violations
from renderer.checks.references import Facts, check_references, facts_of
from renderer.checks.schema import Schemas
from renderer.checks.schema.problems import UNKNOWN
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.checks.skipped import check_skipped
from renderer.checks.together import check_together
from renderer.checks.unfollowed import FormerNames, Unfollowed, check_unfollowed
from renderer.kubernetes.definitions import unknown_kinds
from renderer.kustomize.affixes import Affixes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from renderer.checks.cluster import ClusterFacts
    from renderer.checks.policy import Checks, Judged
    from renderer.findings import Finding
    from renderer.kubernetes.expected import Expected, ExpectedSecret
    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.kustomize.silent.said import Silent
    from renderer.patching.draft import Changes
    from renderer.patching.final import Final


# Verdicts of changed manifests that are kept for one composition.
_MOST_VERDICTS = 4096


class _Verdict(NamedTuple):
    """What is found in a manifest alone, whatever the names of what it refers to.

    `pods` are those that a ConfigMap holds as text; what is found in them is among `findings`.
    `violations` are those of Pod Security, by the manifest or Pod and the level, as needed.
    """

    findings: list[Finding]
    pods: tuple[Manifest, ...]
    violations: dict[tuple[int, str], list[Finding]]


class Verified(NamedTuple):
    """The findings about a tree, the indices of the exceptions that were needed, and what of that
    which the tree expects is used."""

    findings: tuple[Finding, ...]
    excused: tuple[int, ...]
    expected: tuple[Expected, ...]


class Verification:
    """The checks of a composition's clusters; what is unchanged in a cluster is judged once.

    `manifests` are those of the stack, `parameters` the names that are declared, `definitions`
    the CustomResourceDefinitions of other trees of the cluster, `affixes` the namePrefix and
    nameSuffix of each kustomization.
    """

    def __init__(
        self,
        manifests: Sequence[Manifest],
        parameters: Collection[str],
        checks: Checks,
        *,
        definitions: Sequence[dict[str, Any]] = (),
        affixes: Collection[tuple[str, str]] = (),
    ) -> None:
        self._manifests = manifests
        self._parameters = parameters
        self._checks = checks
        self._definitions = definitions
        self._affixes = affixes
        self._among: dict[str, Verification] = {}  # by the definitions of a cluster
        self._verdicts: dict[tuple[int, Changes], _Verdict] = {}
        self._facts: dict[int, list[Facts]] = {}
        self._unfollowed: dict[int, list[Unfollowed]] = {}

    @cached_property
    def _identities(self) -> list[Finding]:
        return check_identities(self._manifests)

    @cached_property
    def _schemas(self) -> Schemas:
        unknown = sorted(unknown_kinds(self._manifests))
        schemas = Schemas(self._checks.kubernetes)
        if unknown:
            schemas = schemas.with_definitions(self._checks.definitions(unknown))
        schemas = schemas.with_definitions(self._definitions)
        return schemas.with_definitions(one.data for one in self._manifests)

    def among(self, cluster: ClusterFacts) -> Verification:
        """The checks of these manifests in a cluster whose other trees define kinds of theirs."""
        unknown = unknown_kinds(self._manifests)
        defined = [data for kind, data in cluster.definitions if kind in unknown]
        if not defined:
            return self
        key = json.dumps(defined, sort_keys=True)
        if key not in self._among:
            self._among[key] = Verification(
                self._manifests,
                self._parameters,
                self._checks,
                definitions=defined,
                affixes=self._affixes,
            )
        return self._among[key]

    @cached_property
    def _former_names(self) -> FormerNames:
        return FormerNames(self._manifests, self._affixes)

    @cached_property
    def _placeholder(self) -> re.Pattern[str]:
        """Matches in the text of every manifest that holds one; no text is broken within it."""
        names = "|".join(map(re.escape, self._parameters)) or "(?!)"
        return re.compile(rf"\$\((?:{names})\)")

    def facts(self, finals: Iterable[Final]) -> list[Facts]:
        """What the final manifests of a tree, and the Pods in them, provide and refer to."""
        return [fact for final in finals for fact in self._facts_of(final)]

    def verify(
        self,
        finals: Sequence[Final],
        tree: str = "",
        cluster: ClusterFacts | None = None,
        *,
        declared: Sequence[Finding] = (),
        silent: Silent | None = None,
        expected: Sequence[ExpectedSecret] = (),
    ) -> Verified:
        """All findings about the final manifests of one tree.

        `cluster` are all trees of its cluster, where there are several; `declared` are findings
        that were made before, as secrets that are known by their parameters; `silent` is what the
        sources tell of what kustomize does without a word; `expected` are the Secrets that the
        tree expects.
        """
        levels = cluster.levels if cluster else enforced_levels([one.manifest for one in finals])
        findings = [*self._identities]
        for final in finals:
            verdict = self._verdict(final)
            findings += verdict.findings
            findings += self._changed(final)
            for number, one in enumerate((final.manifest, *verdict.pods)):
                level = levels.get(one.ref.namespace)
                if level:
                    found = verdict.violations.get((number, level))
                    if found is None:
                        found = verdict.violations[number, level] = pod_violations(one, level)
                    findings += found
        policy = self._checks.policy
        facts = cluster.facts(tree) if cluster else self.facts(finals)
        known = cluster.known if cluster else None
        findings += check_references(facts, policy.file, known, expected=expected)
        provided = known.provided if known else {ref for one in facts for ref in one.provides}
        composed = self._of_composing(finals, silent, provided) if silent else []
        findings += composed
        unfollowed = [one for final in finals for one in self._unfollowed_in(final)]
        told = {(one.object, one.field) for one in composed}
        findings += (
            one
            for one in check_unfollowed(unfollowed, provided)
            if (one.object, one.field) not in told
        )
        if cluster:
            findings += cluster.findings(tree)
            findings = [one for one in findings if not cluster.is_answerable(one)]
        judged = policy.judge(_joined(declared, findings))
        if not expected:
            return Verified(*judged, ())
        uses = cluster.secret_uses if cluster else SecretUses(facts, finals)
        return Verified(*judged, uses.of(expected))

    def _of_composing(
        self, finals: Sequence[Final], silent: Silent, provided: Collection[ObjectRef]
    ) -> list[Finding]:
        """What kustomize did without a word, as far as it is left in the final manifests."""
        found = [*silent.findings]
        if silent.copies or silent.subjects:
            manifests = [one.manifest for one in finals]
            affixes = Affixes(self._affixes)
            found += check_copied(silent.copies, manifests, affixes=affixes, provided=provided)
            found += check_moved(
                silent.subjects, manifests, affixes=affixes, namespaces=silent.namespaces
            )
        return found

    def verify_each(self, finals: Iterable[Final], declared: Sequence[Finding] = ()) -> Judged:
        """The findings about each manifest alone: names and references are not final yet."""
        findings: list[Finding] = []
        for final in finals:
            findings += self._verdict(final).findings
            findings += self._changed(final)
        return self._checks.policy.judge(_joined(declared, findings))

    def _base(self, final: Final) -> Manifest | None:
        """What it was made from; None where it is not from the stack, but made for a cluster."""
        return self._manifests[final.index] if final.index < len(self._manifests) else None

    def _changed(self, final: Final) -> list[Finding]:
        base = self._base(final)
        is_changed = base is not None and final.manifest is not base
        return check_changed(final.manifest) if is_changed else []

    def _facts_of(self, final: Final) -> list[Facts]:
        if final.manifest is not self._base(final):
            return _facts_in(final.manifest)
        if final.index not in self._facts:
            self._facts[final.index] = _facts_in(final.manifest)
        return self._facts[final.index]

    def _unfollowed_in(self, final: Final) -> list[Unfollowed]:
        if final.manifest is not self._base(final):
            return self._former_names.unfollowed(final.manifest)
        if final.index not in self._unfollowed:
            self._unfollowed[final.index] = self._former_names.unfollowed(final.manifest)
        return self._unfollowed[final.index]

    def _verdict(self, final: Final) -> _Verdict:
        base, changes = self._base(final), final.changes
        if base is None or changes is None:
            return self._check(final, base)
        verdict = self._verdicts.get((final.index, changes))
        if verdict is None:
            verdict = self._check(final, base)
            if len(self._verdicts) < _MOST_VERDICTS or not changes:
                self._verdicts[final.index, changes] = verdict
        return verdict

    def _check(self, final: Final, base: Manifest | None) -> _Verdict:
        """What is found in a manifest alone; `base` is what it was made from."""
        manifest = final.manifest
        # To walk all fields in search of placeholders takes longer than writing them did.
        has_placeholder = self._placeholder.search(final.text) is not None
        skipped = check_skipped(manifest)
        if skipped:  # what else is wrong with it comes from that
            return _Verdict(findings=skipped, pods=(), violations={})
        findings = check_content(manifest, self._parameters if has_placeholder else ())
        findings += exposed_secrets(manifest)
        findings += self._of_schema(final, base)
        findings += check_together(manifest)
        pods = tuple(embedded_pods(manifest))
        for pod in pods:
            # Whoever creates it may fill in what is missing, but takes no field for another.
            findings += [one for one in self._schemas.check(pod) if one.rule == UNKNOWN]
        return _Verdict(findings=findings, pods=pods, violations={})

    def _of_schema(self, final: Final, base: Manifest | None) -> list[Finding]:
        """What the schema of its kind knows no place for; a directive has none in any."""
        found = self._schemas.check(final.manifest, base)
        if not may_hold_directives(final.text):
            return found
        directives = left_directives(final.manifest)
        fields = {one.field for one in directives}
        return directives + [one for one in found if one.field not in fields]


def _joined(declared: Sequence[Finding], findings: Sequence[Finding]) -> list[Finding]:
    """All findings; what a parameter declares of a field, its form need not say again."""
    told = {(one.rule, one.object, one.field) for one in declared}
    others = (one for one in findings if (one.rule, one.object, one.field) not in told)
    return [*declared, *others]


def _facts_in(manifest: Manifest) -> list[Facts]:
    """The facts of a manifest, and of the Pods that it holds as text."""
    pods = () if check_skipped(manifest) else embedded_pods(manifest)
    return [facts_of(manifest), *map(facts_of, pods)]
