"""The documents of a side outside of its trees, as far as a review needs to know them."""

from __future__ import annotations

import codecs
import contextlib
import re
from functools import cached_property
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.history.paths import Paths
from renderer.history.work_tree import WorkTree
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kubernetes.manifests import DEFINITION
from renderer.pipeline.syncers import may_sync
from renderer.repository.definitions import may_define, yaml_files
from renderer.repository.source_file import read_source
from renderer.repository.trees import CLUSTER_FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from renderer.history.listing import Listing

_MARKS = (DEFINITION.encode(), OUR_GROUP.encode())
# Where kubectl parts documents (k8s.io/apimachinery/pkg/util/yaml: splitYAMLDocument).
_BETWEEN = re.compile(rb"^---", re.MULTILINE)


class SideSources:
    """Definitions of kinds, declarations of parameters, and what syncs trees: read once, and as far
    as they can be.

    `outputs` are the directories that hold all trees: what is in them is no source; an empty one
    is the whole repository, and tells nothing. `directory` is where the sources of a side are that
    is a part of a repository only.
    """

    def __init__(self, listing: Listing, outputs: Collection[str], directory: str = "") -> None:
        side = listing.side
        self._listing = listing
        self._known: dict[str, tuple[bytes, ...]] = {}  # by the ids of files
        self._outputs = tuple(one.strip("/") for one in outputs if one)
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
        with contextlib.suppress(RenderError):  # as in a clone that left sources out
            for texts in self._of_files():
                found.update(dict.fromkeys(texts))
        return [*found]

    def _of_files(self) -> Iterator[tuple[bytes, ...]]:
        """What may say something of each file."""
        if self._directory:  # without git, which would have to read what it does not know
            for path in self._chosen(yaml_files(self._directory, self._outputs)):
                yield _telling(_read(self._directory, path))
            return
        files = self._listing.files(Paths(without=self._outputs))
        ids = dict.fromkeys(files[path] for path in self._chosen(files))
        contents = self._listing.read([one for one in ids if one not in self._known])
        for one in ids:
            if one not in self._known:
                self._known[one] = _telling(next(contents))
            yield self._known[one]

    def _chosen(self, paths: Iterable[str]) -> list[str]:
        return [
            path
            for path in sorted(paths)
            if may_define(path) and not path.endswith(f"/{CLUSTER_FILE}")
        ]


def _telling(content: bytes) -> tuple[bytes, ...]:
    """The documents of a file that may say something."""
    content = _in_utf8(content)
    return tuple(filter(_may_tell, _BETWEEN.split(content))) if _may_tell(content) else ()


def _may_tell(content: bytes) -> bool:
    return any(mark in content for mark in _MARKS) or may_sync(content)


def _in_utf8(content: bytes) -> bytes:
    """A file that begins with the mark of UTF-16, which kustomize reads too, as one of UTF-8."""
    if not content.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return content
    return content.decode("utf-16", "replace").encode()


def _read(directory: str, path: str) -> bytes:
    """A file that is on disk, whatever it is."""
    try:
        return read_source(directory, path) or b""
    except RenderError:
        return b""
