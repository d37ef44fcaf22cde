"""Which hosts and paths lead to which Services, by the kinds that say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest

_Data = dict[str, Any]

# Of the matchers of a rule of Traefik those that tell where it is.
_SAID = re.compile(r"(?:Host|HostSNI|HostRegexp|Path|PathPrefix|PathRegexp)\([^)]*\)")


class Door(NamedTuple):
    """A host and a path that lead somewhere; an empty host is any.

    `through` is what listens: an ingress class or Gateways. `is_exact` tells that nothing below the
    path is meant; `more` is what else a request has to be, and `unsaid` what of that is only
    compared: headers may hold secrets.
    """

    through: str
    host: str
    path: str
    target: str
    is_exact: bool = False
    more: str = ""
    unsaid: str = ""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        through = f"through {self.through}" if self.through else ""
        return " ".join(filter(None, (f"{self.host or '*'}{self.path}", self.more, through)))

    def includes(self, other: Door) -> bool:
        """Whether what another one leads to could be reached through this one already."""
        if (self.through, self.target) != (other.through, other.target):
            return False
        if (self.more and self.more != other.more) or self.unsaid not in ("", other.unsaid):
            return False
        return self._includes_host(other) and self._includes_path(other)

    def _includes_host(self, other: Door) -> bool:
        if self.host.startswith("*."):  # stands for one label
            head, _, rest = other.host.partition(".")
            return other.host == self.host or (head != "*" and rest == self.host[2:])
        return self.host in ("", other.host)

    def _includes_path(self, other: Door) -> bool:
        if self.is_exact:
            return other.is_exact and self.path == other.path
        own = self.path.rstrip("/")
        return other.path.rstrip("/") == own or other.path.startswith(f"{own}/")


def _ingress(manifest: Manifest) -> Iterator[Door]:
    """https://kubernetes.io/docs/concepts/services-networking/ingress/"""
    spec = mapping(manifest.data.get("spec"))
    about = annotations_of(manifest.data)
    through = text(spec.get("ingressClassName")) or str(
        about.get("kubernetes.io/ingress.class", "")
    )
    default = mapping(spec.get("defaultBackend"))
    if default:
        yield Door(through, "", "/", _backend(manifest, default))
    for _, rule in mappings(spec.get("rules")):
        for _, path in mappings(mapping(rule.get("http")).get("paths")):
            for host in (text(rule.get("host")), *_aliases(about)):
                yield Door(
                    through=through,
                    host=host,
                    path=text(path.get("path")) or "/",
                    target=_backend(manifest, mapping(path.get("backend"))),
                    is_exact=path.get("pathType") == "Exact",
                )


def _aliases(about: Mapping[str, Any]) -> list[str]:
    """Other hosts that ingress-nginx serves as those of the rules.

    https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#server-alias
    """
    found = about.get("nginx.ingress.kubernetes.io/server-alias")
    return [one for one in re.split(r"[\s,]+", text(found)) if one]


def _backend(manifest: Manifest, backend: _Data) -> str:
    service, other = mapping(backend.get("service")), mapping(backend.get("resource"))
    if not service:
        return f"{text(other.get('kind'))} {manifest.ref.namespace}/{text(other.get('name'))}"
    port = mapping(service.get("port"))
    shown = port.get("number", port.get("name"))
    return _service(manifest.ref.namespace, service.get("name"), shown)


def _service(namespace: str, name: Any, port: Any) -> str:
    return f"Service {namespace}/{name}" + (f" port {port}" if port is not None else "")


def _route(manifest: Manifest) -> Iterator[Door]:
    """https://gateway-api.sigs.k8s.io/reference/spec/#httproute"""
    spec, home = mapping(manifest.data.get("spec")), manifest.ref.namespace
    named = spec.get("hostnames")
    hosts = [text(one) for one in named] if isinstance(named, list) and named else [""]
    parents = sorted(
        "/".join(map(str, (parent.get("namespace", home), parent.get("name"))))
        + (f" {parent['sectionName']}" if "sectionName" in parent else "")
        for _, parent in mappings(spec.get("parentRefs"))
    )
    for _, rule in mappings(spec.get("rules")):
        matches: list[_Data] = [match for _, match in mappings(rule.get("matches"))] or [{}]
        targets = [
            _service(text(one.get("namespace")) or home, one.get("name"), one.get("port"))
            for _, one in mappings(rule.get("backendRefs"))
        ]
        for match in matches:
            path = mapping(match.get("path"))
            for through in parents:
                for host in hosts:
                    for target in targets:
                        yield Door(
                            through=through,
                            host=host,
                            path=text(path.get("value")) or "/",
                            target=target,
                            is_exact=path.get("type") in ("Exact", "RegularExpression"),
                            more=_more(match),
                            unsaid=_unsaid(match),
                        )


def _unsaid(match: _Data) -> str:
    """All that a request has to be besides, as it is written."""
    return repr([match[key] for key in ("headers", "method", "queryParams") if key in match])[1:-1]


def _more(match: _Data) -> str:
    """What a request has to be besides, in words that hold no value."""
    headers = [text(one.get("name")) for _, one in mappings(match.get("headers"))]
    parts = [text(match.get("method")), *(f"with {name}" for name in sorted(headers))]
    return " ".join(filter(None, parts))


def _openshift(manifest: Manifest) -> Iterator[Door]:
    """https://docs.openshift.com/container-platform/latest/networking/routes/"""
    spec, home = mapping(manifest.data.get("spec")), manifest.ref.namespace
    port = mapping(spec.get("port")).get("targetPort")
    targets = [
        mapping(spec.get("to")),
        *(one for _, one in mappings(spec.get("alternateBackends"))),
    ]
    for target in targets:
        where = _service(home, target.get("name"), port)
        yield Door("", text(spec.get("host")), text(spec.get("path")) or "/", where)


def _traefik(manifest: Manifest) -> Iterator[Door]:
    """A rule is taken for what it says; middlewares, which may ask who somebody is, count.

    https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/
    """
    spec, home = mapping(manifest.data.get("spec")), manifest.ref.namespace
    points = spec.get("entryPoints")
    through = ",".join(sorted(map(str, points))) if isinstance(points, list) else ""
    for _, route in mappings(spec.get("routes")):
        behind = [text(one.get("name")) for _, one in mappings(route.get("middlewares"))]
        for _, service in mappings(route.get("services")):
            namespace = text(service.get("namespace")) or home
            yield Door(
                through=through,
                host=" ".join(_SAID.findall(text(route.get("match")))),
                path="",
                target=_service(namespace, service.get("name"), service.get("port")),
                is_exact=True,
                more=f"behind {', '.join(behind)}" if behind else "",
                unsaid=text(route.get("match")),
            )


DOORS: dict[tuple[str, str], Callable[[Manifest], Iterator[Door]]] = {
    ("gateway.networking.k8s.io", "GRPCRoute"): _route,
    ("gateway.networking.k8s.io", "HTTPRoute"): _route,
    ("gateway.networking.k8s.io", "TCPRoute"): _route,
    ("gateway.networking.k8s.io", "TLSRoute"): _route,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("route.openshift.io", "Route"): _openshift,
    ("traefik.io", "IngressRoute"): _traefik,
}
