"""Two versions of an object that differ in one field, both valid: grown from the schemas."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from e2e.corpus import Grower
from e2e.mutations import mutations
from renderer.checks.schema.definitions import definitions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from e2e.asking import Server

Object = dict[str, Any]
Kind = tuple[str, str]

_SEEDS = 4  # for each kind
# Made for a moment, or written by others all the time.
_PASSING = frozenset(["Binding", "Event", "Namespace", "Node"])
# What the API server writes itself: rules of their own, with cases of their own.
_OWN = frozenset(
    [
        *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation"),
        *("managedFields", "resourceVersion", "selfLink", "uid"),
    ]
)


def pairs(
    server: Server, examples: Iterable[Object], minor: str, *, seed: int, growths: int
) -> Iterator[tuple[Object, list[Object]]]:
    """Objects of every kind that the server has, each with others that differ in one field.

    `growths` are the tries for each kind. What is null, or stands twice in a list, is none.
    """
    random = Random(seed)
    definitions = definitions_of(minor)
    grower = Grower(definitions, random)
    served = server.known
    seeds = _seeds(server, examples, served)
    for kind in served:
        name = definitions.served.get(kind[0], {}).get(kind[1])
        if name is None or kind[1] in _PASSING:
            continue
        there = seeds.get(kind, [])
        found: dict[int, list[Object]] = {}
        for _ in range(growths):
            index = random.randrange(len(there)) if there else -1
            one = grower.grow(definitions[name], there[index]) if there else None
            grown = one or grower.seed(*kind, definitions[name])
            if grown not in there and _is_fit(server, grown):
                if one:
                    found.setdefault(index, []).append(grown)
                    found.setdefault(len(there), []).append(there[index])
                there.append(grown)
        for index, one in enumerate(there):
            changed = [change.data for change in mutations(one, random, growths // 2)]
            others = [*found.get(index, []), *(new for new in changed if _is_fit(server, new))]
            if others:
                yield one, [new for new in others if new != one]


def _seeds(
    server: Server, examples: Iterable[Object], served: Iterable[Kind]
) -> dict[Kind, list[Object]]:
    found: dict[Kind, list[Object]] = {kind: [] for kind in served}
    for one in examples:
        there = found.get((str(one.get("apiVersion")), str(one.get("kind"))))
        if there is not None and len(there) < _SEEDS and one not in there:
            there += [one] if _is_fit(server, one) else []
    return found


def _is_fit(server: Server, data: Object) -> bool:
    is_own = not _OWN.isdisjoint(data["metadata"])
    return not is_own and not _has_null(data) and server.accepts(data).accepted


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None
