"""What was only reached by TLS, and is reached without from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.access import gateways, tls_annotations
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_HINT = "keep TLS there; or say in the review where it is ended now"
_TO_PODS = frozenset(["passthrough", "reencrypt"])


def unencrypted(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Hosts and listeners that are there before and after, and had TLS."""
    for one in changes:
        if one.old is None or one.new is None:
            continue
        spoken = _KINDS.get((one.new.ref.group, one.new.ref.kind))
        if spoken is None:
            continue
        bare = spoken(one.old, one.new)
        if bare:
            reason = f"without TLS from now on: {listed(bare)}"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, is_predicted=True
            )


def _ingress(old: Manifest, new: Manifest) -> list[str]:
    """Annotations are only compared where the same controller reads them."""
    bare = gateways.lost(_hosts(old), _hosts(new))
    if _class(old) != _class(new):
        return bare
    said = gateways.lost(tls_annotations.of_ingress(old), tls_annotations.of_ingress(new))
    return bare + [one for one in said if not bare or one != tls_annotations.BY_HTTP]


def _class(ingress: Manifest) -> Any:
    about = annotations_of(ingress.data).get("kubernetes.io/ingress.class")
    return mapping(ingress.data.get("spec")).get("ingressClassName", about)


def _hosts(ingress: Manifest) -> Mapping[str, bool]:
    """https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"""
    spec = mapping(ingress.data.get("spec"))
    secured = [texts(one.get("hosts")) for _, one in mappings(spec.get("tls"))]
    hosts = [text(rule.get("host")) for _, rule in mappings(spec.get("rules"))]
    return {
        host or "every host": any(not some or _is_among(host, some) for some in secured)
        for host in hosts
    }


def _is_among(host: str, hosts: Sequence[str]) -> bool:
    """Whether a certificate for some hosts is one for it: a `*` is for one label."""
    _, _, domain = host.partition(".")
    return host in hosts or (bool(domain) and f"*.{domain}" in hosts)


def _service(old: Manifest, new: Manifest) -> list[str]:
    return gateways.lost(tls_annotations.of_service(old), tls_annotations.of_service(new))


def _traefik(old: Manifest, new: Manifest) -> list[str]:
    before, after = (mapping(one.data.get("spec")).get("tls") is not None for one in (old, new))
    return ["all of it"] if before and not after else []


def _route(old: Manifest, new: Manifest) -> list[str]:
    """https://docs.openshift.com/container-platform/latest/networking/routes/secured-routes.html:
    where nothing is said, nothing is taken by HTTP."""
    before, after = (mapping(mapping(one.data.get("spec")).get("tls")) for one in (old, new))
    if not before or not after:
        return ["all of it"] if before else []
    bare = []
    policy = "insecureEdgeTerminationPolicy"
    if after.get(policy) == "Allow" != before.get(policy):
        bare.append(f"what comes by HTTP ({policy})")
    if text(before.get("termination")) in _TO_PODS and after.get("termination") == "edge":
        bare.append("the way to its Pods (termination)")
    return bare


def _gateway(old: Manifest, new: Manifest) -> list[str]:
    """https://gateway-api.sigs.k8s.io/reference/spec/#listener

    One without TLS beside those that stay is often there to send people to them.
    """
    before, after = _listeners(old), _listeners(new)
    has_fewer = sum(after.values()) < sum(before.values())
    return gateways.lost(before, after, of_new=has_fewer)


def _listeners(gateway: Manifest) -> Mapping[str, bool]:
    listeners = mappings(mapping(gateway.data.get("spec")).get("listeners"))
    return {
        f"the listener {text(one.get('name'))}": text(one.get("protocol")) in gateways.ENCRYPTED
        for _, one in listeners
    }


_KINDS: Mapping[Kind, Callable[[Manifest, Manifest], list[str]]] = {
    ("", "Service"): _service,
    (gateways.GROUP, "Gateway"): _gateway,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("route.openshift.io", "Route"): _route,
    ("traefik.containo.us", "IngressRoute"): _traefik,
    ("traefik.io", "IngressRoute"): _traefik,
}
