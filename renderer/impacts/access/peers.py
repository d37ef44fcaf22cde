"""Whom rules of NetworkPolicies mean, and which of them mean more.

Peers are compared by what is written: a selector that asks for less selects more. Which addresses
the Pods have is not known, so that a block of addresses never includes a selector.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.facts import Expression, Labels, labels_selected
from renderer.checks.pods import mapping, mappings, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network, IPv6Network

PROTOCOLS = ("SCTP", "TCP", "UDP")
NAME_LABEL = "kubernetes.io/metadata.name"  # of every Namespace, made by the API server
_MOST_PORTS = 32  # of a range that are compared one by one
_MOST_PIECES = 64


class Peer(NamedTuple):
    """Some of those who may send or be sent to; without anything it is everybody.

    `namespaces` and `pods` are the labels that a Namespace and a Pod in it have; `block` is a range
    of addresses, without those of `but`.
    """

    namespaces: Labels | None = None
    pods: Labels | None = None
    block: str = ""
    but: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.block:
            return self.block + (f" without {', '.join(self.but)}" if self.but else "")
        if self.namespaces is None or self.pods is None:
            return "everywhere"
        where = _of_namespaces(self.namespaces)
        return f"Pods {_words(self.pods)} {where}" if not self.pods.selects_all else f"Pods {where}"

    def includes(self, other: Peer) -> bool:
        if self == Peer():
            return True
        if self.block or other.block:
            return bool(self.block and other.block) and _includes_block(self, other)
        return (
            self.namespaces is not None
            and self.pods is not None
            and other.namespaces is not None
            and other.pods is not None
            and _asks_less(self.namespaces, other.namespaces)
            and _asks_less(self.pods, other.pods)
        )


class Ports(NamedTuple):
    """Ports of a protocol: all of them, one that is named, or those from `first` to `last`."""

    protocol: str
    name: str = ""
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        if self.name:
            return f"{self.protocol} {self.name}"
        if not self.first:
            return self.protocol
        end = f"-{self.last}" if self.last != self.first else ""
        return f"{self.protocol} {self.first}{end}"

    def includes(self, other: Ports) -> bool:
        if self.protocol != other.protocol:
            return False
        if not self.name and not self.first:
            return True
        if self.name or other.name or not other.first:
            return self == other
        return self.first <= other.first and other.last <= self.last


class Way(NamedTuple):
    """One peer at some ports."""

    peer: Peer
    ports: Ports

    def includes(self, other: Way) -> bool:
        return self.peer.includes(other.peer) and self.ports.includes(other.ports)


EVERY_WAY = tuple(Way(Peer(), Ports(protocol)) for protocol in PROTOCOLS)


def ways_of(rule: Any, side: str, namespace: str) -> Iterator[Way]:
    """What a rule lets through, in pieces that are as small as may be; `side` is from or to."""
    found = mapping(rule)
    peers = [_peer(peer, namespace) for _, peer in mappings(found.get(side))] or [Peer()]
    ports = [one for _, port in mappings(found.get("ports")) for one in _ports(port)]
    ports = ports or [Ports(protocol) for protocol in PROTOCOLS]
    for peer, port in product(peers, ports):
        for piece in _pieces(peer):
            yield Way(piece, port)


def pairs_in(rule: Any, side: str) -> int:
    """How many ways `ways_of` gives for a rule."""
    found = mapping(rule)
    peers = sum(len(_pieces(_peer(peer, ""))) for _, peer in mappings(found.get(side)))
    ports = sum(len(_ports(port)) for _, port in mappings(found.get("ports")))
    return (peers or 1) * (ports or len(PROTOCOLS))


def _peer(peer: Any, namespace: str) -> Peer:
    block = mapping(peer.get("ipBlock"))
    if block:
        but = block.get("except")
        return Peer(
            block=text(block.get("cidr")),
            but=tuple(sorted(map(str, but))) if isinstance(but, list) else (),
        )
    near = Labels(frozenset([(NAME_LABEL, namespace)]))
    has_namespaces = isinstance(peer.get("namespaceSelector"), dict)
    return Peer(
        namespaces=labels_selected(peer["namespaceSelector"]) if has_namespaces else near,
        pods=labels_selected(peer.get("podSelector")),
    )


def _ports(port: Any) -> list[Ports]:
    protocol, first = text(port.get("protocol")) or "TCP", port.get("port")
    last = port.get("endPort", first)
    if isinstance(first, str):
        return [Ports(protocol, name=first)]
    if not isinstance(first, int) or not isinstance(last, int):
        return [Ports(protocol)]
    if last - first < _MOST_PORTS:
        return [Ports(protocol, first=one, last=one) for one in range(first, last + 1)]
    return [Ports(protocol, first=first, last=last)]


def _pieces(peer: Peer) -> list[Peer]:
    """A peer with one value for each label that has to be one of several."""
    if peer.namespaces is None or peer.pods is None:
        return [peer]
    namespaces, pods = _single(peer.namespaces), _single(peer.pods)
    if len(namespaces) * len(pods) > _MOST_PIECES:
        return [peer]
    return [Peer(namespaces=one, pods=other) for one, other in product(namespaces, pods)]


def _single(labels: Labels) -> list[Labels]:
    """Selectors that together select the same, with equality in the place of In."""
    kept = tuple(one for one in labels.expressions if one.operator != "In")
    choices = [
        [(one.key, value) for value in one.values]
        for one in labels.expressions
        if one.operator == "In"
    ]
    return [Labels(labels.pairs | frozenset(chosen), kept) for chosen in product(*choices)]


def _asks_less(less: Labels, more: Labels) -> bool:
    """Whether all that a selector asks for is asked for by another one too."""
    wanted = [Expression(key, "In", (value,)) for key, value in less.pairs]
    has = [*more.expressions, *(Expression(key, "In", (value,)) for key, value in more.pairs)]
    return all(any(_implies(one, wish) for one in has) for wish in [*wanted, *less.expressions])


def _implies(has: Expression, wish: Expression) -> bool:
    """Whether labels that meet one expression meet another one."""
    if has.key != wish.key:
        return False
    own, wanted = set(has.values), set(wish.values)
    match has.operator, wish.operator:
        case "In", "In":
            return own <= wanted
        case "In", "NotIn":
            return not own & wanted
        case "NotIn", "NotIn":
            return wanted <= own
        case "In" | "Exists", "Exists":
            return True
        case "DoesNotExist", "DoesNotExist" | "NotIn":
            return True
    return False


def _includes_block(own: Peer, other: Peer) -> bool:
    outer, inner = _network(own.block), _network(other.block)
    if outer is None or inner is None:
        return own == other
    if not _within(inner, outer):
        return False
    holes = [hole for hole in map(_network, own.but) if hole and hole.overlaps(inner)]
    others = [hole for hole in map(_network, other.but) if hole]
    return all(any(_within(hole, one) for one in others) for hole in holes)


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return (
        inner.version == outer.version
        and outer.network_address <= inner.network_address  # type: ignore[operator]
        and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]
    )


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _of_namespaces(labels: Labels) -> str:
    if labels.selects_all:
        return "in all namespaces"
    names = [value for key, value in labels.pairs if key == NAME_LABEL]
    if names and len(labels.pairs) == 1 and not labels.expressions:
        return f"in {names[0]}"
    return f"in namespaces {_words(labels)}"


def _words(labels: Labels) -> str:
    """A selector as kubectl writes it."""
    parts = [f"{key}={value}" for key, value in sorted(labels.pairs)]
    for one in labels.expressions:
        values = f" ({', '.join(one.values)})" if one.values else ""
        match one.operator:
            case "Exists":
                parts.append(one.key)
            case "DoesNotExist":
                parts.append(f"!{one.key}")
            case _:
                parts.append(f"{one.key} {one.operator.lower()}{values}")
    return ",".join(parts)
