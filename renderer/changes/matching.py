"""Which objects of the trees of one cluster are the same on both sides."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

# Two objects are one under a new name if so much of what they hold is the same: half of all leaves
# is what any two Deployments of one application share.
_ALIKE = 0.75
_FEWEST = 3  # leaves; with less than these everything is alike
_MOST_COMPARED = 20_000_000  # leaves, which takes some seconds


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
        for both in itertools.zip_longest(before.get(ref, ()), after.get(ref, ()))
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


class _Content(NamedTuple):
    """What an object holds: every value by its path. `number` is its place among others."""

    ref: ObjectRef
    number: int
    leaves: Mapping[tuple[Any, ...], Any]


class _Candidate(NamedTuple):
    """Two objects that may be one, and their numbers; the less they differ, the earlier."""

    difference: float
    old: ObjectRef
    new: ObjectRef
    before: int
    after: int


def _renamed(gone: Sequence[Located], come: Sequence[Located]) -> Iterator[tuple[int, int]]:
    """Pairs of what has gone and what has come that hold the same, by their indices, the most
    alike first."""
    before, after = _by_kind(gone), _by_kind(come)
    candidates = [
        one for kind, some in before.items() for one in _candidates(some, after.get(kind, ()))
    ]
    left, free = {*range(len(gone))}, {*range(len(come))}
    for one in sorted(candidates):
        if one.before in left and one.after in free:
            left.remove(one.before)
            free.remove(one.after)
            yield one.before, one.after


def _by_kind(objects: Iterable[Located]) -> dict[Kind, list[_Content]]:
    found: dict[Kind, list[_Content]] = {}
    for number, one in enumerate(objects):
        content = _Content(one.ref, number, _leaves(one.manifest.data))
        if len(content.leaves) >= _FEWEST:
            found.setdefault((one.ref.group, one.ref.kind), []).append(content)
    return found


def _candidates(old: Sequence[_Content], new: Sequence[_Content]) -> Iterator[_Candidate]:
    """What may be one of the objects of a kind: each is compared with each, or of very many those
    are found that hold just the same."""
    if sum(len(one.leaves) for one in old) * len(new) <= _MOST_COMPARED:
        for one, other in itertools.product(old, new):
            alike = _alike(one.leaves, other.leaves)
            if alike >= _ALIKE:
                yield _Candidate(-alike, one.ref, other.ref, one.number, other.number)
        return
    same: dict[str, tuple[list[_Content], list[_Content]]] = {}
    for place, some in enumerate((old, new)):
        for content in sorted(some):
            key = repr(sorted(map(repr, content.leaves.items())))
            same.setdefault(key, ([], []))[place].append(content)
    for both in same.values():
        for one, other in zip(*both, strict=False):
            yield _Candidate(-1.0, one.ref, other.ref, one.number, other.number)


def _alike(one: Mapping[tuple[Any, ...], Any], other: Mapping[tuple[Any, ...], Any]) -> float:
    """The part of all leaves that both have."""
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
