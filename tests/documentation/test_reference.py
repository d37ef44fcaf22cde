"""The documentation is complete: every rule, setting and option is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from support import PROJECT, Repository

from renderer.cli.app import app
from renderer.cli.grammar import DEFAULT
from renderer.repository.settings import SETTINGS
from renderer.rules import RULES
from tools.rules import DOCS, PAGES, generated

REFERENCE = (PROJECT / "docs" / "reference.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_what_pages_say_of_rules_is_what_is_written(name: str) -> None:
    page = (DOCS / name).read_text()
    assert generated(page) == page, "make docs writes it"


def test_every_rule_is_in_the_pages() -> None:
    assert {name for name in RULES if f"| `{name}` |" not in REFERENCE} == set()
    explained = {path.stem for path in (PROJECT / "renderer" / "rules" / "texts").iterdir()}
    rules = (DOCS / "rules.md").read_text()
    assert explained - RULES.keys() == set()
    assert {name for name in explained if f"### {name}\n" not in rules} == set()


def test_every_setting_is_documented() -> None:
    assert {name for name in SETTINGS if f"| `{name}` |" not in REFERENCE} == set()


def test_help_teaches(repository: Repository) -> None:
    text = repository.run("--help").out
    for part in ("overlays/<cluster>/", "clusters/<cluster>/", "cluster.yaml", "--check", "build"):
        assert part in text
    assert text.count("  render clusters") >= 3


def _commands(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of each command, as they are typed: the one without a name takes any."""
    yield tuple("clusters" if word == DEFAULT else word for word in words)
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, *words, name)


_COMMANDS = [*_commands(typer.main.get_command(app))]


def test_there_are_commands() -> None:
    assert {(), ("clusters",), ("check",), ("bootstrap", "flux")} < {*_COMMANDS}


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_help_has_an_example_and_fits_a_terminal(
    repository: Repository, words: tuple[str, ...]
) -> None:
    text = repository.run(*words, "--help").out
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"^  Examples?:.*\n    \S", text, re.MULTILINE)
