"""Which objects of the trees of one cluster are the same on both sides."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.kubernetes.manifests import Manifest

# Two objects are one under a new name if so much of what they hold is the same: half of all leaves
# is what any two Deployments of one application share.
_ALIKE = 0.75
_FEWEST = 3  # leaves; with less than these everything is alike


class Located(NamedTuple):
    """An object and the tree that holds it."""

    tree: str
    manifest: Manifest

    @property
    def ref(self) -> ObjectRef:
        """Its identity without a hash in the name."""
        ref, stem = self.manifest.ref, self.manifest.stem
        return ref if ref.name == stem else ref._replace(name=stem)


class Pair(NamedTuple):
    """An object on both sides; None on the side where it is not there.

    Where it has two identities, it was renamed, or moved to another namespace.
    """

    old: Located | None
    new: Located | None


def matched(old: Iterable[Located], new: Iterable[Located]) -> list[Pair]:
    """The objects of both sides by identity; what is left is one object if its content says so.

    One that a side holds twice is in as many pairs: none of them hides the other.
    """
    before, after = _by_ref(old), _by_ref(new)
    pairs = [
        Pair(*both)
        for ref in dict.fromkeys((*before, *after))
        for both in zip_longest(before.get(ref, ()), after.get(ref, ()))
    ]
    gone = [one.old for one in pairs if one.old and not one.new]
    come = [one.new for one in pairs if one.new and not one.old]
    renamed = dict(_renamed(gone, come))
    pairs = [one for one in pairs if one.old and one.new]
    pairs += [
        Pair(one, come[renamed[index]] if index in renamed else None)
        for index, one in enumerate(gone)
    ]
    done = {*renamed.values()}
    pairs += [Pair(None, one) for index, one in enumerate(come) if index not in done]
    return sorted(pairs, key=_order)


def _by_ref(objects: Iterable[Located]) -> dict[ObjectRef, list[Located]]:
    found: dict[ObjectRef, list[Located]] = {}
    for one in objects:
        found.setdefault(one.ref, []).append(one)
    return found


def _order(pair: Pair) -> tuple[ObjectRef, bool]:
    either = pair.old or pair.new
    return (either.ref if either else ObjectRef("", "", "", "")), pair.old is None


def _renamed(gone: Sequence[Located], come: Sequence[Located]) -> Iterator[tuple[int, int]]:
    """Pairs of what has gone and what has come that hold the same, by their indices, the most
    alike first."""
    leaves = [_leaves(one.manifest.data) for one in come]
    candidates: list[tuple[float, ObjectRef, ObjectRef, int, int]] = []
    for index, one in enumerate(gone):
        own = _leaves(one.manifest.data)
        for place, other in enumerate(come):
            if (one.ref.group, one.ref.kind) == (other.ref.group, other.ref.kind):
                alike = _alike(own, leaves[place])
                if alike >= _ALIKE:
                    candidates.append((-alike, one.ref, other.ref, index, place))
    left, free = {*range(len(gone))}, {*range(len(come))}
    for _, _, _, index, place in sorted(candidates):
        if index in left and place in free:
            left.remove(index)
            free.remove(place)
            yield index, place


def _alike(one: Mapping[tuple[Any, ...], Any], other: Mapping[tuple[Any, ...], Any]) -> float:
    """The part of all leaves that both have."""
    if min(len(one), len(other)) < _FEWEST:
        return 0.0
    same: int = sum(other.get(path, ABSENT) == value for path, value in one.items())
    return 2.0 * same / (len(one) + len(other))


def _leaves(data: Mapping[str, Any]) -> dict[tuple[Any, ...], Any]:
    """Every value of an object by its path, but what every object of its kind has and its name."""
    found: dict[tuple[Any, ...], Any] = {}
    stack: list[tuple[tuple[Any, ...], Any]] = [
        ((key,), value) for key, value in data.items() if key not in ("apiVersion", "kind")
    ]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict) and node:
            stack += [((*path, key), value) for key, value in node.items()]
        elif isinstance(node, list) and node:
            stack += [((*path, index), value) for index, value in enumerate(node)]
        elif path not in (("metadata", "name"), ("metadata", "namespace")):
            found[path] = node
    return found
