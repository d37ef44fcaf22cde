"""The shop's base and its optional features: which manifests, settings and texts there are."""

from __future__ import annotations

import json

import fleet_objects as shop
from fleet_objects import Object, thing

_RULES = [
    {"apiGroups": [""], "resources": ["configmaps", "pods", "services"], "verbs": ["get", "list"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"]},
]


def base_objects() -> list[Object]:
    """37 manifests; with the two generated ConfigMaps 39."""
    workloads = [*map(shop.deployment, shop.APPS), *map(shop.stateful_set, shop.DATABASES)]
    services = [shop.service(name) for name in (*shop.APPS, *shop.DATABASES)]
    budgets = [shop.disruption_budget(name) for name in shop.APPS[:4]]
    return [
        thing("v1", "Namespace", shop.NAMESPACE),
        *_access(),
        *workloads,
        *services,
        *budgets,
        *_network(),
        _ingress(),
        shop.service_monitor("shop"),
    ]


def feature_objects(name: str) -> list[Object]:
    """The two manifests that a feature adds."""
    if name == "cache":
        return [shop.stateful_set(name), shop.service(name)]
    if name == "search":
        return [shop.deployment(name), shop.service(name)]
    if name == "worker":
        return [shop.deployment(name), shop.scaled_object(name)]
    if name == "tracing":
        return [shop.daemon_set(name), shop.service(name)]
    return [shop.cron_job(name), shop.claim(name)]


def _access() -> list[Object]:
    subject = {"kind": "ServiceAccount", "name": "shop", "namespace": shop.NAMESPACE}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "shop"}
    return [
        thing("v1", "ServiceAccount", "shop", automountServiceAccountToken=False),
        thing("rbac.authorization.k8s.io/v1", "Role", "shop", rules=_RULES),
        thing(
            "rbac.authorization.k8s.io/v1", "RoleBinding", "shop", roleRef=role, subjects=[subject]
        ),
    ]


def _network() -> list[Object]:
    kind = "networking.k8s.io/v1", "NetworkPolicy"
    database = {"ipBlock": {"cidr": "10.0.0.0/16"}}
    inside = {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "shop"}}}
    return [
        thing(*kind, "deny-all", spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        thing(
            *kind,
            "egress-database",
            spec={
                "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "shop"}},
                "policyTypes": ["Egress"],
                "egress": [{"to": [database], "ports": [{"port": 5432, "protocol": "TCP"}]}],
            },
        ),
        thing(
            *kind,
            "inside",
            spec={"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [inside]}]},
        ),
    ]


def _ingress() -> Object:
    backend = {"service": {"name": "gateway", "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec = {
        "ingressClassName": "standard",
        "rules": [{"host": "set-me.example.com", "http": {"paths": [path]}}],
        "tls": [{"hosts": ["set-me.example.com"], "secretName": "shop-tls"}],
    }
    return thing("networking.k8s.io/v1", "Ingress", "storefront", spec=spec)


def settings_text() -> str:
    """The .env file of the ConfigMap that every workload carries."""
    lines = ["SITE_NAME=set-me", "DRAIN_MODE=gentle"]
    for app in shop.APPS:
        upper = app.upper()
        lines += [
            f"{upper}_URL=http://{app}.{shop.NAMESPACE}.svc.cluster.local:80/api",
            f"{upper}_TIMEOUT=30s",
            f"{upper}_RETRIES=3",
            f"{upper}_ALLOWED_CALLERS=gateway,checkout,{app}",
        ]
    return "\n".join(lines) + "\n"


def dashboard_text() -> str:
    """A JSON file of the size that dashboards have; no cluster changes it."""
    panels = [
        {"id": place, "title": f"{app} {what}", "expr": f'rate({what}_total{{app="{app}"}}[5m])'}
        for place, (app, what) in enumerate(
            (app, what)
            for app in shop.APPS
            for what in (
                "requests",
                "errors",
                "retries",
                "bytes",
                "logins",
                "queries",
                "waits",
                "locks",
            )
        )
    ]
    return json.dumps({"title": "Shop", "panels": panels}, indent=2) + "\n"
