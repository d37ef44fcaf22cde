"""The pipeline: discover, compose, parametrize, seal, verify, write."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.pipeline.inputs import (
    Inputs,
    digest_now,
    discover,
    is_as_recorded,
    siblings_digest,
)
from renderer.pipeline.outcome import Options, Outcome, failure, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.pipeline.siblings import Composed
    from renderer.repository.records import Record
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

# A forked process cannot safely go on on macOS (system libraries), and not at all on Windows.
_CAN_FORK = sys.platform.startswith("linux")
PROCESSES = min(2, os.cpu_count() or 1) if _CAN_FORK else 1
# Trees from which on starting processes takes less than doing the work in one.
_RENDERED_TO_FORK = 16
_COMPARED_TO_FORK = 100
_COMPARED_AT_ONCE = 20  # trees for each result that is sent from a process


def render_trees(space: Workspace, trees: Sequence[Tree], options: Options) -> Iterator[Outcome]:
    """Renders trees, and yields what became of each as soon as it is known.

    All trees of a cluster are judged together, also those that were not asked for. One with an
    error keeps the files that it has; the others are written all the same.
    """
    together = _together(space, trees)
    current = _up_to_date(space, trees, together, options)
    for tree in trees:
        if tree.name in current:
            yield unchanged(tree, current[tree.name])
    stale = [tree for tree in trees if tree.name not in current]
    if stale:
        yield from _render_stale(space, stale, together, options)


def _together(space: Workspace, trees: Iterable[Tree]) -> dict[str, list[Tree]]:
    """All trees of the clusters that some trees belong to."""
    found: dict[str, list[Tree]] = {tree.cluster: [] for tree in trees}
    for tree in space.trees:
        if tree.cluster in found:
            found[tree.cluster].append(tree)
    return found


def _render_stale(
    space: Workspace,
    stale: Sequence[Tree],
    together: Mapping[str, Sequence[Tree]],
    options: Options,
) -> Iterator[Outcome]:
    """Composes all, then takes each cluster's through the other steps.

    Imports stand where they are needed, because a run in which everything is up to date does
    without YAML, patches and schemas.
    """
    involved = [together[name] for name in dict.fromkeys(one.cluster for one in stale)]
    composed, failed = compose_trees(space, [one for trees in involved for one in trees])
    for tree in stale:
        if tree.name in failed:
            yield failure(tree, failed[tree.name])
    if not composed:
        return
    from renderer.pipeline.finish import finish_cluster
    from renderer.pipeline.siblings import Siblings

    def finish(one: Siblings) -> list[Outcome]:
        return finish_cluster(space, one, options)

    asked = frozenset(tree.name for tree in stale)
    ready = [
        Siblings(
            trees=tuple(composed[one.name] for one in trees if one.name in composed),
            asked=asked,
            failed=tuple(one.name for one in trees if one.name in failed),
        )
        for trees in involved
    ]
    if options.processes < 2 or len(composed) < _RENDERED_TO_FORK or len(ready) < 2:
        found: Iterable[list[Outcome]] = map(finish, ready)
    else:
        from renderer.pipeline.workers import spread

        found = spread(ready, finish, options.processes)
    for outcomes in found:
        yield from outcomes


def compose_trees(
    space: Workspace, trees: Iterable[Tree]
) -> tuple[dict[str, Composed], dict[str, RenderError]]:
    """What was composed of trees, and what could not be, by their names."""
    read: list[Inputs] = []
    composed: dict[str, Composed] = {}
    failed: dict[str, RenderError] = {}
    for tree in trees:
        try:
            read.append(discover(space, tree))
        except RenderError as error:
            failed[tree.name] = error
    if read:
        from renderer.pipeline.compose import compose_all

        for inputs, composition in compose_all(space, read):
            if isinstance(composition, RenderError):
                failed[inputs.tree.name] = composition
                continue
            from renderer.pipeline.siblings import Composed

            composed[inputs.tree.name] = Composed(inputs, composition)
    return composed, failed


def _up_to_date(
    space: Workspace,
    trees: Sequence[Tree],
    together: Mapping[str, Sequence[Tree]],
    options: Options,
) -> dict[str, Record]:
    """The records, by tree, of those whose inputs, siblings and files are as they were."""
    involved = [tree for siblings in together.values() for tree in siblings]
    records = [(tree, space.records.get(tree.output)) for tree in involved]
    known = {tree.name: (tree, record) for tree, record in records if record}
    asked = {tree.name for tree in trees}

    def look(names: Sequence[str]) -> list[tuple[str, str, bool]]:
        return [(name, *_state(space, *known[name], name in asked, options)) for name in names]

    if options.processes < 2 or len(known) < _COMPARED_TO_FORK:
        found = look([*known])
    else:
        from renderer.pipeline.workers import spread

        if any(record.unknown_kinds for _, record in known.values()):
            space.definitions.find()
        queue = [*known]
        parts = [
            queue[at : at + _COMPARED_AT_ONCE] for at in range(0, len(queue), _COMPARED_AT_ONCE)
        ]
        found = [one for some in spread(parts, look, options.processes) for one in some]
    now = {name: digest for name, digest, _ in found}
    current = {}
    for name in (name for name, _, is_same in found if is_same):
        tree, record = known[name]
        digests = {one.name: now.get(one.name, "") for one in together[tree.cluster]}
        if record.siblings == siblings_digest(digests, name):
            current[name] = record
    return current


def _state(
    space: Workspace, tree: Tree, record: Record, asked: bool, options: Options
) -> tuple[str, bool]:
    """The digest of what a tree would be rendered from now, and whether all is as recorded."""
    digest = digest_now(space, tree, record)
    is_same = asked and digest == record.inputs
    if is_same and options.tree:
        is_same = is_as_recorded(space, tree, record)
    return digest, is_same
