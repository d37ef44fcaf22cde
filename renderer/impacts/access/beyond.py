"""Which ways are in none of others, of which there may be as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.access.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renderer.impacts.access.peers import Ports, Way

_MOST = 200_000  # comparisons of one with another: less than a second


def beyond(ways: Iterable[Way], others: Sequence[Way]) -> list[Way]:
    """The ways that are in none of the others, blocks of addresses taken together.

    Where there are too many to compare each with each, that is every way that no other equals.
    """
    left = [*dict.fromkeys(ways)]
    known = {*others}
    left = [one for one in left if one not in known]
    blocks: dict[Ports, list[str]] = {}
    for one in others if left else ():
        if one.peer.block and not one.peer.but:
            blocks.setdefault(one.ports, []).append(one.peer.block)
    together = {ports: Blocks(some) for ports, some in blocks.items()}
    left = [one for one in left if not _is_in(one, together)]
    if len(left) * len(others) > _MOST:
        return left
    return [one for one in left if not any(own.includes(one) for own in others)]


def _is_in(way: Way, together: dict[Ports, Blocks]) -> bool:
    found = together.get(way.ports)
    return bool(found and way.peer.block and found.hold(way.peer.block))
