"""The documents of a side outside of its trees, as far as a review needs to know them."""

from __future__ import annotations

import contextlib
import re
from functools import cached_property
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.history.paths import Paths
from renderer.history.work_tree import WorkTree
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kubernetes.manifests import DEFINITION
from renderer.pipeline.syncers import in_utf8, may_sync
from renderer.repository.definitions import may_define, yaml_files
from renderer.repository.source_file import read_source
from renderer.repository.trees import CLUSTER_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from renderer.history.listing import Listing

_MARKS = (DEFINITION.encode(), OUR_GROUP.encode())
# Where kubectl parts documents (k8s.io/apimachinery/pkg/util/yaml: splitYAMLDocument).
_BETWEEN = re.compile(rb"^---", re.MULTILINE)


class SideSources:
    """Definitions of kinds, declarations of parameters, and what syncs trees: read once, and as far
    as they can be.

    `outputs` are the directories that hold all trees: what is in them is no source; an empty one
    is the whole repository, and tells nothing. `directory` is where the sources of a side are that
    is a part of a repository only; `is_source` tells of a directory whether a tree is made from it,
    which makes its cluster.yaml one of ours.
    """

    def __init__(
        self,
        listing: Listing,
        outputs: Collection[str],
        directory: str = "",
        is_source: Callable[[str], bool] = lambda _: True,
    ) -> None:
        side = listing.side
        self._listing = listing
        self._known: dict[str, tuple[bytes, ...]] = {}  # by the ids of files
        self._outputs = tuple(one.strip("/") for one in outputs if one)
        self._is_source = is_source
        self._directory = side.repository.directory if isinstance(side, WorkTree) else directory

    def take_over(self, other: SideSources) -> None:
        """Lets what the other side has read be known here too."""
        self._known = other._known

    def holding(self, *words: str) -> list[bytes]:
        """The documents with all of these words; parsing every one would take long."""
        wanted = [word.encode() for word in words]
        return [text for text in self.documents if all(word in text for word in wanted)]

    @cached_property
    def documents(self) -> list[bytes]:
        """Each document that may say something, once."""
        found: dict[bytes, None] = {}
        for texts in self.by_path.values():
            found.update(dict.fromkeys(texts))
        return [*found]

    @cached_property
    def by_path(self) -> dict[str, tuple[bytes, ...]]:
        """The documents that may say something of each file that holds one."""
        found: dict[str, tuple[bytes, ...]] = {}
        with contextlib.suppress(RenderError):  # as in a clone that left sources out
            found.update((path, texts) for path, texts in self._of_files() if texts)
        return found

    def naming(self, *words: str) -> Iterator[bytes]:
        """All documents, whatever they say, of the files in which one of these words stands."""
        wanted = [word.encode() for word in words]
        with contextlib.suppress(RenderError):
            files = self._listing.files(Paths(without=self._outputs))
            ids = dict.fromkeys(files[path] for path in self._chosen(files))
            for content in map(in_utf8, self._listing.read(ids)):
                if any(word in content for word in wanted):
                    yield from _BETWEEN.split(content)

    def _of_files(self) -> Iterator[tuple[str, tuple[bytes, ...]]]:
        """What may say something of each file."""
        if self._directory:  # without git, which would have to read what it does not know
            for path in self._chosen(yaml_files(self._directory, self._outputs)):
                yield path, _telling(_read(self._directory, path))
            return
        files = self._listing.files(Paths(without=self._outputs))
        chosen = self._chosen(files)
        ids = dict.fromkeys(files[path] for path in chosen)
        contents = self._listing.read([one for one in ids if one not in self._known])
        for path in chosen:
            one = files[path]
            if one not in self._known:
                self._known[one] = _telling(next(contents))
            yield path, self._known[one]

    def _chosen(self, paths: Iterable[str]) -> list[str]:
        return [path for path in sorted(paths) if may_define(path) and not self._is_ours(path)]

    def _is_ours(self, path: str) -> bool:
        directory, _, name = path.rpartition("/")
        return name == CLUSTER_FILE and self._is_source(directory)


def _telling(content: bytes) -> tuple[bytes, ...]:
    """The documents of a file that may say something."""
    content = in_utf8(content)
    return tuple(filter(_may_tell, _BETWEEN.split(content))) if _may_tell(content) else ()


def _may_tell(content: bytes) -> bool:
    return any(mark in content for mark in _MARKS) or may_sync(content)


def _read(directory: str, path: str) -> bytes:
    """A file that is on disk, whatever it is."""
    try:
        return read_source(directory, path) or b""
    except RenderError:
        return b""
