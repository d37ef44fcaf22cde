"""Blocks of addresses, of which there may be thousands: which are in others, taken together."""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

_Network = TypeVar("_Network", IPv4Network, IPv6Network)


class Blocks:
    """All addresses of some blocks; what is no block is only what is written the same."""

    def __init__(self, written: Iterable[str]) -> None:
        self._written = frozenset(written)
        found = [one for one in map(_network, self._written) if one]
        self._ranges = {
            IPv4Network: _apart(one for one in found if isinstance(one, IPv4Network)),
            IPv6Network: _apart(one for one in found if isinstance(one, IPv6Network)),
        }

    def hold(self, written: str) -> bool:
        """Whether all addresses of another block are among these."""
        if written in self._written:
            return True
        block = _network(written)
        if block is None:
            return False
        ranges = self._ranges[type(block)]
        at = bisect_right(ranges, int(block.network_address), key=lambda one: one[0]) - 1
        return at >= 0 and int(block.broadcast_address) <= ranges[at][1]

    def beyond(self, others: Iterable[str]) -> list[str]:
        """Those of other blocks, once each, that are not among these."""
        return [one for one in dict.fromkeys(others) if not self.hold(one)]


def _apart(blocks: Iterable[_Network]) -> list[tuple[int, int]]:
    """The first and last addresses of what blocks are together, in their order."""
    return [
        (int(one.network_address), int(one.broadcast_address)) for one in collapse_addresses(blocks)
    ]


def _network(written: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None
