"""`render rules`: every rule that a finding can name, and what there is to say about one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from renderer.errors import UsageError
from renderer.reports.plain import plain_text
from renderer.rules import RULES, TITLES, Stage, explanation
from renderer.suggesting import closest

if TYPE_CHECKING:
    from renderer.rules import Rule

_CHOICE = """\
The settings can make it an error, a warning or off, and name exceptions:

    [tool.render.checks] # of pyproject.toml; [checks] in render.toml
    {rule} = "{severity}"
"""


def list_rules(*, as_json: bool) -> None:
    """Prints a line for each rule, by stages."""
    if as_json:
        print(json.dumps([_row(rule) for rule in RULES.values()], indent=2))
        return
    sys.stdout.write("\n".join(_stage(stage) for stage in Stage))


def _stage(stage: Stage) -> str:
    rules = [rule for rule in RULES.values() if rule.stage is stage]
    lines = [f"  {rule.name:22}  {rule.severity:7}  {rule.summary}" for rule in rules]
    return "\n".join([f"{stage}: {TITLES[stage]}", *lines, ""])


def explain_rule(name: str, *, as_json: bool) -> None:
    """Prints all there is about a rule. Raises UsageError where there is no such rule."""
    rule = RULES.get(name)
    if rule is None:
        hint = closest(name, RULES) or "render rules lists them"
        raise UsageError(f"there is no rule {name}", hint=hint)
    if as_json:
        print(json.dumps({**_row(rule), "explanation": explanation(rule) or None}, indent=2))
        return
    parts = [f"{rule.name}: {rule.summary}\n", f"stage {rule.stage}: {TITLES[rule.stage]}"]
    parts.append(f"severity {rule.severity}\n")
    if text := explanation(rule):
        parts.append(plain_text(text))
    if rule.is_choosable:
        parts.append(_CHOICE.format(rule=rule.name, severity=rule.severity).rstrip("\n"))
    print("\n".join(parts).rstrip("\n"))


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "stage": str(rule.stage),
        "severity": str(rule.severity),
        "choosable": rule.is_choosable,
        "summary": rule.summary,
    }
