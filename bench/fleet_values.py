"""What clusters set: the parameters of the shop, and each cluster's values and patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fleet_objects import APPS, SETTINGS

Object = dict[str, Any]
Operations = list[Object]


@dataclass(frozen=True)
class Field:
    """One field that a parameter writes. `pointer` may have a key step; `place` resolves it."""

    kind: str
    name: str
    pointer: str
    place: str = ""  # the same path in kustomize's words, if they differ
    template: str = ""  # a string with $(parameter) in it

    @property
    def concrete(self) -> str:
        return self.place or self.pointer


@dataclass(frozen=True)
class Parameter:
    name: str
    schema: Object
    default: Any  # None: required
    fields: tuple[Field, ...]
    values: tuple[Any, ...] = ()  # what clusters set, in turn; "{}" becomes the cluster's number

    def value(self, number: int) -> Any:
        value = self.values[number % len(self.values)]
        return value.format(number) if isinstance(value, str) else value


_COUNT = {"type": "integer", "minimum": 1, "maximum": 50}
_SIZE = {"type": "string", "pattern": "^[0-9]+[MG]i$"}
_WORD = {"type": "string", "minLength": 1}
_CONTAINER = "/spec/template/spec/containers"


def _replicas(kind: str, name: str) -> Parameter:
    values = tuple(range(3, 8))
    return Parameter(f"{name}.replicas", _COUNT, 2, (Field(kind, name, "/spec/replicas"),), values)


def _memory(name: str) -> Parameter:
    rest = "resources/limits/memory"
    field = Field(
        "Deployment", name, f"{_CONTAINER}/[name={name}]/{rest}", f"{_CONTAINER}/0/{rest}"
    )
    return Parameter(f"{name}.memory", _SIZE, "512Mi", (field,), ("640Mi", "1Gi", "3Gi"))


def base_parameters() -> list[Parameter]:
    """Twelve: the first two are required, and the first one changes every workload."""
    claim = "/spec/volumeClaimTemplates/0/spec"
    orders = "StatefulSet", "orders-db"
    network = "NetworkPolicy", "egress-database"
    cidr, size = "/spec/egress/0/to/0/ipBlock/cidr", f"{claim}/resources/requests/storage"
    monitor = "ServiceMonitor", "shop"
    return [
        _site_name(),
        _ingress_host(),
        _setting("ingress.class", "standard", *_INGRESS, "/spec/ingressClassName", "traefik"),
        _setting("ingress.path", "/", *_INGRESS, "/spec/rules/0/http/paths/0/path", "/s{}"),
        _replicas("Deployment", "checkout"),
        _replicas("Deployment", "catalog"),
        _memory("catalog"),
        _memory("pricing"),
        _setting("orders.storage", "10Gi", *orders, size, "{}Gi"),
        _setting("orders.class", "standard", *orders, f"{claim}/storageClassName"),
        _setting("database.cidr", "10.0.0.0/16", *network, cidr, "10.1.0.0/24"),
        _setting("scrape.interval", "30s", *monitor, "/spec/endpoints/0/interval", "15s"),
    ]


_INGRESS = "Ingress", "storefront"


def _site_name() -> Parameter:
    schema = {"type": "string", "pattern": "^[a-z0-9-]+$"}
    field = Field("ConfigMap", SETTINGS, "/data/SITE_NAME")
    return Parameter("site.name", schema, None, (field,), ("site-{:05}",))


def _ingress_host() -> Parameter:
    schema = {"type": "string", "format": "hostname"}
    rule = Field(*_INGRESS, "/spec/rules/0/host")
    tls = Field(*_INGRESS, "/spec/tls/0/hosts/0", template="$(ingress.host)")
    return Parameter("ingress.host", schema, None, (rule, tls), ("s{:05}.shops.example.com",))


def _setting(
    name: str, default: str, kind: str, target: str, path: str, value: str = "fast"
) -> Parameter:
    return Parameter(name, _WORD, default, (Field(kind, target, path),), (value,))


def feature_parameter(feature: str) -> Parameter:
    if feature == "cache":
        path = f"{_CONTAINER}/0/resources/limits/memory"
        return _setting("cache.memory", "512Mi", "StatefulSet", "cache", path, "2Gi")
    if feature == "search":
        return _replicas("Deployment", "search")
    if feature == "worker":
        field = Field("ScaledObject", "worker", "/spec/maxReplicaCount")
        return Parameter("worker.most", _COUNT, 4, (field,), (6, 8, 12))
    if feature == "tracing":
        path = "/spec/template/spec/terminationGracePeriodSeconds"
        field = Field("DaemonSet", "tracing", path)
        return Parameter("tracing.grace", {"type": "integer"}, 30, (field,), (45, 60))
    return _setting(
        "backup.schedule", "15 2 * * *", "CronJob", "backup", "/spec/schedule", "0 4 * * *"
    )


def chosen(parameters: list[Parameter], number: int) -> dict[str, Any]:
    """Six to ten values of a cluster: the required ones and some others, by its number."""
    required = [one for one in parameters if one.default is None]
    others = [one for one in parameters if one.default is not None]
    first = number % len(others)
    some = (others[first:] + others[:first])[: 4 + number % 5]
    return {one.name: one.value(number) for one in (*required, *some)}


def patches(number: int) -> list[tuple[str, str, Operations]]:
    """Two to four JSON patches of a cluster: kind, name, operations."""
    app = APPS[3 + number % 4]
    cpu = {
        "op": "replace",
        "path": f"{_CONTAINER}/0/resources/requests/cpu",
        "value": f"{150 + number % 50}m",
    }
    site = {
        "op": "add",
        "path": "/metadata/annotations/example.com~1site",
        "value": f"site {number}",
    }
    test = {"op": "test", "path": f"{_CONTAINER}/0/name", "value": "mailer"}
    extra = {
        "op": "add",
        "path": f"{_CONTAINER}/0/env/-",
        "value": {"name": "MAILER_SENDER", "value": f"shop-{number}@example.com"},
    }
    drop = {"op": "remove", "path": f"{_CONTAINER}/0/lifecycle"}
    found: list[tuple[str, str, Operations]] = [
        ("Deployment", app, [cpu]),
        ("Service", "gateway", [site]),
        ("Deployment", "mailer", [test, extra]),
        ("Deployment", "reviews", [drop]),
    ]
    return found[: 2 + number % 3]


def as_patches(
    parameters: list[Parameter], values: dict[str, Any]
) -> list[tuple[str, str, Operations]]:
    """What the values write, in kustomize's words."""
    known = {one.name: one for one in parameters}
    return [
        (field.kind, field.name, [_replace(field.concrete, value)])
        for name, value in values.items()
        for field in known[name].fields
    ]


def _replace(path: str, value: Any) -> Object:
    return {"op": "replace", "path": path, "value": value}
