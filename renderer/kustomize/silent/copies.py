"""Replacements that copy the name of an object: kustomize adds hashes to names afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from renderer.kustomize.nodes import fields_of, items_of, text_of
from renderer.kustomize.selectors import TARGET, wants_of
from renderer.kustomize.silent.said import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    from renderer.kustomize.refusal.replacements import Replacement
    from renderer.kustomize.silent.whole import Whole

_NAME: Final = ("", "metadata.name")  # where a source says no field, its name is meant
# A dot within [name=a.b] does not part (kyaml, utils.SmarterPathSplitter).
_STEP: Final = re.compile(r"(?:\[[^\]]*\]|\\.|[^.\\])+")


def copied_names(whole: Whole) -> Iterator[Copy]:
    """The names that replacements copy, once for each field."""
    for one in whole.replacements:
        is_name = text_of(one.source.get("fieldpath")) in _NAME
        if one.source and is_name and "options" not in one.source:
            yield from _copies(one)


def _copies(one: Replacement) -> Iterator[Copy]:
    source = wants_of(one.fields.get("source"), TARGET)
    for target in map(fields_of, one.targets):
        options = fields_of(target.get("options"))
        if text_of(options.get("encoding")):
            continue
        for path in items_of(target.get("fieldpaths")):
            steps = (re.sub(r"\\(.)", r"\1", step) for step in _STEP.findall(text_of(path)))
            yield Copy(
                place=one.place(path),
                source=source,
                select=wants_of(target.get("select"), TARGET),
                steps=tuple(steps),
                delimiter=text_of(options.get("delimiter")),
                part=_number(options.get("index")),
            )


def _number(node: Node | None) -> int:
    text = text_of(node)
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0
