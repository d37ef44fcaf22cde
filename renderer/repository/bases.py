"""Bases that the patterns take for sources: each becomes a tree of a cluster that nobody has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.findings import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.repository.patterns import Pattern
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

# What people call a directory that others build on, and no cluster.
_NAMES = frozenset(["base", "bases", "common", "default", "shared", "template"])


def base_trees(space: Workspace) -> Iterator[Finding]:
    """A warning for each tree whose source is called as bases are, and is one of others beside it.

    One that the settings name in `where` is meant.
    """
    for tree in space.trees:
        name = os.path.basename(tree.source)
        if name not in _NAMES:
            continue
        pattern = space.patterns.entry_of(tree)
        variable = pattern.last_variable
        if not variable or name in dict(pattern.entry.where).get(variable, ()):
            continue
        user = _user(space, tree)
        if user:
            yield _finding(tree, user, pattern, f'where = {{{variable} = "!{name}"}}')


def _user(space: Workspace, tree: Tree) -> Tree | None:
    """The first tree beside one that composes its source."""
    real = os.path.realpath(os.path.join(space.repository, tree.source))
    beside = os.path.dirname(tree.source)
    for other in space.trees:
        if other.source == tree.source or os.path.dirname(other.source) != beside:
            continue
        try:
            closure = space.reader.read(os.path.join(space.repository, other.source))
        except RenderError:
            continue  # what is wrong with it is said of it
        if real in closure.directories:
            return other
    return None


def _finding(tree: Tree, user: Tree, pattern: Pattern, where: str) -> Finding:
    entry = pattern.entry
    hint = f"leave it out by {where} in this entry of the settings"
    if not entry.where:
        hint = f"leave it out by {where}, in an entry [[trees]] of\n"
        hint += f'source = "{entry.source}" and output = "{entry.output}"'
    return Finding.warning(
        "base-tree",
        f"this is a base of {user.source}, and is taken for the cluster {tree.cluster}",
        Location(tree.source),
        hint=hint,
    )
