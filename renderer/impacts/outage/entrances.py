"""Ways into a cluster that lead nowhere any more: classes, Gateways and listeners that go.

https://gateway-api.sigs.k8s.io/reference/spec/#listener
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.fields import spec_of
from renderer.impacts.outage.foretold import foretold
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Consequence, Sides
    from renderer.kubernetes.manifests import Manifest

_GATEWAYS = "gateway.networking.k8s.io"
_GATEWAY = (_GATEWAYS, "Gateway")
_ROUTES = ("GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute")
# Who names a class, and the field in which he does.
_OF_CLASSES = {
    ("networking.k8s.io", "IngressClass"): (("networking.k8s.io", "Ingress"), "ingressClassName"),
    (_GATEWAYS, "GatewayClass"): (_GATEWAY, "gatewayClassName"),
}
_KEEP = "keep it, or let what refers to it name another"
_ATTACH = "let the route and a listener of its Gateway agree on name, port, kind and host"
_TOO_MANY = "a route may be at no listener any more: there are too many to compare"
_SPLIT = "change fewer of them at once"
_MOST = 1_000_000  # hosts that are compared: about a second
_WEIGH = "let one of its backends have a weight"


class _Attached(NamedTuple):
    """The listeners at which a route is; `is_known` tells that its Gateways are in the trees."""

    listeners: frozenset[str]
    is_known: bool


def closed_entrances(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What led into the cluster before the changes, and does not after them."""
    for one in changes:
        if one.old is not None and one.new is None:
            yield from _of_class(one, one.old, sides)
    changed = {side.ref: one.change.ref for one in changes for side in (one.old, one.new) if side}
    if not any(ref.group == _GATEWAYS for ref in changed):
        return
    routes = [
        (was, route)
        for kind in _ROUTES
        for route in sides.new.of_kind(_GATEWAYS, kind)
        if (was := sides.old.by_ref.get(route.ref))
        and not {route.ref, *_parents(was), *_parents(route)}.isdisjoint(changed)
    ]
    if sum(_effort(*one, sides) for one in routes) > _MOST:
        for one in changes:
            if one.change.ref.group == _GATEWAYS:
                yield foretold(one.change.ref, _TOO_MANY, _SPLIT)
        return
    for was, route in routes:
        yield from _of_route(was, route, changed, sides)


def _effort(old: Manifest, new: Manifest, sides: Sides) -> int:
    """How many hosts are compared to know the listeners of a route."""
    return sum(
        (len(texts(spec_of(route).get("hostnames"))) or 1) * len(_listeners(gateway))
        for route, objects in ((old, sides.old), (new, sides.new))
        for ref in _parents(route)
        if (gateway := objects.by_ref.get(ref))
    )


def _of_class(one: Changed, old: Manifest, sides: Sides) -> Iterator[Consequence]:
    kind = old.ref.group, old.ref.kind
    if kind in _OF_CLASSES:
        users, field = _OF_CLASSES[kind]
        for user in sides.new.of_kind(*users):
            if spec_of(user).get(field) == old.ref.name:
                reason = f"{user.label} still names it, and nobody serves that any more"
                yield foretold(one.change.ref, reason, _KEEP)


def _of_route(
    old: Manifest, new: Manifest, changed: dict[ObjectRef, ObjectRef], sides: Sides
) -> Iterator[Consequence]:
    before, after = _attached(old, sides.old), _attached(new, sides.new, sides.old)
    causes = [changed[ref] for ref in (*_parents(old), *_parents(new)) if ref in changed]
    cause = changed.get(new.ref) or next(iter(causes), None)
    if cause and before.listeners and after.is_known and not after.listeners:
        reason = f"{new.label} is at no listener any more"
        yield foretold(cause, reason, _ATTACH)
    if new.ref in changed and not _empty_rules(old) >= _empty_rules(new):
        reason = "a rule sends its requests to nobody: its backends have no weight"
        yield foretold(changed[new.ref], reason, _WEIGH)


def _attached(
    route: Manifest, objects: ClusterObjects, before: ClusterObjects | None = None
) -> _Attached:
    """Where a route is; a Gateway that was there before, and is not now, is known to be gone."""
    found, is_known = set[str](), True
    for ref, parent in zip(_parents(route), _parent_refs(route), strict=True):
        gateway = objects.by_ref.get(ref)
        if gateway is None:
            is_known = is_known and bool(before) and ref in (before.by_ref if before else ())
            continue
        for listener in _listeners(gateway):
            if _takes(listener, gateway, parent, route):
                found.add(f"{ref}/{text(listener.get('name'))}")
    return _Attached(frozenset(found), is_known)


def _listeners(gateway: Manifest) -> list[dict[str, Any]]:
    return [one for _, one in mappings(spec_of(gateway).get("listeners"))]


def _parent_refs(route: Manifest) -> list[dict[str, Any]]:
    return [
        one
        for _, one in mappings(spec_of(route).get("parentRefs"))
        if one.get("kind", _GATEWAY[1]) == _GATEWAY[1] and one.get("group", _GATEWAYS) == _GATEWAYS
    ]


def _parents(route: Manifest) -> list[ObjectRef]:
    home = route.ref.namespace
    return [
        ObjectRef(*_GATEWAY, text(one.get("namespace")) or home, text(one.get("name")))
        for one in _parent_refs(route)
    ]


def _takes(
    listener: dict[str, Any], gateway: Manifest, parent: dict[str, Any], route: Manifest
) -> bool:
    """Whether a route is at a listener, as far as both say so."""
    allowed = mapping(listener.get("allowedRoutes"))
    kinds = [text(one.get("kind")) for _, one in mappings(allowed.get("kinds"))]
    source = text(mapping(allowed.get("namespaces")).get("from")) or "Same"
    hosts = texts(spec_of(route).get("hostnames"))
    return (
        parent.get("sectionName") in (None, listener.get("name"))
        and parent.get("port") in (None, listener.get("port"))
        and (not kinds or route.ref.kind in kinds)
        and (source != "Same" or gateway.ref.namespace == route.ref.namespace)
        and source != "None"
        and (not hosts or any(_meet(text(listener.get("hostname")), host) for host in hosts))
    )


def _meet(one: str, other: str) -> bool:
    """Whether two names of hosts, of which each may begin with a wildcard, have one in common."""
    if not one or not other or one == other:
        return True
    names = sorted((one, other), key=lambda name: not name.startswith("*."))
    ending = names[0].removeprefix("*")
    return names[0].startswith("*.") and names[1].removeprefix("*").endswith(ending)


def _empty_rules(route: Manifest) -> set[int]:
    """The places of the rules whose backends all have the weight 0."""
    return {
        index
        for index, rule in mappings(spec_of(route).get("rules"))
        if (backends := mappings(rule.get("backendRefs")))
        and all(one.get("weight") == 0 for _, one in backends)
    }
