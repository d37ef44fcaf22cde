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
from renderer.definitions import unknown_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from renderer.checks.policy import CheckPolicy, Judged
    from renderer.findings import Finding
    from renderer.kinds import Kind
    from renderer.manifests import Manifest


class Checks(NamedTuple):
    """What a repository wants to be checked, and how.

    `kubernetes` is a minor version, as "1.36"; `definitions` gives the repository's own
    CustomResourceDefinitions of kinds.
    """

    policy: CheckPolicy
    kubernetes: str
    definitions: Callable[[Iterable[Kind]], list[dict[str, object]]]


class _Verdict(NamedTuple):
    """What is found in a manifest alone, and what it has to do with others.

    The first of `facts` are the manifest's own. `pods` are those that a ConfigMap holds as text;
    what is found in them is among `findings`, and what they have to do with others among `facts`.
    """

    findings: list[Finding]
    facts: list[Facts]
    pods: tuple[Manifest, ...] = ()


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
        self._verdicts: dict[int, _Verdict] = {}
        self._violations: dict[tuple[int, str], list[Finding]] = {}

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
        relinked: Collection[int] = (),
    ) -> Judged:
        """All findings about the final manifests of one cluster.

        `places` are those in the stack; what is past its end was made for this cluster. Those
        that are `relinked` differ from the stack's in the names of what they refer to alone.
        """
        alone = [
            self._manifests[place] if place in relinked and self._is_composed(place) else manifest
            for place, manifest in zip(places, manifests, strict=True)
        ]
        verdicts = self._all(places, alone, texts)
        findings = [*self._identities]
        facts: list[Facts] = []
        for manifest, judged, verdict in zip(manifests, alone, verdicts, strict=True):
            findings += verdict.findings
            if manifest is judged:
                facts += verdict.facts
            else:
                findings += check_changed(manifest)
                facts += [facts_of(manifest), *verdict.facts[1:]]
        levels = enforced_levels(manifests)
        for place, judged, verdict in zip(places, alone, verdicts, strict=True):
            for one in (judged, *verdict.pods):
                level = levels.get(one.ref.namespace)
                if level:
                    findings += self._violations_of(place, one, level)
        return self._checks.policy.judge([*findings, *check_references(facts)])

    def verify_each(
        self, places: Sequence[int], manifests: Sequence[Manifest], texts: Sequence[str]
    ) -> Judged:
        """The findings about each manifest alone: names and references are not final yet."""
        verdicts = self._all(places, manifests, texts)
        return self._checks.policy.judge(one for verdict in verdicts for one in verdict.findings)

    def _all(
        self, places: Sequence[int], manifests: Sequence[Manifest], texts: Sequence[str]
    ) -> list[_Verdict]:
        return [
            self._verdict(place, manifest, text)
            for place, manifest, text in zip(places, manifests, texts, strict=True)
        ]

    def _is_own(self, place: int, manifest: Manifest) -> bool:
        """Whether a manifest is the stack's, as it is in every cluster that does not touch it."""
        return self._is_composed(place) and manifest is self._manifests[place]

    def _is_composed(self, place: int) -> bool:
        """Whether a manifest is from the stack, and not made for a cluster."""
        return place < len(self._manifests)

    def _verdict(self, place: int, manifest: Manifest, text: str) -> _Verdict:
        if self._is_own(place, manifest):
            found = self._verdicts.get(place)
            if found is None:
                found = self._verdicts[place] = self._check(manifest, text)
            return found
        if not self._is_composed(place):
            return self._check(manifest, text)
        verdict = self._check(manifest, text, self._manifests[place])
        return verdict._replace(findings=[*verdict.findings, *check_changed(manifest)])

    def _check(self, manifest: Manifest, text: str, base: Manifest | None = None) -> _Verdict:
        """What is found in a manifest alone; `base` is what it was made from."""
        # To walk all fields in search of placeholders takes longer than writing them did.
        has_placeholder = self._placeholder.search(text) is not None
        skipped = check_skipped(manifest)
        if skipped:  # what else is wrong with it comes from that
            return _Verdict(skipped, [facts_of(manifest)])
        findings = check_content(manifest, self._parameters if has_placeholder else ())
        findings += exposed_secrets(manifest)
        findings += self._schemas.check(manifest, base)
        findings += check_together(manifest)
        pods = tuple(embedded_pods(manifest))
        for pod in pods:
            # Whoever creates it may fill in what is missing, but takes no field for another.
            findings += [one for one in self._schemas.check(pod) if one.rule == UNKNOWN]
        return _Verdict(findings, [*map(facts_of, (manifest, *pods))], pods)

    def _violations_of(self, place: int, manifest: Manifest, level: str) -> list[Finding]:
        if not self._is_own(place, manifest):
            return pod_violations(manifest, level)
        key = place, level
        if key not in self._violations:
            self._violations[key] = pod_violations(manifest, level)
        return self._violations[key]
