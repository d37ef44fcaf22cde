"""The values that comparing gives, from a single field up."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest, ObjectRef


class Absent(Enum):
    """What stands where there is no value: null is one."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Item(NamedTuple):
    """A step to the item of a list that has this key, or is this value."""

    key: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        parts = (f"{name}={value}" if name else str(value) for name, value in self.key)
        return f"[{','.join(parts)}]"


class Place(NamedTuple):
    """A step to an item of a list without keys: its indices, None on the side where it is not."""

    old: int | None
    new: int | None

    def __str__(self) -> str:
        return str(self.old if self.new is None else self.new)


Step = str | Item | Place


class FieldChange(NamedTuple):
    """One field that differs: its values, ABSENT on the side where it is not there.

    `at` is the index of an item that is added to or removed from a list whose order counts.
    `inside` is what differs within a text, where both sides are of one format. `follows` tells
    a name that is another only because the content of what it names is.
    """

    path: tuple[Step, ...]
    old: Any
    new: Any
    at: int | None = None
    inside: TextChange | None = None
    follows: bool = False

    @property
    def field(self) -> str:
        """The path as a JSON Pointer, with keys in the place of indices."""
        return format_path(str(step) for step in self.path)

    @property
    def mirrored(self) -> FieldChange:
        """The change back."""
        path = tuple(
            Place(step.new, step.old) if isinstance(step, Place) else step for step in self.path
        )
        inside = self.inside and self.inside.mirrored
        return self._replace(path=path, old=self.new, new=self.old, inside=inside)


class TextChange(NamedTuple):
    """What differs within a text: the fields, in a format that both sides have.

    Without fields it is written in other words only: comments, order or spelling.
    """

    format: str
    fields: tuple[FieldChange, ...]

    @property
    def mirrored(self) -> TextChange:
        return TextChange(self.format, tuple(one.mirrored for one in self.fields))


class Reordered(NamedTuple):
    """The order of the items that a list has on both sides, by their keys."""

    order: tuple[Item, ...]


class Held(NamedTuple):
    """An object of which only the identity matters, without a hash in the name, and its tree."""

    tree: str
    ref: ObjectRef


class ObjectChange(NamedTuple):
    """What differs in one object of a cluster; None on the side where it is not there.

    `fields` are those that differ where it is on both sides. Where it has two identities, it was
    renamed or moved to another namespace, and `fields` is what differs besides. `images` are those
    of its containers that differ, old and new; empty for a container that comes or goes.
    """

    old: Held | None
    new: Held | None
    fields: tuple[FieldChange, ...] = ()
    images: tuple[tuple[str, str], ...] = ()

    @property
    def ref(self) -> ObjectRef:
        """The identity without a hash in the name: that of the old side where there is one."""
        one = self.old or self.new
        if one is None:
            raise ValueError("an object that is on neither side")
        return one.ref

    @property
    def trees(self) -> set[str]:
        """The trees that hold it on either side: two where it has moved from one to the other."""
        return {held.tree for held in (self.old, self.new) if held}

    @property
    def is_renamed(self) -> bool:
        return self.old is not None and self.new is not None and self.old.ref != self.new.ref


class Changed(NamedTuple):
    """An object that differs, and its manifests, None on the side where it is not there."""

    change: ObjectChange
    old: Manifest | None
    new: Manifest | None
