"""The trees of a version as they would be written, in memory: for a review that renders both sides.

Nothing is verified and no tree is looked at. What is declared secret is taken out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.declared import Copies, declared_secrets
from renderer.composition.composition import Rendered, verify
from renderer.errors import RenderError
from renderer.findings import FindingsError, has_errors
from renderer.kubernetes.manifests import EMBED_ANNOTATION, annotations_of
from renderer.patching.pointing import format_path
from renderer.pipeline.emptied import check_emptied
from renderer.pipeline.finish import scopes_in, tree_files
from renderer.pipeline.run import PROCESSES, compose_trees
from renderer.pipeline.siblings import prepare_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from renderer.changes.causes import Writes
    from renderer.findings import Location
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.parameters.model import Parameter, Target
    from renderer.patching.final import Final
    from renderer.patching.ledger import Origin
    from renderer.patching.pointing import Path
    from renderer.pipeline.siblings import Composed, Ready
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

_RENDERED_TO_FORK = 16  # trees from which on starting processes takes less than one alone


class Exposed(NamedTuple):
    """A file that holds, in plain text, what is declared secret: its data, and where."""

    data: dict[str, object]
    paths: tuple[Path, ...]


class Declared(NamedTuple):
    """The files that declare a parameter, and a digest of what it writes."""

    files: frozenset[str]
    content: str


class TreeFiles(NamedTuple):
    """The files of a tree by path in the repository; `exposed` are those of them that must not be
    shown as they are.

    `writes` are what parameters and patches wrote into an object, None where that is not known;
    an object that has none is as it is composed. `declared` are the parameters.
    """

    tree: Tree
    files: dict[str, bytes]
    exposed: dict[str, Exposed]
    writes: dict[ObjectRef, Writes | None]
    declared: dict[str, Declared]


def render_in_memory(
    space: Workspace, trees: Sequence[Tree], done: Callable[[], None]
) -> list[TreeFiles]:
    """What each tree would hold, by its name. `done` is called for each.

    Raises the error of the first that cannot be rendered.
    """
    composed, failed = compose_trees(space, trees)
    for tree in trees:
        if tree.name in failed:
            raise failed[tree.name]

    def render(one: Composed) -> TreeFiles:
        return _rendered(space, one)

    ready = [composed[tree.name] for tree in trees]
    found: Iterable[TreeFiles] = map(render, ready)
    if PROCESSES > 1 and len(ready) >= _RENDERED_TO_FORK:
        from renderer.pipeline.workers import spread

        found = spread(ready, render, PROCESSES)
    files = []
    for one in found:
        files.append(one)
        done()
    return sorted(files, key=lambda one: one.tree.name)


def _rendered(space: Workspace, composed: Composed) -> TreeFiles:
    """One tree. Raises RenderError where it cannot be rendered."""
    ready = prepare_tree(space, composed)
    if ready.prepared.has_errors:
        raise FindingsError(ready.prepared.findings)
    tree, finals = composed.inputs.tree, ready.prepared.finals
    if not finals and not space.settings.allow_empty:
        emptied = [*check_emptied(space, composed.inputs)]
        if emptied:
            raise FindingsError(emptied)
    rendered = Rendered(finals, ())
    named = tree_files(tree, rendered, scopes_in(space, rendered, ready.unknown_kinds))
    if len(named) < len(finals):
        raise _doubled(ready)
    files = {f"{tree.output}/{path}": content for path, content in named.items()}
    exposed = {
        path: Exposed(final.manifest.data, paths)
        for path, final in zip(files, finals, strict=True)
        if (paths := tuple(_exposed(ready, final)))
    }
    return TreeFiles(tree, files, exposed, dict(_writes(ready)), _declared(ready))


def _writes(ready: Ready) -> Iterator[tuple[ObjectRef, Writes | None]]:
    work, composition = ready.prepared.work, ready.composed.composition
    manifests = composition.stack.manifests
    parameters = composition.declarations.parameters.values()
    defaults = {target.location for one in parameters for target in one.targets}
    for final in ready.prepared.finals if work else ():
        draft = work.drafts.get(final.index) if work else None
        is_made = final.index >= len(manifests)
        if is_made or EMBED_ANNOTATION in annotations_of(manifests[final.index].data):
            yield final.manifest.ref, None  # of other objects
        elif draft:
            entries = draft.entries()
            yield final.manifest.ref, tuple((path, _said(one, defaults)) for path, one in entries)


def _said(origin: Origin | None, defaults: Collection[Location]) -> Origin | None:
    """Who wrote a field, where a value is set; a default is set nowhere."""
    if origin and origin.parameters and origin.location in defaults:
        return origin._replace(location=None)
    return origin


def _declared(ready: Ready) -> dict[str, Declared]:
    parameters = ready.composed.composition.declarations.parameters
    return {
        name: Declared(
            files=frozenset(place.location.path for place in _places(one)),
            content=hashlib.sha256(repr(_content(one)).encode()).hexdigest(),
        )
        for name, one in parameters.items()
    }


def _places(parameter: Parameter) -> Iterator[Parameter | Target]:
    yield parameter
    yield from parameter.targets


def _content(parameter: Parameter) -> tuple[object, ...]:
    """What a declaration says of the fields that are written, wherever it stands."""
    targets = [(one.select, one.pointer, one.op, one.template) for one in parameter.targets]
    return parameter.has_default, parameter.default, targets


def _doubled(ready: Ready) -> RenderError:
    """The error for two objects with one identity, of which only one could be a file."""
    found = verify(ready.composed.composition, ready.prepared, ready.name).findings
    if has_errors(found):
        return FindingsError(found)
    return RenderError(f"{ready.name}: two objects would be one file")


def _exposed(ready: Ready, final: Final) -> Iterator[Path]:
    """The fields of a manifest that hold, in plain text, what is declared secret."""
    work = ready.prepared.work
    if work is None or not work.secrets:
        return
    draft = work.drafts.get(final.index)
    secret = ready.composed.composition.declarations.secret
    found = declared_secrets([draft] if draft else [], secret)
    found += Copies(work.secrets).findings([final], found)
    for field in dict.fromkeys(one.field for one in found):
        yield from _paths(final.manifest.data, field)


def _paths(value: object, field: str, path: Path = ()) -> Iterator[Path]:
    """The path that is written as this JSON Pointer."""
    shown = format_path(path)
    if shown == field:
        yield path
    elif f"{field}/".startswith(f"{shown}/"):
        steps: Iterable[tuple[str | int, object]] = ()
        if isinstance(value, dict):
            steps = value.items()
        elif isinstance(value, list):
            steps = enumerate(value)
        for step, inner in steps:
            yield from _paths(inner, field, (*path, step))
