"""Sides of a review whose trees are rendered, whether or not they are committed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.hiding import Hiding
from renderer.errors import RenderError
from renderer.history.blobs import EVERYTHING, object_id
from renderer.history.work_tree import WorkTree
from renderer.kustomize.files import is_below
from renderer.pipeline.rendering import render_in_memory
from renderer.repository.settings_file import OWN, SHARED
from renderer.repository.source_file import read_source
from renderer.tree.header import header, is_of, read_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from renderer.history.sides import Side
    from renderer.pipeline.affected import Compared, State
    from renderer.pipeline.rendering import TreeFiles
    from renderer.pipeline.versions import Version
    from renderer.repository.trees import Tree


@dataclass(frozen=True, kw_only=True)
class RenderedSide:
    """The files of trees that were rendered, and the settings of their side; see
    `renderer.history.sides.Side`."""

    name: str
    commit: str
    algorithm: str
    contents: dict[str, bytes]

    @cached_property
    def _by_path(self) -> dict[str, str]:
        return {path: object_id(one, self.algorithm) for path, one in self.contents.items()}

    @cached_property
    def _by_id(self) -> dict[str, bytes]:
        return {self._by_path[path]: one for path, one in self.contents.items()}

    def files(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        wanted = [one.strip("/") for one in prefixes]
        if all(wanted):
            return {
                path: one
                for path, one in self._by_path.items()
                if any(is_below(path, prefix) for prefix in wanted)
            }
        return self._by_path

    def skipped(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        del prefixes
        return {}

    def read(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for one in ids:
            yield one, self._by_id[one]


class Rendering(NamedTuple):
    """A side that was rendered; `stale` are the trees that are committed otherwise."""

    side: RenderedSide
    stale: tuple[str, ...] = ()
    trees: tuple[TreeFiles, ...] = ()


def without_trees(side: Side) -> Rendering:
    """A side of which nothing had to be rendered, for both are the same."""
    return Rendering(_side(side, {}))


class ToRender(NamedTuple):
    """The trees of one side of a review that are rendered, and the states of those that differ."""

    version: Version
    trees: tuple[Tree, ...]
    states: tuple[State, ...]


def to_render(compared: Compared, wanted: Callable[[Tree], bool]) -> tuple[ToRender, ToRender]:
    """All trees of both sides of the clusters in which one that is `wanted` can differ.

    What merging does to an object depends on the others of its cluster.
    """
    differing = [one for one in compared.trees if wanted(one.tree)]
    clusters = {state.tree.cluster for one in differing for state in (one.old, one.new) if state}

    def side(version: Version, states: Iterable[State | None]) -> ToRender:
        trees = tuple(one for one in version.space.trees if one.cluster in clusters)
        return ToRender(version, trees, tuple(one for one in states if one))

    return (
        side(compared.old, (one.old for one in differing)),
        side(compared.new, (one.new for one in differing)),
    )


def render_both(
    sides: tuple[ToRender, ToRender], done: Callable[[], None]
) -> tuple[Rendering, Rendering]:
    """Renders the trees of both sides. Raises RenderError, which names the side."""
    hiding = Hiding()  # one for both: equal values are equal
    old, new = (_rendering(one, hiding, done) for one in sides)
    return old, new


def _rendering(side: ToRender, hiding: Hiding, done: Callable[[], None]) -> Rendering:
    version = side.version
    try:
        _check_pointers(version, side.states)
        trees = render_in_memory(version.space, side.trees, done)
    except RenderError as error:
        raise version.refusal(error) from None
    contents: dict[str, bytes] = {}
    for one in trees:
        contents |= one.files | _hidden(one, hiding)
    stale = tuple(_stale(version.side, trees))
    return Rendering(_side(version.side, contents), stale, tuple(trees))


def _check_pointers(version: Version, states: Sequence[State]) -> None:
    for one in states:
        for path in one.files if version.written else ():
            if version.written and path in version.written.pointers:
                raise RenderError(
                    f"{path} is a pointer of Git LFS, whose content is not in git's objects",
                    hint="compare the committed trees, without --render",
                )


def _hidden(one: TreeFiles, hiding: Hiding) -> dict[str, bytes]:
    """The files that hold what is declared secret, without that."""
    if not one.exposed:
        return {}
    from renderer.yamldoc.writing import write

    shown = {
        path: hiding.without_secrets(hiding.without_declared(file.data, file.paths))
        for path, file in one.exposed.items()
    }
    return {path: (header(one.tree) + write(data)).encode() for path, data in shown.items()}


def _side(side: Side, contents: dict[str, bytes]) -> RenderedSide:
    return RenderedSide(
        name=side.name,
        commit=side.commit,
        algorithm=side.algorithm,
        contents=_settings(side) | contents,
    )


def _settings(side: Side) -> dict[str, bytes]:
    """The files that may hold settings; of a working tree from the disk, as others read them."""
    if isinstance(side, WorkTree):
        found = {name: read_source(side.repository.directory, name) for name in (OWN, SHARED)}
        return {name: content for name, content in found.items() if content is not None}
    ids = side.files([OWN, SHARED])
    contents = dict(side.read(ids.values()))
    return {path: contents[one] for path, one in ids.items()}


def _stale(side: Side, trees: Sequence[TreeFiles]) -> Iterator[str]:
    """The names of the trees that are committed, and otherwise than they are rendered."""
    outputs = [one.tree.output for one in trees]
    if not outputs:
        return
    committed: dict[str, dict[str, str]] = {output: {} for output in outputs}
    for path, one in side.files(sorted({output.partition("/")[0] for output in outputs})).items():
        for output in _above(path):
            if output in committed:
                committed[output][path] = one
    for tree in trees:
        if _is_stale(side, tree, committed[tree.tree.output]):
            yield tree.tree.name


def _is_stale(side: Side, one: TreeFiles, committed: dict[str, str]) -> bool:
    wanted = {path: object_id(content, side.algorithm) for path, content in one.files.items()}
    others = [committed[path] for path in sorted(committed.keys() - wanted)]
    headers = (read_header(content) for _, content in side.read(others))
    tree = one.tree
    left = any(found and is_of(found, tree.name, tree.output) for found in headers)
    there = {path: committed[path] for path in wanted if path in committed}
    return left or (bool(there) and there != wanted)


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path
