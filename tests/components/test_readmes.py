"""Pages beside components say what is in their documents, on one screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import PROJECT

from tools.readmes import directories, with_declared

BASE = PROJECT / "base"
DIRECTORIES = directories()


def _spec(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((directory / "parameters.yaml").read_text())["spec"]
    return found


@pytest.mark.parametrize("directory", DIRECTORIES, ids=[path.name for path in DIRECTORIES])
def test_a_page_says_what_its_directory_declares(directory: Path) -> None:
    page = (directory / "README.md").read_text()
    assert with_declared(page, directory) == page, "run `make docs`"


@pytest.mark.parametrize("directory", DIRECTORIES, ids=[path.name for path in DIRECTORIES])
def test_a_page_is_one_screen_and_leads_somewhere(directory: Path) -> None:
    page = (directory / "README.md").read_text()
    by_hand = page.partition("\n## Declared\n")[0]
    assert by_hand.startswith(f"# {directory.name}\n\n")
    assert len(by_hand.split()) > 15
    assert page.count("\n") <= 40
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page)
    assert [link for link in links if not (directory / link).exists()] == []


def test_what_policies_open_is_told_of_every_one() -> None:
    for directory in DIRECTORIES:
        policies = [*directory.rglob("*network-policy.yaml")]
        told = "\n| opens |" in (directory / "README.md").read_text()
        assert told == bool(policies)
        there = [
            path for path in directory.rglob("*.yaml") if "kind: NetworkPolicy" in path.read_text()
        ]
        assert {path for path in there if path.name != "parameters.yaml"} == set(policies)


def test_the_page_of_the_base_has_every_secret_that_is_expected() -> None:
    """In its table: the Secret, its keys, and who expects it."""
    section = (BASE / "README.md").read_text().partition("\n## Secrets\n")[2].partition("\n## ")[0]
    table = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    told: set[tuple[str, str, str]] = set()
    secret = ""
    for cells in table[1:]:
        named, keys, components = (re.findall(r"`([^`]+)`|\*(the core)\*", cell) for cell in cells)
        secret = named[0][0] if named else secret
        told |= {(secret, key, a or b) for key, _ in keys for a, b in components}
    expected = {
        (one["secret"], key, "the core" if path.parent == BASE else path.parent.name)
        for path in BASE.rglob("parameters.yaml")
        for one in _spec(path.parent).get("expects", [])
        for key in one["keys"]
    }
    assert {one for one in expected if one not in told} == set()
