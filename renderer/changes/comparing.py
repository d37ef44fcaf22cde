"""What differs in the objects of one cluster; what many clusters share is compared once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from renderer.changes.declared import NO_SECRETS, SecretFields
from renderer.changes.fields import Names, compare, inside_of
from renderer.changes.hiding import Hiding
from renderer.changes.images import images_between
from renderer.changes.matching import Located, matched
from renderer.changes.model import ABSENT, Changed, FieldChange, Held, ObjectChange
from renderer.changes.objects import read_objects
from renderer.checks.identical import Identical
from renderer.yamldoc.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.checks.schema.shape import Shape
    from renderer.kubernetes.manifests import Manifest


_MOST = 2048  # objects and pairs of them that are remembered


class FilePair(NamedTuple):
    """A file of a tree that differs: its contents, None on the side where it is not there.

    `is_secret` says that one of its fields is declared secret.
    """

    tree: str
    path: str
    old: bytes | None
    new: bytes | None
    is_secret: bool = False


class Shapes(Protocol):
    """What knows the fields of objects."""

    def shape(self, manifest: Manifest) -> Shape:
        """What is known of the fields of an object; of a kind that nobody defines, nothing."""


class Comparer:
    """Compares the files of one cluster after another; `secret` fields are hidden.

    `reader` is that of others who read the same files, if there are any.
    """

    def __init__(
        self, shapes: Shapes, secret: SecretFields = NO_SECRETS, reader: Sharing | None = None
    ) -> None:
        self._shapes = shapes
        self._secret = secret
        # Clusters share most texts, but nobody has memory for all that they do not share.
        self._reader = reader or Sharing()
        self._read = lru_cache(maxsize=_MOST)(self._objects)
        self._compare = lru_cache(maxsize=_MOST)(self._compared)

    def changes(self, files: Iterable[FilePair]) -> list[Changed]:
        """What differs in the objects of one cluster, by identity.

        `files` are all that differ in any of its trees. What differs in nothing that Kubernetes
        sees is left out. Raises YamlError for a file that is none.
        """
        old: list[Located] = []
        new: list[Located] = []
        for file in files:
            for content, side in ((file.old, old), (file.new, new)):
                if content is not None:
                    side += (Located(file.tree, one) for one in self._read(body_of(content)))
        names = Names(_hashed(old), _hashed(new))
        found = (self._change(pair.old, pair.new, names) for pair in matched(old, new))
        return [one for one in found if one]

    def holds_secrets(self, pair: FilePair) -> bool:
        """Whether one of the objects in a file has a field that is declared secret."""
        if not self._secret.targets:
            return False
        bodies = (body_of(one) for one in (pair.old, pair.new) if one is not None)
        return any(self._secret.are_in(self._read(body)) for body in bodies)

    def _change(self, old: Located | None, new: Located | None, names: Names) -> Changed | None:
        before, after = (one and Held(one.tree, one.ref) for one in (old, new))
        if old is None or new is None:
            return _changed(ObjectChange(before, after), old, new)
        compared = self._compare(Identical(old.manifest), Identical(new.manifest))
        if before == after and not compared.fields:
            return None
        fields = (
            one._replace(follows=True) if names.follows(one.old, one.new) else one
            for one in compared.fields
        )
        change = ObjectChange(before, after, tuple(fields), compared.images)
        return _changed(change, old, new)

    def _objects(self, body: bytes) -> tuple[Manifest, ...]:
        return tuple(read_objects(body, self._reader))

    def _compared(self, old: Identical[Manifest], new: Identical[Manifest]) -> _Compared:
        hiding = Hiding()
        declared = [
            hiding.without_declared(one.value.data, self._secret.of(one.value))
            for one in (old, new)
        ]
        before, after = map(hiding.without_secrets, declared)
        if hiding.has_found:
            before, after = map(hiding.without_copies, (before, after))
        return _Compared(
            fields=tuple(
                _alike(one, hiding) for one in compare(before, after, self._shapes.shape(new.value))
            ),
            images=tuple(
                images_between(old.value._replace(data=before), new.value._replace(data=after))
            ),
        )


def _alike(change: FieldChange, hiding: Hiding) -> FieldChange:
    """A change in which both values are hidden where one is a secret."""
    if ABSENT in (change.old, change.new):
        return change
    old, new = hiding.alike(change.old, change.new)
    if old is change.old and new is change.new:
        return change
    return change._replace(old=old, new=new, inside=inside_of(change.path, old, new))


def _changed(change: ObjectChange, old: Located | None, new: Located | None) -> Changed:
    return Changed(change, old and old.manifest, new and new.manifest)


class _Compared(NamedTuple):
    """What differs between two objects, without their secrets."""

    fields: tuple[FieldChange, ...]
    images: tuple[tuple[str, str], ...]


def body_of(content: bytes) -> bytes:
    """A file without the comments that begin it, which name its tree."""
    start = 0
    while content.startswith(b"#", start):
        end = content.find(b"\n", start)
        start = end + 1 if end >= 0 else len(content)
    return content[start:]


def _hashed(objects: Iterable[Located]) -> dict[str, str]:
    """The names with a hash, each with the name without it."""
    manifests = (one.manifest for one in objects)
    return {one.ref.name: one.stem for one in manifests if one.stem != one.ref.name}
