"""Pages beside components say what is in their documents, on one screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import PROJECT

from renderer.parameters.built_in import is_built_in

BASE = PROJECT / "base"
PAGES = sorted(BASE.glob("components/*/README.md"))
_ROW = re.compile(r"^\| `(\S+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)


def _spec(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((directory / "parameters.yaml").read_text())["spec"]
    return found


def _declared() -> dict[str, dict[str, Any]]:
    """Every parameter that a document of the base declares, by name."""
    specs = [_spec(path.parent) for path in BASE.rglob("parameters.yaml")]
    found = [one for spec in specs for one in spec.get("parameters", [])]
    return {one["name"]: one for one in found if "schema" in one}


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("page", PAGES, ids=[page.parent.name for page in PAGES])
def test_a_page_has_the_parameters_of_its_component(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.parent.name}\n")
    assert text.count("\n") <= 40
    own = _spec(page.parent).get("parameters", [])
    declared = _declared() | {one["name"]: one for one in own if "schema" in one}
    names = [one["name"] for one in own]
    names = [name for name in names if not is_built_in(name)]  # nobody sets these
    rows = {}
    for name in names:
        one = declared[name]
        default = "**required**" if one.get("required") else f"`{_said(one['default'])}`"
        rows[name] = (name, default, one["description"])
    table = text.partition("| parameter | default | meaning |")[2].partition("\n\n")[0]
    told = {found[0]: found for found in _ROW.findall(table)}
    others = [] if "count here, too" in text else names
    assert told == {name: rows[name] for name in others}


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
