"""Whom a Gateway or a ReferenceGrant lets in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.grants import ANY, Grant, beyond

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    _Data = Mapping[str, Any]

GROUP = "gateway.networking.k8s.io"
ENCRYPTED = frozenset(["HTTPS", "TLS"])
_MOST = 10_000  # of pairs in a ReferenceGrant, of which people write a few
_SAME = frozenset(["the namespace of the Gateway"])


def references(old: _Data, new: _Data) -> list[str]:
    """What may refer to what, by a ReferenceGrant."""
    (who, what), (known_who, known_what) = _sides(new), _sides(old)
    if not beyond(known_who, who) and not beyond(known_what, what):
        return []  # also where there are too many for each with each
    if len(who) * len(what) > _MOST or len(known_who) * len(known_what) > _MOST:
        return [*beyond(known_who, who), *(f"all of them to {one.says}" for one in what[:1])]
    return beyond(_each(known_who, known_what), _each(who, what))


def _sides(grant: _Data) -> tuple[list[Grant], list[Grant]]:
    """Who may refer, and to what: https://gateway-api.sigs.k8s.io/api-types/referencegrant/"""
    spec = mapping(grant.get("spec"))
    who = [
        Grant(
            f"each {_kind(one, GROUP)} of {text(one.get('namespace'))}",
            _fields(one, "group", "kind", "namespace"),
        )
        for _, one in mappings(spec.get("from"))
    ]
    what = []
    for _, one in mappings(spec.get("to")):
        name, kind = text(one.get("name")), _kind(one, "")
        says = f"{kind} {name}" if name else f"every {kind}"
        what.append(Grant(says, _fields(one, "group", "kind"), (name or ANY,)))
    return who, what


def _each(who: Iterable[Grant], what: Sequence[Grant]) -> Iterator[Grant]:
    for one in who:
        for other in what:
            yield Grant(f"{one.says} to {other.says}", (*one.who, *other.who), other.what)


def _fields(holder: _Data, *names: str) -> tuple[str, ...]:
    return tuple(text(holder.get(name)) for name in names)


def _kind(what: _Data, usual: str) -> str:
    """A kind, with its group where it is not the usual one."""
    group, kind = _fields(what, "group", "kind")
    return kind if group == usual else f"{kind}.{group}"


def listeners(old: _Data, new: _Data) -> list[str]:
    """Whose routes a Gateway that was there takes, and whose clients, that it did not."""
    if not old:
        return []
    before = _namespaces(old)
    wider = []
    for name, own in _namespaces(new).items():
        known = [before[name]] if name in before else before.values()
        if own != _SAME and not any(was <= own for was in known):
            whose = "other" if own else "all"
            wider.append(f"routes of {whose} namespaces (the listener {name})")
    unknown = lost(_asking(old), _asking(new), of_new=True)
    return wider + [f"clients without a certificate ({one})" for one in unknown]


def lost(
    before: Mapping[str, bool], after: Mapping[str, bool], *, of_new: bool = False
) -> list[str]:
    """What is not so any more, by name; what has another name takes the place of any, if `of_new`
    and all was so."""
    was = of_new and bool(before) and all(before.values())
    return sorted(what for what, is_so in after.items() if not is_so and before.get(what, was))


def _namespaces(gateway: _Data) -> dict[str, frozenset[str]]:
    """What the namespaces of routes have to be, by listener: nothing where all are taken.

    https://gateway-api.sigs.k8s.io/reference/spec/#routenamespaces: Same is the default.
    """
    found = {}
    for one in _listeners(gateway):
        taken = mapping(mapping(one.get("allowedRoutes")).get("namespaces"))
        selector = taken.get("selector")
        own = _SAME
        if taken.get("from") == "All":
            own = frozenset()
        elif taken.get("from") == "Selector" and isinstance(selector, dict):
            wanted: list[Any] = [*mapping(selector.get("matchLabels")).items()]
            wanted += [each for _, each in mappings(selector.get("matchExpressions"))]
            own = frozenset(json.dumps(each, sort_keys=True) for each in wanted)
        found[text(one.get("name"))] = own
    return found


def _asking(gateway: _Data) -> dict[str, bool]:
    """Whether clients need a certificate, by listener with TLS.

    https://gateway-api.sigs.k8s.io/geps/gep-91/; before version 1.4 a listener said so itself.
    """
    frontend = mapping(mapping(mapping(gateway.get("spec")).get("tls")).get("frontend"))
    ports = {
        str(one.get("port")): mapping(one.get("tls"))
        for _, one in mappings(frontend.get("perPort"))
    }
    found = {}
    for one in _listeners(gateway):
        if text(one.get("protocol")) in ENCRYPTED:
            shared = ports.get(str(one.get("port")), mapping(frontend.get("default")))
            own = mapping(one.get("tls")).get("frontendValidation")
            validation = mapping(own or shared.get("validation"))
            is_asking = validation.get("mode") != "AllowInsecureFallback"
            found[f"the listener {text(one.get('name'))}"] = bool(validation) and is_asking
    return found


def _listeners(gateway: _Data) -> Iterator[_Data]:
    for _, one in mappings(mapping(gateway.get("spec")).get("listeners")):
        yield one
