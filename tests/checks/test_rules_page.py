"""The examples of docs/rules.md are true: each manifest has the very findings that are shown."""

from __future__ import annotations

import re

import pytest

from checks.loading import PROJECT, manifests
from renderer.checks.podsecurity import enforced_levels, pod_violations
from renderer.checks.references import check_references, facts_of
from renderer.findings import Finding

PAGE = (PROJECT / "docs" / "rules.md").read_text()
EXAMPLES = dict(
    re.findall(
        r"^### ([a-z-]+)\n(?:(?!^#).*\n)*?```yaml\n((?:.*\n)*?)```\n\n```text\n(?:.*\n)*?```\n",
        PAGE,
        re.MULTILINE,
    )
)
MESSAGES = dict(
    re.findall(r"^### ([a-z-]+)\n(?:(?!^#).*\n)*?```text\n((?:.*\n)*?)```\n", PAGE, re.MULTILINE)
)


def check(text: str) -> list[Finding]:
    found = manifests(text)
    levels = enforced_levels(found)
    findings = check_references([facts_of(one) for one in found])
    for one in found:
        findings += pod_violations(one, levels.get(one.ref.namespace, "privileged"))
    return findings


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_example_has_the_finding(rule: str) -> None:
    findings = check(EXAMPLES[rule])
    assert {one.rule for one in findings} == {rule}
    assert "\n".join(map(str, findings)) + "\n" == MESSAGES[rule]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == len(MESSAGES) > 7
