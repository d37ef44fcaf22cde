"""All that a cluster is rendered from, read without understanding it, and its digest."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renderer.layout.clusters import CLUSTER_FILE, Cluster
from renderer.sourcefile import read_source
from renderer.stackkey import stack_key
from renderer.tree.disk import digest, directory_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.kinds import Kind
    from renderer.kustomize.closure import Closure
    from renderer.records import Record
    from renderer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that one cluster is rendered from, as far as it is read without understanding it.

    `content` is that of its cluster.yaml, None where there is none.
    """

    cluster: Cluster
    closure: Closure
    key: str
    content: bytes | None


def discover(space: Workspace, cluster: Cluster) -> Inputs:
    """Reads what a cluster is made from. Raises RenderError where that cannot be read."""
    closure = space.reader.read(os.path.join(space.repository, cluster.source))
    content = read_source(space.repository, f"{cluster.source}/{CLUSTER_FILE}")
    return Inputs(cluster, closure, stack_key(closure, space.engine), content)


def composition_key(inputs: Inputs) -> str:
    """Names the stack together with the documents that declare its parameters."""
    text = "\0".join((inputs.key, *inputs.closure.documents))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def is_current(space: Workspace, inputs: Inputs, known: Record) -> bool:
    """Whether neither what a tree was rendered from nor the tree itself has changed."""
    if inputs_digest(space, inputs, known.patch_files, known.unknown_kinds) != known.inputs:
        return False
    directory = directory_of(space.repository, inputs.cluster.output)
    try:
        return os.path.realpath(directory) == directory and digest(directory) == known.outputs
    except OSError:
        return False  # another render is at work there, or it cannot be read: the plan will say


def inputs_digest(
    space: Workspace, inputs: Inputs, patch_files: Sequence[str], unknown_kinds: Sequence[Kind]
) -> str:
    """Everything that decides the bytes of a tree and the findings about it."""
    total = hashlib.sha256()
    scopes = [(kind, space.scopes.get(kind)) for kind in unknown_kinds]
    cluster = inputs.cluster
    for text in (
        composition_key(inputs),
        cluster.source,
        cluster.output,
        repr(scopes),
        space.settings_text,
    ):
        total.update(f"{len(text)} {text}".encode("utf-8", "surrogateescape"))
    contents = [inputs.content]
    contents += [read_source(space.repository, path) for path in patch_files]
    for content in contents:
        total.update(b"none" if content is None else b"%d " % len(content) + content)
    return total.hexdigest()
