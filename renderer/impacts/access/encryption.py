"""What was only reached by TLS, and is reached without from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_HINT = "keep TLS there; or say in the review where it is ended now"
_ENCRYPTED = frozenset(["HTTPS", "TLS"])

# Whether TLS is spoken, by what is reached.
_Spoken = dict[str, bool]


def unencrypted(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Hosts and listeners that are there before and after, and had TLS."""
    for one in changes:
        if one.old is None or one.new is None:
            continue
        spoken = _KINDS.get((one.new.ref.group, one.new.ref.kind))
        if spoken is None:
            continue
        before, after = spoken(one.old), spoken(one.new)
        bare = [what for what, is_tls in after.items() if not is_tls and before.get(what)]
        if bare:
            reason = f"without TLS from now on: {listed(sorted(bare))}"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, is_predicted=True
            )


def _ingress(manifest: Manifest) -> _Spoken:
    """https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"""
    spec = mapping(manifest.data.get("spec"))
    secured = [texts(one.get("hosts")) for _, one in mappings(spec.get("tls"))]
    hosts = [text(rule.get("host")) for _, rule in mappings(spec.get("rules"))]
    return {
        host or "every host": any(not some or host in some for some in secured) for host in hosts
    }


def _route(manifest: Manifest) -> _Spoken:
    return {"all of it": "tls" in mapping(manifest.data.get("spec"))}


def _gateway(manifest: Manifest) -> _Spoken:
    """https://gateway-api.sigs.k8s.io/reference/spec/#listener"""
    listeners = mappings(mapping(manifest.data.get("spec")).get("listeners"))
    return {
        f"the listener {text(one.get('name'))}": one.get("protocol") in _ENCRYPTED
        for _, one in listeners
    }


_KINDS: Mapping[Kind, Callable[[Manifest], _Spoken]] = {
    ("gateway.networking.k8s.io", "Gateway"): _gateway,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("route.openshift.io", "Route"): _route,
    ("traefik.containo.us", "IngressRoute"): _route,
    ("traefik.io", "IngressRoute"): _route,
}
