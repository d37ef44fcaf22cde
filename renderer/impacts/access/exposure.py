"""What can be reached from outside of the cluster that could not be before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.access.blocks import Blocks
from renderer.impacts.access.doors import DOORS, Door
from renderer.impacts.access.guards import SOURCE_RANGES, addresses, guards, is_inside, ranges_of
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


_MOST = 500_000  # comparisons of doors: a second or two
_NARROWER = ("a load balancer", "an internal load balancer")


class _Way(NamedTuple):
    """A way to ports of a Service from outside: through what, and from which addresses."""

    through: str
    ports: tuple[str, ...]
    sources: tuple[str, ...]

    def may_cover(self, other: _Way) -> bool:
        return self.through == other.through or (self.through, other.through) == _NARROWER


def services(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Services that can be reached from outside the cluster, or from more addresses."""
    for one in changes:
        if one.new is None or (one.new.ref.group, one.new.ref.kind) != _SERVICE:
            continue
        before = [*_ways(one.old)] if one.old else []
        for way in _ways(one.new):
            more = _more(way, [own for own in before if own.may_cover(way)])
            if more.ports:
                anybody = more.sources[0] in _ANYWHERE
                who = "" if anybody else f" from {listed(more.sources)}"
                yield Consequence(
                    Impact.OPENS_ACCESS,
                    one.change.ref,
                    f"it can be reached through {way.through}{who} ({listed(more.ports)})",
                    hint=_HINT,
                    is_predicted=True,
                )
        yield from guards(one.change.ref, one.old, one.new)
        if one.old and _is_balanced(one.old, one.new) and not is_inside(one.old):
            yield from addresses(one.change.ref, one.old, one.new)


def _more(way: _Way, before: Sequence[_Way]) -> _Way:
    """The ports and addresses of a way by which nobody came before."""
    known = [(frozenset(own.ports), own.sources) for own in before]
    opened: dict[tuple[str, ...], list[str]] = {}
    for port in dict.fromkeys(way.ports):
        sources = [one for ports, some in known if port in ports for one in some]
        opened.setdefault(tuple(sources), []).append(port)
    found = {tuple(Blocks(some).beyond(way.sources)): ports for some, ports in opened.items()}
    ports = [port for sources, some in found.items() if sources for port in some]
    sources = [source for some in found for source in some]
    return _Way(way.through, tuple(ports), tuple(dict.fromkeys(sources)))


def _is_balanced(*both: Manifest) -> bool:
    return all(mapping(one.data.get("spec")).get("type") == "LoadBalancer" for one in both)


def _ways(service: Manifest) -> Iterator[_Way]:
    spec = mapping(service.data.get("spec"))
    kind = text(spec.get("type")) or "ClusterIP"
    ports = tuple(
        f"{text(port.get('protocol')) or 'TCP'} {port.get('port')}"
        for _, port in mappings(spec.get("ports"))
    )
    for address in dict.fromkeys(texts(spec.get("externalIPs"))):
        yield _Way(f"the address {address}", ports, _ANYWHERE)
    if kind == "LoadBalancer":
        written = texts(spec.get("loadBalancerSourceRanges"))
        about = annotations_of(service.data).get(SOURCE_RANGES)
        ranges = tuple(one.strip() for one in written or ranges_of(text(about)))
        name = "an internal load balancer" if is_inside(service) else "a load balancer"
        yield _Way(name, ports, ranges or _ANYWHERE)
    if kind == "NodePort" or (
        kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    ):
        yield _Way("a port of every node", ports, _ANYWHERE)


def routes(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Hosts and paths that lead to Services, and did not; moving one elsewhere is silent."""
    known: _Known | None = None
    for one in changes:
        kind = (one.new.ref.group, one.new.ref.kind) if one.new else ("", "")
        if one.new is None or kind not in DOORS:
            continue
        own = DOORS[kind](one.old) if one.old else ()
        added = _Known(own).beyond(DOORS[kind](one.new))
        if added:
            known = known or _Known(_all_doors(sides.old))
            added = known.beyond(added)
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


class _Known:
    """Doors that were there. Where there are too many to compare each with each, only an equal one
    is known."""

    def __init__(self, doors: Iterable[Door]) -> None:
        self._equal = frozenset(doors)
        self._alike: dict[tuple[str, str], list[Door]] = {}
        for one in self._equal:
            self._alike.setdefault((one.through, one.target), []).append(one)
        self._left = _MOST

    def beyond(self, doors: Iterable[Door]) -> list[Door]:
        """Those that lead to what nobody was led to by these."""
        return [one for one in dict.fromkeys(doors) if one not in self._equal and self._lacks(one)]

    def _lacks(self, door: Door) -> bool:
        alike = self._alike.get((door.through, door.target), [])
        self._left -= len(alike)
        return self._left < 0 or not any(one.includes(door) for one in alike)


def _by_place(doors: Iterable[Door]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for door in doors:
        targets = found.setdefault(door.place, [])
        if door.target not in targets:
            targets.append(door.target)
    return found
