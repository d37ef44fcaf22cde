"""Who may send to whom by NetworkPolicies, and at which ports.

What a policy says is read as `render diff` reads it (renderer/impacts/access); there selectors are
compared with each other, here they meet Pods and addresses.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from renderer.checks.facts import pairs_of
from renderer.impacts.access.peers import NAME_LABEL, PROTOCOLS, Peer, Ports, Way
from renderer.impacts.access.policies import Policy, ways_to

LAST_PORT = 65535

Pairs = frozenset[tuple[str, str]]


class Range(NamedTuple):
    """The ports of a protocol from `first` to `last`, both included."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        if (self.first, self.last) == (1, LAST_PORT):
            return self.protocol
        end = f"-{self.last}" if self.last != self.first else ""
        return f"{self.protocol} {self.first}{end}"


Ranges = tuple[Range, ...]  # in order, and as few as there can be

EVERY_PORT: Ranges = tuple(Range(one, 1, LAST_PORT) for one in PROTOCOLS)


class Party(NamedTuple):
    """A Pod, or somebody outside of the cluster, who has an address only.

    `ports` are those that containers name: the name, the protocol and the number.
    """

    name: str
    address: str
    namespace: str = ""
    labels: Pairs = frozenset()
    namespace_labels: Pairs = frozenset()
    ports: tuple[tuple[str, str, int], ...] = ()

    @property
    def home(self) -> Pairs:
        """The labels of its Namespace, with the one that the API server sets."""
        return self.namespace_labels | pairs_of({NAME_LABEL: self.namespace})


def may_send(policies: Sequence[Policy], source: Party, destination: Party) -> Ranges:
    """The ports of the destination to which the source's policies let it send."""
    if not source.namespace:
        return EVERY_PORT
    ways = ways_to(policies, source.namespace, source.labels, "Egress")
    return _at(ways, destination, destination)


def may_receive(policies: Sequence[Policy], source: Party, destination: Party) -> Ranges:
    """The ports at which the destination's policies let it be sent to by the source."""
    if not destination.namespace:
        return EVERY_PORT
    ways = ways_to(policies, destination.namespace, destination.labels, "Ingress")
    return _at(ways, source, destination)


def _at(ways: Iterable[Way], other: Party, destination: Party) -> Ranges:
    return union(
        one for way in ways if _means(way.peer, other) for one in _ranges(way.ports, destination)
    )


def _means(peer: Peer, party: Party) -> bool:
    if peer.block:
        address = ip_address(party.address)
        return address in ip_network(peer.block) and not any(
            address in ip_network(one) for one in peer.but
        )
    if peer.namespaces is None or peer.pods is None:
        return True
    return (
        party.namespace != ""
        and peer.namespaces.match(party.home)
        and peer.pods.match(party.labels)
    )


def _ranges(ports: Ports, destination: Party) -> list[Range]:
    """A port that is named is whatever the destination's containers call so."""
    if ports.name:
        return [
            Range(protocol, number, number)
            for name, protocol, number in destination.ports
            if (name, protocol) == (ports.name, ports.protocol)
        ]
    return [Range(ports.protocol, ports.first or 1, ports.last or LAST_PORT)]


def union(ranges: Iterable[Range]) -> Ranges:
    found: list[Range] = []
    for one in sorted(ranges):
        last = found[-1] if found else None
        if last and last.protocol == one.protocol and one.first <= last.last + 1:
            found[-1] = last._replace(last=max(last.last, one.last))
        else:
            found.append(one)
    return tuple(found)


def common(ours: Ranges, theirs: Ranges) -> Ranges:
    return union(
        Range(one.protocol, max(one.first, other.first), min(one.last, other.last))
        for one in ours
        for other in theirs
        if one.protocol == other.protocol
        and max(one.first, other.first) <= min(one.last, other.last)
    )
