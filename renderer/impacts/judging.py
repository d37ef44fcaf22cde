"""Every object that differs, with all that merging does to it: the worst of it is its impact."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts import (
    access,
    invalid,
    losing,
    outage,
    pruning,
    recreating,
    rejecting,
    rolling,
    staying,
)
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.syncing import synced
from renderer.impacts.taking import as_taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import ObjectRef

# Each gives what it knows of; an object of which nobody knows anything changes in place.
_RULES = (
    losing.consequences,
    outage.consequences,
    access.consequences,
    rejecting.consequences,
    invalid.consequences,
    pruning.consequences,
    recreating.consequences,
    rolling.consequences,
    staying.consequences,
)
_WORST_FIRST = {impact: place for place, impact in enumerate(Impact)}
# What does not happen to an object that is refused.
_OF_APPLYING = frozenset([Impact.RECREATES, Impact.ROLLS_PODS, Impact.IN_PLACE, Impact.NONE])


class Judged(NamedTuple):
    """An object, without a hash in its name, and all that merging does to it, worst first."""

    ref: ObjectRef
    consequences: tuple[Consequence, ...]

    @property
    def impact(self) -> Impact:
        return self.consequences[0].impact


def judge(changes: Sequence[Changed], sides: Sides) -> list[Judged]:
    """What merging does to each object of one cluster, by object.

    An object that does not differ is there if something happens to it because of another.
    """
    found = _found(changes, sides)
    taken = as_taken(changes, sides)
    if taken:
        for ref, more in _found(taken.changes, taken.sides).items():
            found.setdefault(ref, set()).update(more)
        for one in taken.said:
            found[one.ref].add(one)
    return [Judged(ref, _sorted(found[ref], ref)) for ref in sorted(found)]


def _found(changes: Sequence[Changed], sides: Sides) -> dict[ObjectRef, set[Consequence]]:
    """What each of the rules knows, and what whoever syncs leaves of it, by object."""
    found: dict[ObjectRef, set[Consequence]] = {one.change.ref: set() for one in changes}
    known = {
        manifest.ref: one.change.ref
        for one in changes
        for manifest in (one.old, one.new)
        if manifest
    }
    for rule in _RULES:
        for one in rule(changes, sides):
            ref = known.get(one.ref, one.ref)
            found.setdefault(ref, set()).add(one._replace(ref=ref))
    for changed in changes:
        ref = changed.change.ref
        found[ref] = {*synced(changed, found[ref], sides.syncers)}
    return found


def worse_first(impact: Impact) -> int:
    """The place of an impact among all: 0 is the worst."""
    return _WORST_FIRST[impact]


def _sorted(found: set[Consequence], ref: ObjectRef) -> tuple[Consequence, ...]:
    if any(one.impact is Impact.REJECTED for one in found):
        found = {one for one in found if one.impact not in _OF_APPLYING}
    telling = {one for one in found if one.reason}
    found = telling or found or {Consequence(Impact.IN_PLACE, ref, "")}
    return tuple(sorted(found, key=lambda one: (worse_first(one.impact), one.field, one.reason)))
