"""All that a tree is rendered from, read without understanding it, and its digest."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.composition.stack import stack_key
from renderer.errors import RenderError, UsageError
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kustomize.files import is_below
from renderer.repository.source_file import read_source
from renderer.repository.trees import CLUSTER_FILE, Tree
from renderer.tree.disk import digest, directory_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.kustomize.closure import Closure
    from renderer.kustomize.silent.said import Silent
    from renderer.repository.records import Record
    from renderer.repository.workspace import Workspace


class Inputs(NamedTuple):
    """All that one tree is rendered from, as far as it is read without understanding it.

    `content` is that of its cluster.yaml, None where there is none; `silent` is what its sources
    tell of what kustomize does without a word, None before they were looked at.
    """

    tree: Tree
    closure: Closure
    key: str
    content: bytes | None
    silent: Silent | None = None


def discover(space: Workspace, tree: Tree) -> Inputs:
    """Reads what a tree is made from. Raises RenderError where that cannot be read."""
    closure = space.reader.read(os.path.join(space.repository, tree.source))
    _check_outputs(space, tree, closure)
    content = read_source(space.repository, _cluster_file(space, tree))
    if content is not None and _is_resource(closure, content):
        content = None
    return Inputs(tree=tree, closure=closure, key=stack_key(closure, space.engine), content=content)


def _check_outputs(space: Workspace, tree: Tree, closure: Closure) -> None:
    """An output must not be inside of what people edit."""
    for directory in space.above_outputs.intersection(closure.directories):
        base = os.path.relpath(directory, space.repository).replace(os.sep, "/")
        output = next(one.output for one in space.trees if f"{one.output}/".startswith(f"{base}/"))
        raise UsageError(
            f"{output} would be written into {base}, which {tree.source} is composed of: what is"
            " edited and what is written must be apart",
            hint="choose another output in the settings",
        )


def _is_resource(closure: Closure, content: bytes) -> bool:
    """Whether a cluster.yaml is somebody else's: a resource of another group, as databases have."""
    path = os.path.join(closure.root, CLUSTER_FILE)
    return OUR_GROUP.encode() not in content and path in closure.files


def _cluster_file(space: Workspace, tree: Tree) -> str:
    """The path of a cluster.yaml. Raises RenderError if it is a link to nowhere or outside."""
    path = f"{tree.source}/{CLUSTER_FILE}"
    absolute = os.path.join(space.repository, path)
    if os.path.islink(absolute):
        if not space.policy.allow_outside and not is_below(
            os.path.realpath(absolute), space.repository
        ):
            raise RenderError(f"{path}: leads out of the repository")
        if not os.path.exists(absolute):
            raise RenderError(f"{path}: leads to a file that is not there")
    return path


def composition_key(inputs: Inputs) -> str:
    """Names the stack together with the documents that declare its parameters."""
    text = "\0".join((inputs.key, *inputs.closure.documents))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def digest_now(space: Workspace, tree: Tree, known: Record) -> str:
    """The digest of what a tree would be rendered from now; empty where it cannot be read."""
    try:
        inputs = discover(space, tree)
        patches = [read_source(space.repository, path) for path in known.patch_files]
    except RenderError:
        return ""  # which error it is will be said when it is rendered
    return inputs_digest(space, inputs, patches, known.unknown_kinds)


def is_as_recorded(space: Workspace, tree: Tree, known: Record) -> bool:
    """Whether the files of a tree are those that were written."""
    directory = directory_of(space.repository, tree.output)
    try:
        return not space.leads_elsewhere(directory) and digest(directory) == known.outputs
    except OSError:
        return False  # another render is at work there, or it cannot be read: the plan will say


def siblings_digest(digests: Mapping[str, str], name: str) -> str:
    """What the other trees of a cluster are rendered from, by their names: it decides what is
    found in this one. Empty where there are none."""
    others = sorted((other, own) for other, own in digests.items() if other != name)
    if not others:
        return ""
    return hashlib.sha256(repr(others).encode("utf-8", "surrogateescape")).hexdigest()


def inputs_digest(
    space: Workspace,
    inputs: Inputs,
    patches: Iterable[bytes | None],
    unknown_kinds: Sequence[Kind],
) -> str:
    """Everything that decides the bytes of a tree and the findings about it.

    `patches` are the contents of its patch files.
    """
    total = hashlib.sha256()
    definitions = [(kind, space.definitions.get(kind)) for kind in unknown_kinds]
    tree = inputs.tree
    for text in (
        composition_key(inputs),
        tree.source,
        tree.output,
        repr(definitions),
        space.settings_text,
    ):
        total.update(f"{len(text)} {text}".encode("utf-8", "surrogateescape"))
    for content in (inputs.content, *patches):
        total.update(b"none" if content is None else b"%d " % len(content) + content)
    return total.hexdigest()
