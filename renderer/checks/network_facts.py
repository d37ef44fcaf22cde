"""The facts of what leads to Pods: Services, policies, routes and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.facts import (
    Collector,
    Labels,
    NamedPort,
    PortUse,
    Selection,
    labels_selected,
    pairs_of,
)
from renderer.checks.pods import mapping, mappings, text
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.patching.pointing import Path

_Data = dict[str, Any]


# OpenShift makes the certificate of a Service, in a Secret that an annotation names.
_SERVING_CERTIFICATES = tuple(
    f"service.{stage}.openshift.io/serving-cert-secret-name" for stage in ("beta", "alpha")
)


def collect_service(into: Collector, data: _Data, spec: _Data) -> None:
    """The Pods that a Service sends to, by their labels and named ports."""
    for name in _SERVING_CERTIFICATES:
        into.provide_secret(annotations_of(data).get(name))
    ports = [port for _, port in mappings(spec.get("ports"))]
    into.ports = frozenset(
        value
        for port in ports
        for value in (port.get("port"), port.get("name"))
        if isinstance(value, (int, str))
    )
    if spec.get("type") == "ExternalName" or not mapping(spec.get("selector")):
        return
    named = tuple(
        NamedPort(port["targetPort"], ("spec", "ports", index, "targetPort"))
        for index, port in mappings(spec.get("ports"))
        if isinstance(port.get("targetPort"), str)
    )
    selected = Labels(pairs_of(spec["selector"]))
    selection = Selection(
        namespace=into.ref.namespace, labels=selected, path=("spec", "selector"), ports=named
    )
    into.selections.append(selection)


def collect_disruption_budget(into: Collector, _: _Data, spec: _Data) -> None:
    """The Pods that a budget speaks of."""
    if isinstance(spec.get("selector"), dict):
        _select(into, spec["selector"], ("spec", "selector"))


def collect_network_policy(into: Collector, _: _Data, spec: _Data) -> None:
    """The Pods that a policy is for, and those that alone may send or be sent to."""
    path: Path = ("spec", "podSelector")
    rules = [*mappings(spec.get("ingress"))]
    ports = tuple(
        NamedPort(port["port"], ("spec", "ingress", index, "ports", port_index, "port"))
        for index, rule in rules
        for port_index, port in mappings(rule.get("ports"))
        if isinstance(port.get("port"), str)
    )
    _select(into, spec.get("podSelector"), path, ports)
    peers = [(("spec", "ingress", index, "from"), rule.get("from")) for index, rule in rules]
    peers += [
        (("spec", "egress", index, "to"), rule.get("to"))
        for index, rule in mappings(spec.get("egress"))
    ]
    for at, items in peers:
        # Several peers are alternatives, of which a cluster may have but one.
        if isinstance(items, list) and len(items) == 1:
            peer = mapping(items[0])
            if "podSelector" in peer and "namespaceSelector" not in peer:
                _select(into, peer["podSelector"], (*at, 0, "podSelector"))


def _select(into: Collector, selector: Any, path: Path, ports: tuple[NamedPort, ...] = ()) -> None:
    selected = labels_selected(selector)
    if not selected.selects_all or ports:
        into.selections.append(
            Selection(namespace=into.ref.namespace, labels=selected, path=path, ports=ports)
        )


def collect_ingress(into: Collector, data: _Data, spec: _Data) -> None:
    """Backends, certificates and the class of an Ingress."""
    for path, backend in _backends(spec):
        service = mapping(backend.get("service"))
        port, at = mapping(service.get("port")), (*path, "service")
        field = "number" if "number" in port else "name"
        _backend(into, into.ref.namespace, service, port.get(field), at, (*at, "port", field))
    # cert-manager makes the Secret of an Ingress that names an issuer.
    about = annotations_of(data)
    is_issued = "cert-manager.io/issuer" in about or "cert-manager.io/cluster-issuer" in about
    for index, tls in mappings(spec.get("tls")):
        name = tls.get("secretName")
        if is_issued:
            into.provide_secret(name)
        else:
            at = ("spec", "tls", index, "secretName")
            into.use("", "Secret", into.ref.namespace, name, at)
    at = ("spec", "ingressClassName")
    into.use("networking.k8s.io", "IngressClass", "", spec.get("ingressClassName"), at)


def _backends(spec: _Data) -> Iterator[tuple[Path, _Data]]:
    yield ("spec", "defaultBackend"), mapping(spec.get("defaultBackend"))
    for rule_index, rule in mappings(spec.get("rules")):
        for index, path in mappings(mapping(rule.get("http")).get("paths")):
            at = ("spec", "rules", rule_index, "http", "paths", index, "backend")
            yield at, mapping(path.get("backend"))


def _backend(
    into: Collector, namespace: str, service: _Data, port: Any, at: Path, port_at: Path
) -> None:
    target = into.use("", "Service", namespace, service.get("name"), (*at, "name"))
    if target and isinstance(port, (int, str)):
        into.port_uses.append(PortUse(target, port, port_at))


def collect_ingress_route(into: Collector, _: _Data, spec: _Data) -> None:
    """Services, middlewares and certificates of a Traefik route.

    https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/
    """
    for route_index, route in mappings(spec.get("routes")):
        at: Path = ("spec", "routes", route_index)
        for index, service in mappings(route.get("services")):
            if service.get("kind", "Service") == "Service":
                path = (*at, "services", index)
                home = text(service.get("namespace")) or into.ref.namespace
                _backend(into, home, service, service.get("port"), path, (*path, "port"))
        for index, middleware in mappings(route.get("middlewares")):
            home = text(middleware.get("namespace")) or into.ref.namespace
            path = (*at, "middlewares", index, "name")
            into.use(into.ref.group, "Middleware", home, middleware.get("name"), path)
    name = mapping(spec.get("tls")).get("secretName")
    into.use("", "Secret", into.ref.namespace, name, ("spec", "tls", "secretName"))


def collect_route(into: Collector, _: _Data, spec: _Data) -> None:
    """The Services that a route of the Gateway API leads to.

    https://gateway-api.sigs.k8s.io/reference/spec/#backendref
    """
    for rule_index, rule in mappings(spec.get("rules")):
        for index, backend in mappings(rule.get("backendRefs")):
            if backend.get("kind", "Service") == "Service" and not backend.get("group"):
                at: Path = ("spec", "rules", rule_index, "backendRefs", index)
                home = text(backend.get("namespace")) or into.ref.namespace
                _backend(into, home, backend, backend.get("port"), at, (*at, "port"))


def collect_webhooks(into: Collector, data: _Data, _: _Data) -> None:
    """The Services that an admission webhook calls."""
    for index, webhook in mappings(data.get("webhooks")):
        _client(into, webhook.get("clientConfig"), ("webhooks", index, "clientConfig"))


def collect_definition(into: Collector, _: _Data, spec: _Data) -> None:
    """The Service that converts versions of a custom resource."""
    webhook = mapping(mapping(spec.get("conversion")).get("webhook"))
    _client(into, webhook.get("clientConfig"), ("spec", "conversion", "webhook", "clientConfig"))


def collect_api_service(into: Collector, _: _Data, spec: _Data) -> None:
    """The Service that serves an aggregated API."""
    _client(into, spec, ("spec",))


def _client(into: Collector, config: Any, at: Path) -> None:
    service = mapping(mapping(config).get("service"))
    namespace, port = text(service.get("namespace")), service.get("port", 443)
    path = (*at, "service")
    _backend(into, namespace, service, port, path, (*path, "port"))
