"""What a rendered manifest must not be: pure functions from manifests to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The rules whose severity a repository may choose.
RULES = ("duplicate-identity", "missing-name", "placeholder", "plain-secret")

SEVERITIES = ("error", "warning", "off")


def judge(findings: Iterable[Finding], severities: Mapping[str, str]) -> list[Finding]:
    """The findings with the severities that a repository chose; those that are off are gone."""
    judged = []
    for finding in findings:
        chosen = severities.get(finding.rule)
        if chosen is None:
            judged.append(finding)
        elif chosen != "off":
            judged.append(finding._replace(severity=Severity(chosen)))
    return judged
