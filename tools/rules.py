"""Writes what docs/ says of the rules from where it is said first: renderer/rules/.

    make docs

A page says what it wants between two comments, and keeps all that stands around them:

    <!-- make docs: rules -->               a table of the rules of each stage
    <!-- make docs: NAME, NAME -->          the texts of these rules
    <!-- end -->
"""

from __future__ import annotations

import re
from pathlib import Path

from renderer.rules import RULES, TITLES, Stage, explanation

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("reference.md", "rules.md")

_MARKED = re.compile(r"^<!-- make docs: (?P<wanted>.*) -->\n(?:.*\n)*?<!-- end -->$", re.MULTILINE)


def generated(page: str) -> str:
    """A page with what it wants between its marks. Raises KeyError for a rule that is not there."""
    return _MARKED.sub(_filled, page)


def _filled(marked: re.Match[str]) -> str:
    wanted = marked["wanted"]
    text = _tables() if wanted == "rules" else _sections(wanted.split(", "))
    return f"<!-- make docs: {wanted} -->\n\n{text}\n<!-- end -->"


def _tables() -> str:
    return "\n".join(_table(stage) for stage in Stage)


def _table(stage: Stage) -> str:
    rows = [
        f"| `{rule.name}` | {rule.severity} | {rule.summary} |\n"
        for rule in RULES.values()
        if rule.stage is stage
    ]
    head = f"### {stage}: {TITLES[stage]}\n\n| rule | default | meaning |\n|---|---|---|\n"
    return head + "".join(rows)


def _sections(names: list[str]) -> str:
    return "\n".join(f"### {name}\n\n{explanation(RULES[name])}" for name in names)


def main() -> None:
    """Writes the pages."""
    for name in PAGES:
        path = DOCS / name
        path.write_text(generated(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
