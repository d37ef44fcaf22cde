"""Two versions of one object, field by field, as the API server would compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.alignment import aligned
from renderer.changes.items import keyed
from renderer.changes.model import (
    ABSENT,
    FieldChange,
    Item,
    Reordered,
    Step,
    TextChange,
)
from renderer.changes.texts import structured
from renderer.checks.schema.shape import NO_SHAPE
from renderer.kubernetes.durations import seconds
from renderer.kubernetes.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.checks.schema.shape import Shape

_Path = tuple[Step, ...]
# Whoever runs a Pod compares its template as it is written: another order is another template.
_TEMPLATES = ("template", "jobTemplate")


class Names(NamedTuple):
    """The names with a hash of their content on both sides, each with the name without it."""

    old: Mapping[str, str]
    new: Mapping[str, str]

    def follows(self, old: Any, new: Any) -> bool:
        """Whether a name is another only because the content of what it names is."""
        if not (isinstance(old, str) and isinstance(new, str)):
            return False
        stem = self.old.get(old)
        return stem is not None and stem == self.new.get(new)


def compare(old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape) -> list[FieldChange]:
    """The fields that differ, in the order of the old object; what is new comes last.

    Not a difference: the order of keys, and of items where Kubernetes gives them no meaning;
    quantities and durations in other words; null where a Go struct takes it for nothing.
    """
    return list(_mappings((), old, new, shape, in_order=False))


def _values(
    path: _Path, old: Any, new: Any, shape: Shape, *, in_order: bool
) -> Iterator[FieldChange]:
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(path, old, new, shape, in_order=in_order)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(path, old, new, shape, in_order=in_order)
    elif not is_same(old, new, shape):
        yield FieldChange(path=path, old=old, new=new, inside=inside_of(path, old, new))


def inside_of(path: _Path, old: Any, new: Any) -> TextChange | None:
    """What differs within a text of several lines; None where it is compared line by line."""
    if not (isinstance(old, str) and isinstance(new, str) and "\n" in old + new):
        return None
    name = path[-1] if path and isinstance(path[-1], str) else ""
    found = structured(name, old, new)
    if found is None:
        return None
    fields = _values((), found.old, found.new, NO_SHAPE, in_order=False)
    return TextChange(found.format, tuple(fields))


def _mappings(
    path: _Path, old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape, *, in_order: bool
) -> Iterator[FieldChange]:
    for key in (*old, *(one for one in new if one not in old)):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if not shape.custom:
            before = ABSENT if before is None else before
            after = ABSENT if after is None else after
        if before is after:
            continue
        inner = in_order or key in _TEMPLATES
        yield from _values((*path, key), before, after, shape.field(key), in_order=inner)


def _lists(
    path: _Path, old: list[Any], new: list[Any], shape: Shape, *, in_order: bool
) -> Iterator[FieldChange]:
    both = keyed(old, new, shape)
    if both is None:
        yield from _by_place(path, old, new, shape, in_order=in_order)
        return
    before, after = both
    counts = in_order or not (shape.is_map or shape.is_set)
    positions = {item: index for index, item in enumerate(before)}
    for item, value in before.items():
        if item in after:
            inner = _values((*path, item), value, after[item], shape.item, in_order=in_order)
            yield from inner
        else:
            at = positions[item] if counts else None
            yield FieldChange(path=(*path, item), old=value, new=ABSENT, at=at)
    for index, (item, value) in enumerate(after.items()):
        if item not in before:
            at = index if counts else None
            yield FieldChange(path=(*path, item), old=ABSENT, new=value, at=at)
    if counts:
        yield from _order(path, before, after)


def _order(
    path: _Path, before: Mapping[Item, Any], after: Mapping[Item, Any]
) -> Iterator[FieldChange]:
    was = tuple(item for item in before if item in after)
    now = tuple(item for item in after if item in before)
    if was != now:
        yield FieldChange(path=path, old=Reordered(was), new=Reordered(now))


def _by_place(
    path: _Path, old: list[Any], new: list[Any], shape: Shape, *, in_order: bool
) -> Iterator[FieldChange]:
    for place in aligned(old, new):
        before = ABSENT if place.old is None else old[place.old]
        after = ABSENT if place.new is None else new[place.new]
        at = place.old if place.new is None else place.new if place.old is None else None
        if at is None:
            yield from _values((*path, place), before, after, shape.item, in_order=in_order)
        else:
            yield FieldChange(path=(*path, place), old=before, new=after, at=at)


def is_same(old: Any, new: Any, shape: Shape) -> bool:
    """Whether two values that are not both mappings or both lists mean the same here."""
    if isinstance(old, bool) or isinstance(new, bool) or ABSENT in (old, new):
        return old is new
    if type(old) is type(new) and old == new:
        return True
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return old == new
    if shape.is_quantity:
        before = amount(old)
        return before is not None and before == amount(new)
    if shape.is_duration:
        took = seconds(old)
        return took is not None and took == seconds(new)
    return False
