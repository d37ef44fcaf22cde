"""Which objects of the trees of one cluster are the same on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    """The objects of both sides by identity; what is left is one object if its content says so."""
    before = {one.ref: one for one in old}
    after = {one.ref: one for one in new}
    pairs = [Pair(one, after.pop(ref, None)) for ref, one in before.items()]
    gone = [one.old for one in pairs if one.old and one.new is None]
    renamed = dict(_renamed(gone, [*after.values()]))
    done = {one.ref for one in renamed.values()}
    pairs = [
        one._replace(new=renamed.get(one.old.ref)) if one.old and not one.new else one
        for one in pairs
    ]
    pairs += [Pair(None, one) for ref, one in after.items() if ref not in done]
    return sorted(pairs, key=_order)


def _order(pair: Pair) -> tuple[ObjectRef, bool]:
    either = pair.old or pair.new
    return (either.ref if either else ObjectRef("", "", "", "")), pair.old is None


def _renamed(
    gone: Iterable[Located], come: Iterable[Located]
) -> Iterator[tuple[ObjectRef, Located]]:
    """Pairs of what has gone and what has come that hold the same, the most alike first."""
    leaves = {one.ref: _leaves(one.manifest.data) for one in come}
    candidates: list[tuple[float, ObjectRef, Located]] = []
    for one in gone:
        own = _leaves(one.manifest.data)
        for other in come:
            if (one.ref.group, one.ref.kind) == (other.ref.group, other.ref.kind):
                alike = _alike(own, leaves[other.ref])
                if alike >= _ALIKE:
                    candidates.append((-alike, one.ref, other))
    taken: set[tuple[str, ObjectRef]] = set()
    for _, ref, other in sorted(candidates, key=lambda one: (one[0], one[1], one[2].ref)):
        if ("old", ref) not in taken and ("new", other.ref) not in taken:
            taken |= {("old", ref), ("new", other.ref)}
            yield ref, other


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
