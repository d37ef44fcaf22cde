"""What is in the rendered trees, as far as a controller must know before it syncs them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError, UsageError
from renderer.kubernetes.manifests import object_ref
from renderer.kubernetes.names import LONGEST_LABEL, is_label
from renderer.tree.disk import directory_of, entries, read_file
from renderer.tree.header import read_header
from renderer.tree.names import CLUSTER_DIRECTORY, NO_NAMESPACE_DIRECTORY
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.repository.trees import Patterns, Tree


class RenderedTree(NamedTuple):
    """One rendered tree.

    `path` is relative to our repository; `cluster` is the Kubernetes cluster that it is for
    and `name` the tree's own, unique in the repository, both as Kubernetes allows names.
    `cluster_kinds` are the kinds that live outside namespaces, as (group, kind).
    """

    path: str
    cluster: str
    name: str
    namespaces: tuple[str, ...]
    cluster_kinds: tuple[Kind, ...]


def trees_of(
    repository: str, patterns: Patterns, trees: Sequence[Tree], chosen: Iterable[Tree]
) -> list[RenderedTree]:
    """Every tree of the Kubernetes clusters that the chosen ones belong to.

    A cluster has several trees where the output pattern is as `clusters/{cluster}/{app}`.
    Raises UsageError for names that Kubernetes does not allow, or that leave open which
    cluster is meant, and RenderError for a tree that is not rendered, or that leaves
    namespaces to whoever applies it.
    """
    wanted = {one.cluster for one in chosen}
    wanted_trees = [one for one in trees if one.cluster in wanted]
    for one in wanted_trees:
        if not patterns.entry_of(one).cluster:
            raise UsageError(
                f"nothing says which cluster {one.output} is for",
                hint='let an entry of the settings say it, as cluster = "{env}"',
            )
    _check_apart(patterns, wanted_trees)
    return [_read(repository, one) for one in wanted_trees]


def _check_apart(patterns: Patterns, trees: Iterable[Tree]) -> None:
    """Refuses `eu/prod` and `us/prod` where nobody has said that prod is one cluster: what is
    for one must not go to another."""
    above: dict[str, Tree] = {}
    for tree in trees:
        if patterns.entry_of(tree).entry.cluster:
            continue
        other = above.setdefault(tree.cluster, tree)
        if _above(other) != _above(tree):
            raise UsageError(
                f"{other.output} and {tree.output} would both go to the cluster {tree.cluster}",
                hint="give each cluster a name of its own; if it is one, say so in the settings:"
                ' cluster = "{cluster}"',
            )


def _above(tree: Tree) -> list[str]:
    """The directories above the one that is called as the cluster."""
    segments = tree.output.split("/")
    is_there = tree.cluster in segments
    return segments[: segments.index(tree.cluster)] if is_there else segments[:-1]


def checked_name(name: str, what: str, *, option: str = "", directory: str = "") -> str:
    """The name, if Kubernetes allows it (RFC 1123 label). Raises UsageError otherwise.

    It was given with an option, or is that of a directory.
    """
    if is_label(name):
        return name
    raise UsageError(
        f"{what} cannot be called {name!r}: Kubernetes wants at most {LONGEST_LABEL} letters,"
        " digits and dashes, all lower case",
        hint=f"choose another with {option}" if option else f"rename the directory {directory}",
    )


def named(
    trees: Iterable[RenderedTree], prefix: str, what: str, *, option: str
) -> dict[str, RenderedTree]:
    """The trees by the name of the object that stands for each, which begins with `prefix`.

    Raises UsageError for names that Kubernetes does not allow, or that two trees would have.
    """
    found: dict[str, RenderedTree] = {}
    for tree in trees:
        name = checked_name(f"{prefix}-{tree.name}", what, option=option)
        other = found.setdefault(name, tree)
        if other is not tree:
            raise UsageError(
                f"{what} for each of {other.path} and {tree.path} would be called {name}",
                hint="rename a directory of one of them",
            )
    return found


def _read(repository: str, tree: Tree) -> RenderedTree:
    source = tree.source
    name = tree.name.replace("/", "-")
    checked_name(name, f"the tree {tree.output}", directory=source)
    namespaces: set[str] = set()
    kinds: set[Kind] = set()
    found = False
    for path, ref in _objects(repository, tree):
        found = True
        directory = path.partition("/")[0]
        if directory == NO_NAMESPACE_DIRECTORY:
            raise RenderError(
                f"{tree.output}/{path} has no namespace, and a controller would not know one",
                hint=f"set metadata.namespace, or namespace: in {tree.source}",
            )
        if directory == CLUSTER_DIRECTORY:
            kinds.add((ref.group, ref.kind))
        else:
            namespaces.add(ref.namespace)
    if not found:
        raise RenderError(
            f"{tree.output} holds no rendered manifest", hint=f"run: render {tree.output}"
        )
    return RenderedTree(
        path=tree.output,
        cluster=checked_name(tree.cluster, f"the cluster of {tree.output}", directory=source),
        name=name,
        namespaces=tuple(sorted(namespaces)),
        cluster_kinds=tuple(sorted(kinds)),
    )


def _objects(repository: str, tree: Tree) -> Iterator[tuple[str, ObjectRef]]:
    """The rendered objects of a tree with their paths in it; foreign files are left out."""
    from renderer.yamldoc.stream import read_stream

    for path, entry in entries(directory_of(repository, tree.output)):
        if not entry.is_file(follow_symlinks=False):
            continue
        content = read_file(entry.path)
        header = read_header(content)
        if header is None or header.owner != tree.name:
            continue
        try:
            objects = read_stream(content)
        except YamlError as error:
            where = os.path.join(tree.output, path)
            raise RenderError(
                f"{where}:{error.line}:{error.column}: {error.message}",
                hint=f"run: render {tree.output}",
            ) from None
        for data in objects:
            if isinstance(data, dict):
                yield path, object_ref(data)
