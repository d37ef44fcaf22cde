"""Which items of two lists without keys are the same, or stand in the place of one another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renderer.changes.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_CELLS = 1_000_000  # of the table; beyond it only the ends are compared


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[Place]:
    """A place for each item of both lists, in their order.

    Equal items are paired so that as many as can be are; of those between two pairs, the first with
    the first and so on. It does not depend on which list is the old one.
    """
    before, after = [*map(_text, old)], [*map(_text, new)]
    swapped = (len(after), after) < (len(before), before)
    pairs = _common(after, before) if swapped else _common(before, after)
    if swapped:
        pairs = [(one, other) for other, one in pairs]
    places: list[Place] = []
    i = j = 0
    for one, other in (*pairs, (len(before), len(after))):
        places += _between(range(i, one), range(j, other))
        if one < len(before):
            places.append(Place(one, other))
        i, j = one + 1, other + 1
    return places


def _between(old: range, new: range) -> Iterator[Place]:
    for one, other in zip(old, new, strict=False):
        yield Place(one, other)
    paired = min(len(old), len(new))
    for one in old[paired:]:
        yield Place(one, None)
    for other in new[paired:]:
        yield Place(None, other)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _common(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The indices of a longest common subsequence."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    middle = _longest(one[start : len(one) - end], other[start : len(other) - end])
    return [
        *((index, index) for index in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((len(one) - end + index, len(other) - end + index) for index in range(end)),
    ]


def _longest(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    if not one or not other or len(one) * len(other) > _MOST_CELLS:
        return []
    # lengths[i][j]: of the longest common subsequence of one[i:] and other[j:].
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if one[i] == other[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    pairs = []
    i = j = 0
    while i < len(one) and j < len(other):
        if one[i] == other[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
