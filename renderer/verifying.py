"""The step before writing: every check, once for all clusters that share a composition."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.content import check_changed, check_content
from renderer.checks.identity import check_identities
from renderer.checks.references import Facts, check_references, facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from renderer.checks.policy import CheckPolicy, Judged
    from renderer.findings import Finding
    from renderer.manifests import Manifest


class _Verdict(NamedTuple):
    """What is found in a manifest alone, and what it has to do with others."""

    findings: list[Finding]
    facts: Facts


class Verification:
    """The checks of a composition's clusters; what is unchanged in a cluster is judged once.

    `manifests` are those of the stack, `parameters` the names that are declared.
    """

    def __init__(
        self, manifests: Sequence[Manifest], parameters: Collection[str], policy: CheckPolicy
    ) -> None:
        self._manifests = manifests
        self._parameters = parameters
        self._policy = policy
        self._verdicts: dict[int, _Verdict] = {}

    @cached_property
    def _identities(self) -> list[Finding]:
        return check_identities(self._manifests)

    @cached_property
    def _placeholder(self) -> re.Pattern[str]:
        """Matches in the text of every manifest that holds one; no text is broken within it."""
        names = "|".join(map(re.escape, self._parameters)) or "(?!)"
        return re.compile(rf"\$\((?:{names})\)")

    def verify(
        self, places: Sequence[int], manifests: Sequence[Manifest], texts: Sequence[str]
    ) -> Judged:
        """All findings about the final manifests of one cluster.

        `places` are those in the stack; what is past its end was made for this cluster.
        """
        verdicts = [
            self._verdict(place, manifest, text)
            for place, manifest, text in zip(places, manifests, texts, strict=True)
        ]
        findings = [*self._identities]
        for verdict in verdicts:
            findings += verdict.findings
        findings += check_references([verdict.facts for verdict in verdicts])
        return self._policy.judge(findings)

    def _verdict(self, place: int, manifest: Manifest, text: str) -> _Verdict:
        """What is found in a final manifest; what is the stack's own is looked at once."""
        if place >= len(self._manifests):
            return self._check(manifest, text)
        if manifest is not self._manifests[place]:
            verdict = self._check(manifest, text)
            return verdict._replace(findings=[*verdict.findings, *check_changed(manifest)])
        found = self._verdicts.get(place)
        if found is None:
            found = self._verdicts[place] = self._check(manifest, text)
        return found

    def _check(self, manifest: Manifest, text: str) -> _Verdict:
        # To walk all fields in search of placeholders takes longer than writing them did.
        has_placeholder = self._placeholder.search(text) is not None
        parameters = self._parameters if has_placeholder else ()
        return _Verdict(check_content(manifest, parameters), facts_of(manifest))
