"""What can be reached from outside of the cluster that could not be before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.access.doors import DOORS, Door
from renderer.impacts.access.guards import SOURCE_RANGES, addresses, guards, is_inside, ranges_of
from renderer.impacts.access.peers import Peer
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest

_SERVICE = ("", "Service")
_HINT = "say in the review who may reach it, and what asks them who they are"
_ANYWHERE = ("0.0.0.0/0", "::/0")


_NARROWER = ("a load balancer", "an internal load balancer")


class _Entry(NamedTuple):
    """A way to a port of a Service from outside: through what, and from which addresses."""

    through: str
    port: str
    source: Peer

    def includes(self, other: _Entry) -> bool:
        is_door = self.through == other.through or (self.through, other.through) == _NARROWER
        return is_door and self.port == other.port and self.source.includes(other.source)


def services(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Services that can be reached from outside the cluster, or from more addresses."""
    for one in changes:
        if one.new is None or (one.new.ref.group, one.new.ref.kind) != _SERVICE:
            continue
        before = [*_entries(one.old)] if one.old else []
        more = [
            entry for entry in _entries(one.new) if not any(own.includes(entry) for own in before)
        ]
        for through in dict.fromkeys(entry.through for entry in more):
            some = [entry for entry in more if entry.through == through]
            ports = listed([*dict.fromkeys(entry.port for entry in some)])
            sources = [*dict.fromkeys(entry.source.block for entry in some)]
            anybody = sources[0] in _ANYWHERE
            who = "" if anybody else f" from {listed(sources)}"
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"it can be reached through {through}{who} ({ports})",
                hint=_HINT,
                is_predicted=True,
            )
        yield from guards(one.change.ref, one.old, one.new)
        if one.old and _is_balanced(one.old, one.new) and not is_inside(one.old):
            yield from addresses(one.change.ref, one.old, one.new)


def _is_balanced(*both: Manifest) -> bool:
    return all(mapping(one.data.get("spec")).get("type") == "LoadBalancer" for one in both)


def _entries(service: Manifest) -> Iterator[_Entry]:
    spec = mapping(service.data.get("spec"))
    kind = text(spec.get("type")) or "ClusterIP"
    anybody = [Peer(block=one) for one in _ANYWHERE]
    ways: list[tuple[str, list[Peer]]] = [
        (f"the address {address}", anybody) for address in texts(spec.get("externalIPs"))
    ]
    if kind == "LoadBalancer":
        written = texts(spec.get("loadBalancerSourceRanges"))
        about = annotations_of(service.data).get(SOURCE_RANGES)
        ranges = [Peer(block=one.strip()) for one in written or ranges_of(text(about))]
        name = "an internal load balancer" if is_inside(service) else "a load balancer"
        ways.append((name, ranges or anybody))
    if kind == "NodePort" or (
        kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    ):
        ways.append(("a port of every node", anybody))
    for through, sources in ways:
        for _, port in mappings(spec.get("ports")):
            number = f"{text(port.get('protocol')) or 'TCP'} {port.get('port')}"
            for source in sources:
                yield _Entry(through, number, source)


def routes(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Hosts and paths that lead to Services, and did not; moving one elsewhere is silent."""
    for one in changes:
        kind = (one.new.ref.group, one.new.ref.kind) if one.new else ("", "")
        if one.new is None or kind not in DOORS:
            continue
        own = [*DOORS[kind](one.old)] if one.old else []
        added = [door for door in DOORS[kind](one.new) if not _is_among(door, own)]
        if added:
            before = [*_all_doors(sides.old)]
            added = [door for door in added if not _is_among(door, before)]
        for where, targets in _by_place(added).items():
            reason = f"{where} leads to {listed(targets)}"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, is_predicted=True
            )
        yield from guards(one.change.ref, one.old, one.new)
        if one.old:
            yield from addresses(one.change.ref, one.old, one.new)


def _all_doors(objects: ClusterObjects) -> Iterator[Door]:
    for kind, doors in DOORS.items():
        for manifest in objects.of_kind(*kind):
            yield from doors(manifest)


def _is_among(door: Door, known: Iterable[Door]) -> bool:
    return any(one.includes(door) for one in known)


def _by_place(doors: Iterable[Door]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for door in doors:
        targets = found.setdefault(door.place, [])
        if door.target not in targets:
            targets.append(door.target)
    return found
