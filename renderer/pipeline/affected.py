"""The trees that can change by what differs between two versions of their sources.

A tree is affected unless all that decides its bytes is the same. What is found in it can depend on
more: on the other trees of its cluster, which are judged with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError, UsageError
from renderer.history.work_tree import WorkTree
from renderer.history.writing import Twin
from renderer.pipeline.inputs import discover
from renderer.pipeline.versions import SOURCE_FILES, Version, version_of
from renderer.repository.settings_file import OWN, SHARED
from renderer.repository.trees import CLUSTER_FILE, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from renderer.history.stored import Revision, Stored, Touched
    from renderer.kubernetes.kinds import Kind
    from renderer.pipeline.inputs import Inputs
    from renderer.repository.settings import Settings
    from renderer.repository.workspace import Workspace

_DEFINING = (".yaml", ".yml", ".json")  # files in which a kind can be defined
# Without this a cluster.yaml names no file: the path of an operation begins with a slash.
_NAMES_A_FILE = re.compile(rb"""\\|path["']?\s*+:\s*+(?!["']?/)""")


class State(NamedTuple):
    """All that decides the bytes of a tree, in one digest; empty where it cannot be read.

    `files` are the paths of what it is made from, of which `own` are its cluster.yaml and the patch
    files that this names; `documents` are those that may declare parameters and values, and
    `directories` those that it is composed of.
    """

    tree: Tree
    digest: str
    files: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    documents: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()


class AffectedTree(NamedTuple):
    """A tree that can change; its state is None on the side where it is not there."""

    name: str
    old: State | None
    new: State | None

    @property
    def tree(self) -> Tree:
        """The tree as it is, or as it was if it is gone."""
        one = self.new or self.old
        if one is None:
            raise ValueError("a tree that is on neither side")
        return one.tree

    @property
    def verb(self) -> str:
        """What becomes of it: added, removed or changed."""
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"


class Compared(NamedTuple):
    """Two versions of a repository, and the trees that can differ, by name."""

    old: Version
    new: Version
    trees: tuple[AffectedTree, ...]


@contextlib.contextmanager
def compared(space: Workspace, base: Revision, head: Stored) -> Iterator[Compared | None]:
    """Both sides with their sources on disk for a while; None where no tree is affected.

    Raises RenderError, which names the side, for one that cannot be read.
    """
    touched = head.touched(base.commit)
    if not touched.paths:
        yield None
        return
    twin = Twin(space.repository, touched.paths) if isinstance(head, WorkTree) else None
    with contextlib.ExitStack() as stack:
        new, after = stack.enter_context(_readable(space, head))
        if not _can_matter(new, after, touched):
            yield None
            return
        old, before = stack.enter_context(_readable(space, base, twin))
        found = _differing(old.space, new.space, before, after)
        yield Compared(old, new, tuple(found))


_States = dict[str, State]


@contextlib.contextmanager
def _readable(
    space: Workspace, side: Stored, twin: Twin | None = None
) -> Iterator[tuple[Version, _States]]:
    """A version with the state of each tree.

    Where something cannot be read, it may be in a tree: then these are written too.
    """
    with contextlib.ExitStack() as stack:
        version = stack.enter_context(version_of(space, side, twin=twin))
        states = _states(version)
        if version.written and not all(one.digest for one in states.values()):
            stack.close()
            version = stack.enter_context(version_of(space, side, twin=twin, whole=True))
            states = _states(version)
        yield version, states


def _states(version: Version) -> _States:
    try:
        return {tree.name: _state(version.space, tree) for tree in version.space.trees}
    except UsageError as error:
        raise version.refusal(error) from None


def _state(space: Workspace, tree: Tree) -> State:
    try:
        inputs = discover(space, tree)
        patches = _patches(space, inputs)
    except RenderError:
        return State(tree, "")
    closure = inputs.closure
    own = {} if inputs.content is None else {f"{tree.source}/{CLUSTER_FILE}": inputs.content}
    files, directories, documents = (
        tuple(_relative(space, path) for path in paths)
        for paths in (closure.files, closure.directories, closure.documents)
    )
    parts = (
        tree,
        space.settings.kubernetes_of(tree.cluster)[0],
        closure.digest,
        documents,
        sorted((own | patches).items()),
    )
    digest = hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()
    named = frozenset((*own, *patches))
    return State(
        tree=tree,
        digest=digest,
        files=(*files, *named),
        own=named - {*files},
        documents=documents,
        directories=directories,
    )


def _patches(space: Workspace, inputs: Inputs) -> dict[str, bytes]:
    """The patch files that a cluster.yaml names, by path. Raises RenderError for a wrong one."""
    if inputs.content is None or not _NAMES_A_FILE.search(inputs.content):
        return {}
    from renderer.repository.documents import read_cluster_source

    source = read_cluster_source(space.repository, inputs.tree, inputs.content)
    if source.findings:
        raise RenderError("a cluster.yaml that is not understood")
    return source.patch_files


def _differing(
    old: Workspace, new: Workspace, before: _States, after: _States
) -> Iterator[AffectedTree]:
    is_all = _rest(old.settings) != _rest(new.settings) or _kinds(old) != _kinds(new)
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        is_same = was and now and was.digest and was.digest == now.digest
        if is_all or not is_same:
            yield AffectedTree(name, was, now)


def _rest(settings: Settings) -> Settings:
    """The settings that count for all trees: without those that decide neither the bytes of a tree
    nor whether it is rendered, or are compared for each tree."""
    return settings._replace(file="", timeout=0.0, asks_for=(), trees=(), kubernetes=())


def _kinds(space: Workspace) -> dict[Kind, list[tuple[bool, str]]]:
    """What the repository says itself of kinds: it decides where an object is written, and what
    is found in it."""
    definitions = space.definitions
    return {
        kind: [(one.namespaced, one.content) for one in definitions.get(kind)]
        for kind in definitions.kinds
    }


def _can_matter(version: Version, states: _States, touched: Touched) -> bool:
    """Whether anything that differs can be of a source.

    A file that is in no directory which something is composed of is read for no tree, unless it
    makes a tree, says how all are rendered, or defines a kind.
    """
    space = version.space
    if touched.special or not all(one.digest for one in states.values()):
        return True
    composed = {directory for one in states.values() for directory in one.directories}
    if any(map(os.path.isabs, composed)) or _holds_a_repository(space.repository, composed):
        return True  # git does not see there what differs
    is_output = cache(space.patterns.is_output)
    for path in touched.paths:
        directories = {*_with_above(path)}
        if not directories.isdisjoint(composed) or "" in composed:
            return True
        name = path.rpartition("/")[2]
        if name in SOURCE_FILES or path in (OWN, SHARED):
            return True
        is_hidden = any(step.startswith(".") for step in path.split("/"))
        if name.endswith(_DEFINING) and not is_hidden and not any(map(is_output, directories)):
            return True
    return False


def _holds_a_repository(repository: str, directories: Collection[str]) -> bool:
    """Whether a directory is in another repository: a submodule, or one that git does not know."""
    places = {above for one in directories for above in _with_above(one)}
    return any(os.path.lexists(os.path.join(repository, one, ".git")) for one in places)


def _with_above(path: str) -> Iterator[str]:
    """A path and the directories above it, but not the repository itself."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _relative(space: Workspace, path: str) -> str:
    """A real path as it is in the repository; one that leads out of it stays whole."""
    if path == space.repository:
        return ""
    return path.removeprefix(f"{space.repository}/")
