"""The kustomizations of a side, and every file that each may read, as git lists them.

Nothing is read from disk and no link is followed: where kustomize would find more, it is run on
what was found here, and refuses.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError
from renderer.history.paths import Paths
from renderer.kustomize.files import KUSTOMIZATION_FILES, is_below
from renderer.kustomize.parsed import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renderer.history.listing import Listing
    from renderer.kustomize.parsed import Parsed, Reference

_NO_FILES = (Role.HELM, Role.EXTERNAL, Role.FUNCTION)
_COMPONENT = "Component"

# A kustomization that says nothing but which files and directories it is made of.
_LIST = re.compile(
    rb"(?:(?:---|apiVersion: \S+|kind: Kustomization|resources: \[[\w./, -]*\]|resources:"
    rb"| *- [\w./-]+|) *(?:#.*)?(?:\n|\Z))*"
)


class ParsedFile(NamedTuple):
    """What a file says, and whether it only lists what is to be synced as it stands."""

    parsed: Parsed
    is_list: bool


ParsedFiles = dict[tuple[str, str], ParsedFile]  # by what they are, and their ids


class Reach(NamedTuple):
    """What a kustomization may read: the ids of files by path, empty where there is none, and those
    that may hold manifests. `directory` is empty for the root of the repository. `is_list` tells
    that it gives the manifests of its files, which are all there and below it, as they stand."""

    directory: str
    file: str
    files: dict[str, str]
    manifests: frozenset[str]
    is_list: bool = False


class Kustomizations:
    """Those that somebody may sync.

    `outputs` are the directories that hold all trees, `in_trees` the paths in them that begin as
    kustomizations do; `is_source` tells of a directory that a tree
    is made from: what that gives is in the tree. `parsed` is what was read on another side, and
    takes in what this one reads.
    """

    def __init__(
        self,
        listing: Listing,
        outputs: Sequence[str],
        in_trees: Iterable[str],
        is_source: Callable[[str], bool],
        parsed: ParsedFiles,
    ) -> None:
        self._listing = listing
        self._outputs = outputs
        self._in_trees = in_trees
        self._is_source = is_source
        self._known = parsed

    @cached_property
    def _files(self) -> dict[str, str]:
        try:
            return self._listing.files(Paths(without=tuple(self._outputs)))
        except RenderError:  # as in a clone that left sources out
            return {}

    @cached_property
    def _at(self) -> dict[str, str]:
        """The file of each directory; kustomize refuses several, and the first of them is as
        good as any."""
        found: dict[str, str] = {}
        for path in sorted({*self._files, *self._in_trees}):
            directory, _, name = path.rpartition("/")
            if name in KUSTOMIZATION_FILES and not _is_hidden(path):
                found.setdefault(directory, path)
        return found

    @cached_property
    def all(self) -> list[Reach]:
        """What each of them reads that is no component, nor made into a tree."""
        return [
            self._reach(one)
            for one in self._directories
            if self._parsed(self._at[one]).kind != _COMPONENT
        ]

    @cached_property
    def _directories(self) -> list[str]:
        wanted = [one for one in self._at if not self._is_source(one)]
        paths = [self._at[one] for one in wanted]
        unknown = [path for path in paths if ("", self._id(path)) not in self._known]
        with contextlib.suppress(RenderError):  # as in a clone that left sources out
            contents = self._listing.read(map(self._id, unknown))
            for path, content in zip(unknown, contents, strict=True):
                self._parse(path, "", content)
        return [one for one in wanted if ("", self._id(self._at[one])) in self._known]

    def files_of(self, directory: str) -> dict[str, str]:
        """The files that a directory may read, with their ids; nothing where it has none."""
        return self._reach(directory).files if directory in self._at else {}

    def above(self, directory: str) -> str:
        """The file of the kustomization in a directory, or in the nearest above that has one."""
        while True:
            if directory in self._at and not self._is_source(directory):
                path = self._at[directory]
                if self._parsed(path).kind != _COMPONENT:
                    return path
            if not directory:
                return ""
            directory = directory.rpartition("/")[0]

    def _reach(self, root: str) -> Reach:
        files: dict[str, str] = {}
        manifests: set[str] = set()
        waiting, entered = [root], {root}
        is_list = True
        while waiting:
            directory = waiting.pop()
            own = self._at[directory]
            files[own] = self._id(own)
            is_list = is_list and self._file(own).is_list
            references = [*self._parsed(own).references]
            while references:
                one = references.pop()
                path = _path(directory, one)
                if path is None:
                    continue
                if one.role is Role.TREE:
                    files |= self._below(path)
                elif path in self._at:
                    if one.role is Role.PLUGIN:  # its files name others, from here
                        files |= self._below(directory)
                    waiting += [path] if path not in entered else []
                    entered.add(path)
                else:
                    files[path] = self._id(path)
                    manifests |= {path} if one.role is Role.ENTRY else set()
                    if one.role is Role.PLUGIN and files[path]:
                        references += self._parsed(path, "plugins").references
        is_list = is_list and all(one and is_below(path, root) for path, one in files.items())
        return Reach(root, self._at[root], files, frozenset(manifests), is_list)

    def _id(self, path: str) -> str:
        """The id of a file; empty where there is none."""
        if path in self._files:
            return self._files[path]
        if any(is_below(path, one) for one in self._outputs):
            beside = posixpath.dirname(path)
            return self._listing.files(Paths.below([beside])).get(path, "")
        return ""

    def _below(self, directory: str) -> dict[str, str]:
        if any(is_below(directory, one) for one in self._outputs):
            return self._listing.files(Paths.below([directory]))
        return {path: one for path, one in self._files.items() if is_below(path, directory)}

    def _parsed(self, path: str, what: str = "") -> Parsed:
        return self._file(path, what).parsed

    def _file(self, path: str, what: str = "") -> ParsedFile:
        key = what, self._id(path)
        if key not in self._known:
            (content,) = self._listing.read([key[1]])
            self._parse(path, what, content)
        return self._known[key]

    def _parse(self, path: str, what: str, content: bytes) -> None:
        from renderer.kustomize import reading

        parse = reading.parse_plugins if what else reading.parse_kustomization
        is_list = not what and _LIST.fullmatch(content) is not None
        self._known[what, self._id(path)] = ParsedFile(parse(content), is_list)


def _path(directory: str, reference: Reference) -> str | None:
    """What a reference names in the repository; None for what is no path, or leads out."""
    if reference.role in _NO_FILES:
        return None
    path = posixpath.normpath(posixpath.join(directory, reference.text))
    if path.startswith(("/", "../")) or path == "..":
        return None
    return "" if path == "." else path


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path
