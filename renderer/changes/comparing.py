"""What differs in the objects of one cluster; what many clusters share is compared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.fields import Names, compare
from renderer.changes.hiding import Hiding
from renderer.changes.matching import matched
from renderer.changes.model import FieldChange, Located, ObjectChange
from renderer.changes.objects import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.checks.schema import Schemas
    from renderer.kubernetes.manifests import Manifest


class FilePair(NamedTuple):
    """A file of a tree that differs: its contents, None on the side where it is not there."""

    tree: str
    path: str
    old: bytes | None
    new: bytes | None


class Comparer:
    """Compares the files of one cluster after another."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._objects: dict[bytes, tuple[Manifest, ...]] = {}
        self._compared: dict[tuple[int, int], _Compared] = {}

    def changes(self, files: Iterable[FilePair]) -> list[ObjectChange]:
        """What differs in the objects of one cluster, by identity.

        `files` are all that differ in any of its trees. What differs in nothing that Kubernetes
        sees is left out. Raises YamlError with the path of the file.
        """
        old: list[Located] = []
        new: list[Located] = []
        for file in files:
            for content, side in ((file.old, old), (file.new, new)):
                if content is not None:
                    side += (Located(file.tree, one) for one in self._read(content))
        names = Names(_hashed(old), _hashed(new))
        found = (self._compare(pair.old, pair.new, names) for pair in matched(old, new))
        return [one for one in found if one]

    def _read(self, content: bytes) -> tuple[Manifest, ...]:
        body = body_of(content)
        if body not in self._objects:
            self._objects[body] = tuple(read_objects(body))
        return self._objects[body]

    def _compare(
        self, old: Located | None, new: Located | None, names: Names
    ) -> ObjectChange | None:
        compared = self._pair(old and old.manifest, new and new.manifest)
        before = old and old._replace(manifest=compared.old or old.manifest)
        after = new and new._replace(manifest=compared.new or new.manifest)
        fields = tuple(
            one._replace(follows=True) if names.follows(one.old, one.new) else one
            for one in compared.fields
        )
        change = ObjectChange(before, after, fields)
        is_same = before and after and (before.tree, before.ref) == (after.tree, after.ref)
        return None if is_same and not fields else change

    def _pair(self, old: Manifest | None, new: Manifest | None) -> _Compared:
        key = id(old), id(new)  # which `_objects` keeps alive
        if key not in self._compared:
            hiding = Hiding()
            before, after = (
                one and one._replace(data=hiding.without_secrets(one.data)) for one in (old, new)
            )
            fields: list[FieldChange] = []
            if before and after:
                fields = compare(before.data, after.data, self._schemas.shape(after))
            self._compared[key] = _Compared(before, after, tuple(fields))
        return self._compared[key]


class _Compared(NamedTuple):
    """Two objects without their secrets, and what differs in them."""

    old: Manifest | None
    new: Manifest | None
    fields: tuple[FieldChange, ...]


def body_of(content: bytes) -> bytes:
    """A file without the comments that begin it, which name its tree."""
    start = 0
    while content.startswith(b"#", start):
        end = content.find(b"\n", start)
        start = end + 1 if end >= 0 else len(content)
    return content[start:]


def _hashed(objects: Iterable[Located]) -> dict[str, str]:
    return dict(_pairs(objects))


def _pairs(objects: Iterable[Located]) -> Iterator[tuple[str, str]]:
    for one in objects:
        if one.manifest.stem != one.manifest.ref.name:
            yield one.manifest.ref.name, one.manifest.stem
