"""The examples of docs/rules.md are true: each manifest has the very findings that are shown."""

from __future__ import annotations

import re

import pytest
from support import PROJECT, Repository

from checks.loading import manifests
from renderer.checks import KUBERNETES
from renderer.checks.cluster import ClusterFacts, TreeFacts
from renderer.checks.policy import CheckPolicy, Checks
from renderer.checks.verification import Verification
from renderer.findings import Finding
from renderer.patching.final import Final
from renderer.rules import CHOOSABLE, RULES, Stage
from renderer.yamldoc.writing import write

PAGE = (PROJECT / "docs" / "rules.md").read_text()
EXAMPLES = dict(
    re.findall(
        r"^### ([a-z-]+)\n(?:(?!^##).*\n)*?```yaml\n((?:.*\n)*?)```\n\n```text\n(?:.*\n)*?```\n",
        PAGE,
        re.MULTILINE,
    )
)
MESSAGES = dict(
    re.findall(r"^### ([a-z-]+)\n(?:(?!^##).*\n)*?```text\n((?:.*\n)*?)```\n", PAGE, re.MULTILINE)
)


_TREE = re.compile(r"# tree (\S+)$", re.MULTILINE)
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "r.example.com/web:1"}]}
"""


def check(text: str) -> tuple[Finding, ...]:
    """Every check there is, as in a cluster that nothing is set for.

    Where the example names trees, each document is one of the cluster's trees.
    """
    checks = Checks(CheckPolicy({}), KUBERNETES[-1], lambda _: [])
    names = _TREE.findall(text) or [""]
    trees = []
    for name, part in zip(names, text.split("---\n") if names[0] else [text], strict=True):
        found = manifests(part)
        finals = [
            Final(index=index, manifest=one, text=write(one.data), changes=())
            for index, one in enumerate(found)
        ]
        trees.append((name, finals, Verification(found, ["web.host"], checks)))
    facts = [TreeFacts(name, finals, own.facts(finals)) for name, finals, own in trees]
    name, finals, verification = trees[0]
    cluster = ClusterFacts(facts) if len(trees) > 1 else None
    return verification.verify(finals, name, cluster).findings


_FILE = re.compile(r"^# (\S+\.(?:toml|yaml))\n", re.MULTILINE)
OF_SOURCES = [
    rule
    for rule in CHOOSABLE
    if RULES[rule].stage is not Stage.VERIFY or _FILE.match(EXAMPLES.get(rule, ""))
]


@pytest.mark.parametrize("rule", sorted(EXAMPLES.keys() - OF_SOURCES))
def test_the_example_has_the_finding(rule: str) -> None:
    findings = check(EXAMPLES[rule])
    assert {one.rule for one in findings} == {rule}
    assert "\n".join(map(str, findings)) + "\n" == MESSAGES[rule]


@pytest.mark.parametrize("rule", OF_SOURCES)
def test_the_example_of_sources_has_the_finding(rule: str, repository: Repository) -> None:
    """An example is one kustomization, or several files with their names in the first lines."""
    parts = _FILE.split(EXAMPLES[rule])
    texts = (text.removesuffix("---\n") for text in parts[2::2])
    files = dict(zip(parts[1::2], texts, strict=True))
    files = files or {"overlays/a/kustomization.yaml": EXAMPLES[rule]}
    settings = "checks = {missing-namespace = 'off', unmatched-selector = 'off'}\n"
    repository.write({"render.toml": settings, "overlays/a/web.yaml": _WEB, **files})
    assert MESSAGES[rule] == repository.run("check").out


def test_every_rule_of_manifests_has_a_section_with_an_example() -> None:
    assert set(EXAMPLES) == set(MESSAGES) == set(CHOOSABLE)
    sections = set(re.findall(r"^### (.*)$", PAGE, re.MULTILINE))
    assert set(CHOOSABLE) <= sections <= set(RULES)
