"""Of what an ApplicationSet makes Applications, as far as it says so itself.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.losing.sources import repository

if TYPE_CHECKING:
    from collections.abc import Iterator

_Data = dict[str, Any]

_NESTING = ("matrix", "merge")
_LISTS = ("directories", "files")  # of the generator for git
# What says neither of what Applications are made, nor how many.
_BESIDE = frozenset(["requeueAfterSeconds", "revision", "template", "values"])
_VARIABLE = re.compile(r"\{\{-?\s*\.?([\w.-]+?)\s*-?\}\}")


class Made(NamedTuple):
    """What Applications are made of, each once, and what keeps some of it from being taken."""

    of: frozenset[str]
    without: frozenset[str]

    def has_all_of(self, other: Made) -> bool:
        return other.of <= self.of and self.without <= other.without


def made(generators: Any, name: str) -> Made:
    """What Applications of a name, a template, are made of."""
    found = [*_parts(generators, name)]
    return Made(
        frozenset(stated(part) for part, is_in in found if is_in),
        frozenset(stated(part) for part, is_in in found if not is_in),
    )


def _parts(generators: Any, name: str) -> Iterator[tuple[Any, bool]]:
    """Each with whether something is made of it, or is not because of it."""
    for _, generator in mappings(generators):
        for kind, about in generator.items():
            own = mapping(about)
            if kind == "selector":
                yield (kind, about), False
            elif kind == "list" and isinstance(own.get("elements"), list):
                yield from ((("list", _named(one, name)), True) for one in own["elements"])
            elif kind == "git":
                yield from _of_git(own)
            elif kind in _NESTING:
                for part, is_in in _parts(own.get("generators"), name):
                    yield (kind, part), is_in
            elif kind not in _BESIDE:
                yield (kind, {key: one for key, one in own.items() if key not in _BESIDE}), True


def _named(element: Any, name: str) -> Any:
    """What of an element is in the name of its Application, where that says it; else all."""
    own = {one: mapping(element).get(one) for one in _VARIABLE.findall(name)}
    return own if any(value is not None for value in own.values()) else element


def _of_git(about: _Data) -> Iterator[tuple[Any, bool]]:
    where = repository(text(about.get("repoURL")))
    rest = {key: one for key, one in about.items() if key not in (*_BESIDE, *_LISTS, "repoURL")}
    yield ("git", where, rest), True
    for field in _LISTS:
        for _, one in mappings(about.get(field)):
            yield ("git", where, field, one), one.get("exclude") is not True


def stated(value: Any) -> str:
    """A value as a text, which only equal ones have; what is empty does not count."""
    return json.dumps(_without_empty(value), sort_keys=True, default=str)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        found = {str(key): _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one not in (None, False, "", [], {})}
    return [_without_empty(one) for one in value] if isinstance(value, (list, tuple)) else value
