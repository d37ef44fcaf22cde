"""The trees of a repository: each has a source overlay and an output directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from renderer.errors import UsageError
from renderer.kustomize.files import KUSTOMIZATION_FILES, is_below
from renderer.repository.outputs import both, check_apart, check_path
from renderer.repository.patterns import Match, Pattern, literal_prefix
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.repository.settings import Settings

CLUSTER_FILE = "cluster.yaml"
_SOURCE_FILES = (*KUSTOMIZATION_FILES, CLUSTER_FILE)


class Tree(NamedTuple):
    """A name with a source and an output; both are relative to the repository, with slashes.

    `names` are what its cluster.yaml may call it: the values of the pattern's variables.
    `cluster` is the Kubernetes cluster that the tree is for; it may have others.
    """

    name: str
    source: str
    output: str
    names: tuple[str, ...]
    cluster: str


class Patterns:
    """All entries of the settings: which trees a repository has, and where they are written."""

    def __init__(self, settings: Settings) -> None:
        self.entries = [Pattern(entry) for entry in settings.trees]
        self._literal = literal_prefix(self.entries)
        self._by_output: dict[str, Pattern] = {}

    def discover(self, repository: str) -> list[Tree]:
        """All trees, sorted by name. Raises UsageError where two outputs meet."""
        found: dict[str, tuple[Tree, Pattern]] = {}
        for pattern in self.entries:
            before = set(found)
            for match in pattern.find(repository):
                if not is_source(os.path.join(repository, match.source)):
                    continue
                check_path(match.source, "a cluster")
                check_path(match.output, f"the output of {match.source}")
                if pattern.entry.fallback and match.output in before:
                    continue
                tree = self._tree(match)
                if match.output in found:
                    raise both(tree, pattern, *found[match.output])
                found[match.output] = tree, pattern
        check_apart([*found.values()])
        self._by_output = {output: pattern for output, (_, pattern) in found.items()}
        return sorted((tree for tree, _ in found.values()), key=lambda one: one.name)

    def find_more(self, repository: str, count: int) -> bool:
        """Whether there are more trees than a number, without looking at those beyond it."""
        found: set[str] = set()
        for pattern in self.entries:
            for match in pattern.find(repository):
                if is_source(os.path.join(repository, match.source)):
                    found.add(match.output)
                if len(found) > count:
                    return True
        return False

    def tree_of(self, source: str, output: str) -> Tree | None:
        """The tree that a source had or would have in this output; None if no entry covers it."""
        found = (pattern.match(source, output) for pattern in self.entries)
        return next((self._tree(match) for match in found if match), None)

    def outputs_of(self, cluster: str) -> set[str]:
        """Directories that all outputs of a cluster are in, and maybe those of others, but for
        trees that are clusters for themselves."""
        return {pattern.output_of_cluster(cluster) for pattern in self.entries} - {""}

    def entry_of(self, tree: Tree) -> Pattern:
        """The entry that gave a tree which was discovered."""
        return self._by_output[tree.output]

    def outputs(self, repository: str) -> list[str]:
        """The directories that are there and have the form of an output."""
        found = {path for pattern in self.entries for path in pattern.outputs(repository)}
        return sorted(found)

    def is_output(self, directory: str) -> bool:
        """Whether a directory has the form of an output, whether or not it is there."""
        return any(pattern.is_output(directory) for pattern in self.entries)

    def is_source(self, directory: str) -> bool:
        """Whether a directory has the form of a source, whether or not it is there."""
        return any(pattern.is_source(directory) for pattern in self.entries)

    def output_roots(self, repository: str) -> list[str]:
        """The directories that are there, below which outputs lie or did before."""
        return sorted({path for one in self.entries for path in one.output_roots(repository)})

    def are_all_in(self, directory: str) -> bool:
        """Whether a directory is the one of all sources, or of all outputs, or above it."""
        if directory == ".":
            return True
        sources = [one.literal_source for one in self.entries]
        outputs = [one.literal_output for one in self.entries]
        return any(all(is_below(one, directory) for one in ways) for ways in (sources, outputs))

    def no_source(self, file: str) -> UsageError:
        """The error where no directory has the form of a source."""
        wanted = " or ".join(dict.fromkeys(repr(one.entry.source) for one in self.entries))
        where = f"{file}: " if file else ""
        return UsageError(
            f"{where}no directory with a kustomization.yaml or a cluster.yaml is as source ="
            f" {wanted}, so there are no clusters",
            hint="correct the settings; after the last overlay is gone,"
            " run: render . --prune-clusters",
        )

    def _tree(self, match: Match) -> Tree:
        name = "/".join(match.output.split("/")[self._literal :])
        cluster = match.cluster or name
        names = tuple(dict.fromkeys((name, cluster, *match.values)))
        return Tree(
            name=name, source=match.source, output=match.output, names=names, cluster=cluster
        )


def is_source(directory: str) -> bool:
    """Whether a directory can be a source: it holds a kustomization or a cluster.yaml.

    One that we may not look into is a source too, until it is read and says what is wrong.
    """
    try:
        return any(map(_is_there, _source_files(directory)))
    except OSError:
        return True


def is_gone(directory: str) -> bool:
    """Whether a directory can be no source any more. Raises OSError where that is not known."""
    if os.path.islink(directory):
        os.stat(directory)  # a link to nowhere may lead somewhere again
    return not any(map(_is_there, _source_files(directory)))


def _source_files(directory: str) -> Iterator[str]:
    return (os.path.join(directory, name) for name in _SOURCE_FILES)


def _is_there(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


class Named(Protocol):
    """What people name by its name, its source or its output."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def output(self) -> str: ...


_Named = TypeVar("_Named", bound=Named)


def choose(
    trees: Sequence[Tree], arguments: Iterable[str], repository: str, directory: str
) -> list[Tree]:
    """The trees that are meant, in the order of their names and each once.

    Raises UsageError for an argument that means none.
    """
    chosen: dict[str, Tree] = {}
    for argument in arguments:
        found = meant(trees, argument, repository, directory)
        if not found:
            known = [*dict.fromkeys(name for tree in trees for name in (tree.cluster, tree.name))]
            outputs = [tree.output for tree in trees]
            names = outputs if "/" in argument.strip("/") else known
            hint = nearest(argument.strip("/"), names) or f"{repository} has no clusters"
            raise UsageError(f"there is no cluster {argument}", hint=hint)
        chosen.update((tree.name, tree) for tree in found)
    return sorted(chosen.values(), key=lambda tree: tree.name)


def meant(among: Sequence[_Named], argument: str, repository: str, directory: str) -> list[_Named]:
    """Those that an argument means: by name, source or output, or by a directory above these;
    relative to the repository or to `directory`."""
    for path in paths_of(argument, repository, directory):
        if path == ".":
            return list(among)
        found = [
            one
            for one in among
            if any(is_below(own, path) for own in (one.name, one.source, one.output))
        ]
        if found:
            return found
    return []


def paths_of(argument: str, repository: str, directory: str) -> list[str]:
    """What an argument may name, relative to the repository; the first that is there counts."""
    if not argument:
        return []  # a variable of a shell that is not set: not all clusters
    # Who writes a dot means the directory he is in.
    is_here = argument.split("/")[0] in (".", "..")
    starts = (directory,) if is_here else (repository, directory)
    named = [os.path.normpath(os.path.join(start, argument)) for start in starts]
    return [
        os.path.relpath(absolute, repository).replace(os.sep, "/")
        for absolute in (*named, os.path.realpath(named[-1]))
    ]
