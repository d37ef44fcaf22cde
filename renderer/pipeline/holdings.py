"""All objects of the clusters of one side, which are read when somebody asks for one of them."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from renderer.changes.comparing import body_of
from renderer.changes.objects import read_objects
from renderer.history.paths import Paths
from renderer.impacts.limits import LIMIT_RANGE
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.errors import RenderError
    from renderer.history.listing import Listing
    from renderer.kubernetes.manifests import Manifest
    from renderer.yamldoc.sharing import Sharing

# How the files begin of what judging asks for whatever changes: who has git look through all trees
# for something has it list these, too.
ASKED_ALWAYS = (f"{LIMIT_RANGE.lower()}-",)
_ENDING = ".yaml"  # of all files of a tree
_MOST = 2048  # texts whose objects are remembered: clusters share most of theirs


class Holdings:
    """What the trees of each cluster of a side hold.

    `cluster_of` tells which cluster a file (path, content) is of, `unreadable` makes the error for
    one that is no YAML.
    """

    def __init__(
        self,
        listing: Listing,
        prefixes: Sequence[str],
        reader: Sharing,
        cluster_of: Callable[[str, bytes], str | None],
        unreadable: Callable[[str, bytes, YamlError], RenderError],
    ) -> None:
        self._listing = listing
        self._prefixes = prefixes
        self._cluster_of = cluster_of
        self._unreadable = unreadable
        self._reader = reader
        self._few: dict[tuple[str, str], Mapping[str, Sequence[Manifest]]] = {}
        self._read = lru_cache(maxsize=_MOST)(self._objects)

    def of(self, cluster: str) -> list[Manifest]:
        """The objects of all trees of a cluster, by the paths of their files.

        Raises RenderError for a file that cannot be read.
        """
        found: list[Manifest] = []
        files = self._files.get(cluster, ())
        contents = self._listing.read(one for _, one in files)
        for (path, _), content in zip(files, contents, strict=True):
            if self._cluster_of(path, content) == cluster:
                found += self._objects_in(path, content)
        return found

    def few(self, cluster: str, kind: str, ending: str) -> Sequence[Manifest]:
        """The objects of a cluster in files that are named after a built-in kind (tree/names), and
        whose names have an ending; no other file is looked at.

        Raises RenderError for a file that cannot be read.
        """
        if (kind, ending) not in self._few:
            self._few[kind, ending] = self._named(f"{kind.lower()}-", f"{ending}{_ENDING}")
        return self._few[kind, ending].get(cluster, ())

    def _named(self, start: str, end: str) -> dict[str, list[Manifest]]:
        """The objects in the files of all clusters whose names begin and end like that."""
        found: dict[str, list[Manifest]] = {}
        named = self._listing.files(Paths.below(self._prefixes, (start,)))
        files = {path: one for path, one in named.items() if path.endswith(end)}
        for path, content in zip(files, self._listing.read(files.values()), strict=True):
            cluster = self._cluster_of(path, content)
            if cluster is not None:
                found.setdefault(cluster, []).extend(self._objects_in(path, content))
        return found

    def _objects_in(self, path: str, content: bytes) -> tuple[Manifest, ...]:
        try:
            return self._read(body_of(content))
        except YamlError as error:
            raise self._unreadable(path, content, error) from None

    @cached_property
    def _files(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """The paths and ids of what may be of each cluster: no two trees share a directory."""
        folders: dict[str, list[tuple[str, str]]] = {}
        for path, one in self._listing.files(Paths.below(self._prefixes)).items():
            if path.endswith(_ENDING):
                folders.setdefault(path.rpartition("/")[0], []).append((path, one))
        found: dict[str, list[tuple[str, str]]] = {}
        for folder, cluster in self._clusters(folders):
            found.setdefault(cluster, []).extend(folders[folder])
        return {cluster: sorted(files) for cluster, files in found.items()}

    def _clusters(
        self, folders: Mapping[str, Sequence[tuple[str, str]]]
    ) -> Iterator[tuple[str, str]]:
        """The cluster of each directory: the first of its files that is ours tells it."""
        left, place = [*folders], 0
        while left:
            asked = [folders[folder][place] for folder in left]
            without = []
            contents = self._listing.read(one for _, one in asked)
            for folder, (path, _), content in zip(left, asked, contents, strict=True):
                cluster = self._cluster_of(path, content)
                if cluster is not None:
                    yield folder, cluster
                elif len(folders[folder]) > place + 1:
                    without.append(folder)
            left, place = without, place + 1

    def _objects(self, body: bytes) -> tuple[Manifest, ...]:
        return tuple(read_objects(body, self._reader))
