"""The registry of rules holds the code, and the code the registry."""

from __future__ import annotations

import pytest
from rule_uses import Use, uses

from renderer.findings import Severity
from renderer.rules import RULES, Stage

USES = uses()

# What is not as severe as its rule, and why.
_OTHERWISE = {("duplicate-key", Severity.WARNING): "kustomize takes the last, and goes on"}


@pytest.mark.parametrize("use", USES, ids=[use.place for use in USES])
def test_what_code_finds_is_registered(use: Use) -> None:
    rules = use.rules - {""}  # the error of a tool has none
    assert use.rules, "no constant says which rule"
    assert rules - RULES.keys() == set(), "a line in renderer/rules/__init__.py is missing"
    for rule in rules if use.severity else ():
        severity = Severity(use.severity)
        assert severity is RULES[rule].severity or (rule, severity) in _OTHERWISE


def test_every_rule_is_used() -> None:
    assert len(USES) > 100
    assert RULES.keys() - frozenset().union(*(use.rules for use in USES)) == set()


def test_rules_are_sorted_by_stage_and_name() -> None:
    stages = [*Stage]
    places = [(stages.index(rule.stage), rule.name) for rule in RULES.values()]
    assert places == sorted(places)
    assert {rule.stage for rule in RULES.values()} == set(Stage)
