"""A mark in every value of every file, with every kind of error provoked, is in no message.

What a message may name (identities, paths, words that a format knows) is in `named`, with reasons.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from canary.named import may_be_named
from canary.planting import Leaf, leaves, marked, texts
from canary.provocations import Provocation, provocations
from support import Files, Repository, Result

from renderer.rules import RULES

_MARK = "Qx7canary"
_NUMBER = "7700077"

# Rules that no repository of these breaks, and why: what breaks them no text can state.
UNPROVOKED = {
    "base-tree": "of a repository whose base is where sources are; it names directories",
    "large-file": "of a size; it names a path",
    "long-name": "of a name of 250 letters; it names that",
    "needs-generator": "of the function, whose input is no repository",
    "later-format": "of a tree that a later render wrote; it names its path",
    "expired-exception": "of a commit; it names what the settings do",
    "nested-too-deep": "of a hundred directories; it names a path",
    "no-objects": "of the function, whose input is no repository",
    "silent-skip": "of the function, whose input is no repository",
    "special-file": "of a pipe; it names a path",
    "too-large": "of sizes; it names numbers",
    "unknown-cluster": "of the function, whose input is no repository",
    "unread-settings": "of files beside those that are read; it names their paths",
    "unreadable-file": "of a mode; it names a path",
}


class Planted(NamedTuple):
    """A repository with marks in it, and what breaks when one of them is in a message."""

    name: str
    files: Files
    command: tuple[str, ...]


def _chosen() -> dict[str, Provocation]:
    """For each rule the smallest repository that breaks it."""
    found: dict[str, Provocation] = {}
    for one in sorted(provocations(), key=lambda one: sum(map(len, texts(one.files).values()))):
        for rule in sorted(one.rules):
            found.setdefault(rule, one)
    return found


CHOSEN = _chosen()


def test_every_rule_is_provoked_or_has_a_reason() -> None:
    assert CHOSEN.keys() | UNPROVOKED.keys() == RULES.keys()
    assert not CHOSEN.keys() & UNPROVOKED.keys()


def _hidden(one: Provocation) -> list[Leaf]:
    """The values of a repository that no message may name."""
    return [
        leaf
        for path, text in texts(one.files).items()
        for leaf in leaves(path, text)
        if not may_be_named(path, leaf.way)
    ]


def _planted(one: Provocation, hidden: Sequence[Leaf], mark: str, *, whole: bool) -> Planted:
    files = dict(one.files)
    for path, text in texts(one.files).items():
        files[path] = marked(
            text, [(leaf, mark) for leaf in hidden if leaf.path == path], whole=whole
        )
    return Planted(one.name, files, one.command)


def _look(repository: Repository, planted: Planted, mark: str) -> Result:
    """Runs it anew, and looks for the mark in what is said."""
    shutil.rmtree(repository.path)
    repository.path.mkdir()
    repository.write(planted.files)
    result = repository.run(*planted.command)
    told = result.err + (result.out if planted.command[0] == "check" else "")
    assert not [line for line in told.splitlines() if mark in line]
    assert "internal error" not in told
    return result


@pytest.mark.parametrize("rule", CHOSEN)
def test_no_message_holds_a_value(rule: str, repository: Repository) -> None:
    """All values at once: the message is often another then, and still holds none."""
    one = CHOSEN[rule]
    _look(repository, _planted(one, _hidden(one), _MARK, whole=False), _MARK)


@pytest.mark.long
@pytest.mark.parametrize(("mark", "whole"), [(_MARK, False), (_MARK, True), (_NUMBER, True)])
@pytest.mark.parametrize("one", provocations(), ids=lambda one: one.name)
def test_no_message_holds_a_value_that_stands_alone(
    one: Provocation, mark: str, whole: bool, repository: Repository
) -> None:
    """One value at a time, in every repository: the mistake stays what it is."""
    for leaf in _hidden(one):
        _look(repository, _planted(one, [leaf], mark, whole=whole), mark)
