"""What annotations of an Ingress or a Service say of TLS, whoever reads them.

A value that means TLS is told where it goes. Names are compared without the prefix of a controller,
and what holds where there is none is what the controllers say:
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
https://cloud.google.com/kubernetes-engine/docs/how-to/load-balance-ingress
https://kubernetes.io/docs/reference/labels-annotations-taints/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renderer.kubernetes.manifests import Manifest

BY_HTTP = "what comes by HTTP (ssl-redirect)"
_PREFIXES = re.compile(r"^(?:.*/)?(?:ingress\.|aws-load-balancer-)?")
# Of ports of Traefik only the name is known.
_SECURE = re.compile(r"https|secure|tls|443")
_ENCRYPTED = frozenset(["GRPCS", "HTTPS", "SSL", "TLS"])


def of_ingress(ingress: Manifest) -> dict[str, bool]:
    """Whether TLS is spoken, by what is reached."""
    about = _about(ingress)
    is_tls = bool(mapping(ingress.data.get("spec")).get("tls"))
    return {
        BY_HTTP: _redirects(about, is_tls=is_tls),
        "what comes by HTTP (allow-http)": about.get("allow-http") == "false",
        "what comes by HTTP (listen-ports)": _listens(about),
        "its routes (router.tls, router.entrypoints)": _routes(about),
        **_backends(about),
    }


def of_service(service: Manifest) -> dict[str, bool]:
    """The same, of the ports of a load balancer of AWS: without `ssl-ports` it is all of them."""
    spec, about = mapping(service.data.get("spec")), _about(service)
    if spec.get("type") != "LoadBalancer":
        return {}
    written = about.get("ssl-ports", "*")
    secured = {port.strip() for port in written.split(",")} if about.get("ssl-cert") else set()
    return {
        f"the port {port.get('port')}": not secured.isdisjoint(
            ("*", str(port.get("port")), text(port.get("name")) or "*")
        )
        for _, port in mappings(spec.get("ports"))
    } | _backends(about)


def _about(manifest: Manifest) -> dict[str, str]:
    about = annotations_of(manifest.data)
    return {_PREFIXES.sub("", name): text(value) for name, value in sorted(about.items())}


def _redirects(about: Mapping[str, str], *, is_tls: bool) -> bool:
    """Of what has TLS nginx redirects the rest by itself; of an ALB it is a port."""
    written = about.get("ssl-redirect", "")
    is_forced = about.get("force-ssl-redirect") == "true" or written.isdecimal()
    return is_forced or (is_tls and written != "false")


def _listens(about: Mapping[str, str]) -> bool:
    """Whether an ALB listens by HTTPS only, or redirects to it."""
    written = about.get("listen-ports", "")
    if not written:
        ports: Iterable[Any] = [{"HTTPS" if about.get("certificate-arn") else "HTTP": None}]
    else:
        try:
            ports = json.loads(written)
        except (ValueError, RecursionError):
            return False
    if not isinstance(ports, list) or not ports:
        return False
    is_secure = all(isinstance(one, dict) and {*one} == {"HTTPS"} for one in ports)
    return is_secure or about.get("ssl-redirect", "").isdecimal()


def _routes(about: Mapping[str, str]) -> bool:
    """Whether Traefik speaks TLS, or listens where it does."""
    entries = [one for one in about.get("router.entrypoints", "").split(",") if one.strip()]
    is_secure = bool(entries) and all(_SECURE.search(one.lower()) for one in entries)
    is_tls = about.get("router.tls") == "true" or any(
        name.startswith("router.tls.") for name in about
    )
    return is_secure or is_tls


def _backends(about: Mapping[str, str]) -> dict[str, bool]:
    protocol = about.get("backend-protocol", "").upper()
    return {"the way to its Pods (backend-protocol)": protocol in _ENCRYPTED}
