"""The commands of docs/local.md, which walks from an empty cluster to what Airflow does."""

from __future__ import annotations

import re
import shlex

from e2e.trees import ROOT

PAGE = ROOT / "docs/local.md"
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = "$ "


def steps() -> dict[str, list[str]]:
    """The commands of each section that has some, by its title, in the order of the page."""
    sections = re.split(r"^## (?:\d+\. )?", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    found = {
        section.partition("\n")[0]: [
            command for kind, text in _BLOCK.findall(section) for command in _commands(kind, text)
        ]
        for section in sections
    }
    return {title: commands for title, commands in found.items() if commands}


def in_airflow() -> list[list[str]]:
    """What is run inside of Airflow's Pods, as words."""
    found = [shlex.split(command) for commands in steps().values() for command in commands]
    return [words[words.index("--") + 1 :] for words in found if "exec" in words]


def _commands(kind: str, text: str) -> list[str]:
    """In a console what follows a prompt, for the rest is output; otherwise each line."""
    lines = text.splitlines()
    if kind == "sh":
        return lines
    return [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]
