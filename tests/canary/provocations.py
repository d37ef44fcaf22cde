"""Every repository with a mistake that the tests know, by the rules that it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from support import TESTS, read_txtar, read_world

from renderer.rules import RULES, explanation

_RULE = re.compile(r"\[([a-z-]+)\]$", re.MULTILINE)
_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"# (\S+\.yaml)\n")
_KUSTOMIZATION = "overlays/a/kustomization.yaml"
_MANIFESTS = "overlays/a/manifests.yaml"


class Provocation(NamedTuple):
    """A repository, what is typed in it, and the rules that its message names."""

    name: str
    files: Mapping[str, str | Path]
    command: tuple[str, ...]
    rules: frozenset[str]


@cache
def provocations() -> tuple[Provocation, ...]:
    """All of them, in a fixed order."""
    return (
        *_mistakes(),
        *_archives("golden/*.txtar"),
        *_archives("attacks/*/case.txtar"),
        *_examples(),
    )


def _mistakes() -> Iterator[Provocation]:
    for path in sorted(TESTS.glob("kustomize/mistakes/*/*.txtar")):
        rules = frozenset(_RULE.findall(path.read_text().partition("\n-- ")[0]))
        yield Provocation(f"mistake-{path.stem}", read_txtar(path), ("check", "a"), rules)


def _archives(pattern: str) -> Iterator[Provocation]:
    for path in sorted(TESTS.glob(pattern)):
        if path.with_name("prepare.py").exists():
            continue  # it makes what no text can state
        files = read_txtar(path)
        command, expected = str(files.pop("command")), str(files.pop("expected"))
        for name in ("changes", "never", "limits"):
            files.pop(name, None)
        name = path.parent.name if path.name == "case.txtar" else path.stem
        rules = frozenset(_RULE.findall(expected))
        yield Provocation(name, files, tuple(command.split()), rules)


def _examples() -> Iterator[Provocation]:
    web = str(read_world("shop")["base/web.yaml"])
    for rule in RULES.values():
        example = _EXAMPLE.search(explanation(rule))
        if not example:
            continue
        parts = _FILE.split(example[1])
        files = dict(
            zip(parts[1::2], (one.removesuffix("---\n") for one in parts[2::2]), strict=True)
        )
        if not files and not example[1].startswith(("apiVersion", "# tree")):
            files = {_KUSTOMIZATION: example[1]}
        files = files or {_KUSTOMIZATION: "resources: [manifests.yaml]\n", _MANIFESTS: example[1]}
        rules = frozenset([rule.name])
        yield Provocation(
            f"example-{rule.name}", {"overlays/a/web.yaml": web, **files}, ("check",), rules
        )
