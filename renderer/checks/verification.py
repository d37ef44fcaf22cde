"""The step before writing: every check, once for all clusters that share a composition."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.content import check_changed, check_content
from renderer.checks.identity import check_identities
from renderer.checks.pods import embedded_pods
from renderer.checks.podsecurity import enforced_levels, pod_violations
from renderer.checks.references import Facts, check_references, facts_of
from renderer.checks.schema import Schemas
from renderer.checks.schema.problems import UNKNOWN
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.checks.skipped import check_skipped
from renderer.checks.together import check_together
from renderer.kubernetes.definitions import unknown_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from renderer.checks.policy import CheckPolicy, Judged
    from renderer.findings import Finding
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.draft import Changes


# Verdicts of changed manifests that are kept for one composition.
_MOST_VERDICTS = 4096


class Checks(NamedTuple):
    """What a repository wants to be checked, and how.

    `kubernetes` is a minor version, as "1.36"; `definitions` gives the repository's own
    CustomResourceDefinitions of kinds.
    """

    policy: CheckPolicy
    kubernetes: str
    definitions: Callable[[Iterable[Kind]], list[dict[str, object]]]


class _Verdict(NamedTuple):
    """What is found in a manifest alone, whatever the names of what it refers to.

    `pods` are those that a ConfigMap holds as text; what is found in them is among `findings`.
    `violations` are those of Pod Security, by the manifest or Pod and the level, as needed.
    """

    findings: list[Finding]
    pods: tuple[Manifest, ...]
    pod_facts: list[Facts]
    violations: dict[tuple[int, str], list[Finding]]


class Verification:
    """The checks of a composition's clusters; what is unchanged in a cluster is judged once.

    `manifests` are those of the stack, `parameters` the names that are declared.
    """

    def __init__(
        self, manifests: Sequence[Manifest], parameters: Collection[str], checks: Checks
    ) -> None:
        self._manifests = manifests
        self._parameters = parameters
        self._checks = checks
        self._verdicts: dict[tuple[int, Changes], _Verdict] = {}
        self._facts: dict[int, Facts] = {}

    @cached_property
    def _identities(self) -> list[Finding]:
        return check_identities(self._manifests)

    @cached_property
    def _schemas(self) -> Schemas:
        unknown = sorted(unknown_kinds(self._manifests))
        schemas = Schemas(self._checks.kubernetes)
        if unknown:
            schemas = schemas.with_definitions(self._checks.definitions(unknown))
        return schemas.with_definitions(one.data for one in self._manifests)

    @cached_property
    def _placeholder(self) -> re.Pattern[str]:
        """Matches in the text of every manifest that holds one; no text is broken within it."""
        names = "|".join(map(re.escape, self._parameters)) or "(?!)"
        return re.compile(rf"\$\((?:{names})\)")

    def verify(
        self,
        places: Sequence[int],
        manifests: Sequence[Manifest],
        texts: Sequence[str],
        changes: Mapping[int, Changes | None],
    ) -> Judged:
        """All findings about the final manifests of one cluster.

        `places` are those in the stack; what is past its end was made for this cluster.
        `changes` are what makes another manifest of the stack's, apart from the names of what
        it refers to; None or nothing where that is not known.
        """
        levels = enforced_levels(manifests)
        findings = [*self._identities]
        facts: list[Facts] = []
        for place, manifest, text in zip(places, manifests, texts, strict=True):
            verdict = self._verdict(place, manifest, text, changes.get(place))
            findings += verdict.findings
            findings += self._changed(place, manifest)
            facts += (self._facts_of(place, manifest), *verdict.pod_facts)
            for index, one in enumerate((manifest, *verdict.pods)):
                level = levels.get(one.ref.namespace)
                if level:
                    found = verdict.violations.get((index, level))
                    if found is None:
                        found = verdict.violations[index, level] = pod_violations(one, level)
                    findings += found
        return self._checks.policy.judge([*findings, *check_references(facts)])

    def verify_each(
        self, places: Sequence[int], manifests: Sequence[Manifest], texts: Sequence[str]
    ) -> Judged:
        """The findings about each manifest alone: names and references are not final yet."""
        findings: list[Finding] = []
        for place, manifest, text in zip(places, manifests, texts, strict=True):
            findings += self._verdict(place, manifest, text, None).findings
            findings += self._changed(place, manifest)
        return self._checks.policy.judge(findings)

    def _is_own(self, place: int, manifest: Manifest) -> bool:
        """Whether a manifest is the stack's, as it is in every cluster that does not touch it."""
        return self._is_composed(place) and manifest is self._manifests[place]

    def _is_composed(self, place: int) -> bool:
        """Whether a manifest is from the stack, and not made for a cluster."""
        return place < len(self._manifests)

    def _changed(self, place: int, manifest: Manifest) -> list[Finding]:
        is_changed = self._is_composed(place) and not self._is_own(place, manifest)
        return check_changed(manifest) if is_changed else []

    def _facts_of(self, place: int, manifest: Manifest) -> Facts:
        if not self._is_own(place, manifest):
            return facts_of(manifest)
        if place not in self._facts:
            self._facts[place] = facts_of(manifest)
        return self._facts[place]

    def _verdict(
        self, place: int, manifest: Manifest, text: str, changes: Changes | None
    ) -> _Verdict:
        if not self._is_composed(place):
            return self._check(manifest, text)
        base = self._manifests[place]
        if manifest is base:
            changes = ()
        if changes is None:
            return self._check(manifest, text, base)
        verdict = self._verdicts.get((place, changes))
        if verdict is None:
            verdict = self._check(manifest, text, base)
            if len(self._verdicts) < _MOST_VERDICTS or not changes:
                self._verdicts[place, changes] = verdict
        return verdict

    def _check(self, manifest: Manifest, text: str, base: Manifest | None = None) -> _Verdict:
        """What is found in a manifest alone; `base` is what it was made from."""
        # To walk all fields in search of placeholders takes longer than writing them did.
        has_placeholder = self._placeholder.search(text) is not None
        skipped = check_skipped(manifest)
        if skipped:  # what else is wrong with it comes from that
            return _Verdict(skipped, (), [], {})
        findings = check_content(manifest, self._parameters if has_placeholder else ())
        findings += exposed_secrets(manifest)
        findings += self._schemas.check(manifest, base)
        findings += check_together(manifest)
        pods = tuple(embedded_pods(manifest))
        for pod in pods:
            # Whoever creates it may fill in what is missing, but takes no field for another.
            findings += [one for one in self._schemas.check(pod) if one.rule == UNKNOWN]
        return _Verdict(findings, pods, [*map(facts_of, pods)], {})
