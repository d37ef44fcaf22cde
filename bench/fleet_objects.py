"""The made-up application of the fleet: a web shop of 45 manifests a cluster, as data."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

NAMESPACE = "shop"
SETTINGS = "shop-settings"
APPS = (
    "gateway",
    "catalog",
    "checkout",
    "payments",
    "inventory",
    "pricing",
    "accounts",
    "mailer",
    "reviews",
    "shipping",
)
DATABASES = ("orders-db", "accounts-db")
FEATURES = ("cache", "search", "worker", "tracing", "backup")
_PART_OF = {"app.kubernetes.io/part-of": "shop"}
_HARDENED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, **_PART_OF}


def thing(api: str, kind: str, name: str, *, metadata: Object | None = None, **rest: Any) -> Object:
    about = {"name": name, "labels": labels(name), **(metadata or {})}
    return {"apiVersion": api, "kind": kind, "metadata": about, **rest}


def _resources(cpu: int, memory: int) -> Object:
    return {
        "requests": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"},
        "limits": {"memory": f"{memory * 2}Mi"},
    }


def _probe(path: str, period: int) -> Object:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": 6,
    }


def _environment(name: str) -> list[Object]:
    upper = name.upper().replace("-", "_")
    plain = [
        {"name": f"{upper}_{key}", "value": f"{key.lower().replace('_', '-')} of {name}"}
        for key in ("LISTEN_ADDRESS", "QUEUE_NAME", "FEATURE_FLAGS", "CLIENT_IDENTITY", "LOCALE")
    ]
    limits = [
        {"name": f"{upper}_LIMIT_{key}", "value": str(100 * place)}
        for place, key in enumerate(("REQUESTS", "CONNECTIONS", "RETRIES", "BODY_BYTES"), start=1)
    ]
    secrets = [
        {
            "name": f"{upper}_{key}",
            "valueFrom": {"secretKeyRef": {"name": f"{name}-{key.lower()}", "key": "value"}},
        }
        for key in ("TOKEN", "DATABASE", "SIGNING")
    ]
    pod = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    return [*plain, *limits, *secrets, pod]


def _main_container(name: str) -> Object:
    return {
        "name": name,
        "image": f"registry.example.com/shop/{name}:4.2.0",
        "args": ["serve", "--port=8080", f"--service={name}", "--shutdown-grace=20s"],
        "envFrom": [{"configMapRef": {"name": SETTINGS}}],
        "env": _environment(name),
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 9}],
        "startupProbe": _probe("/healthz/started", 5),
        "readinessProbe": _probe("/healthz/ready", 10),
        "livenessProbe": _probe("/healthz/live", 30),
        "lifecycle": {"preStop": {"exec": {"command": ["/bin/sleep", "5"]}}},
        "resources": _resources(100, 256),
        "securityContext": _HARDENED,
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "logs", "mountPath": "/var/log/shop"},
            {"name": "settings", "mountPath": "/etc/shop", "readOnly": True},
        ],
    }


def _proxy_container(name: str) -> Object:
    return {
        "name": "proxy",
        "image": "registry.example.com/mesh/proxy:1.19.3",
        "args": ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc", f"--service={name}"],
        "env": [
            {
                "name": "POD_NAMESPACE",
                "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}},
            },
            {"name": "PROXY_CONFIG", "value": '{"concurrency": 2, "drainDuration": "20s"}'},
        ],
        "ports": [{"name": "metrics", "containerPort": 15090, "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 15021}, "periodSeconds": 3},
        "resources": _resources(50, 64),
        "securityContext": _HARDENED,
    }


def _log_container(name: str) -> Object:
    return {
        "name": "logs",
        "image": "registry.example.com/logs/shipper:3.1.4",
        "args": ["--config=/etc/shipper/shipper.conf", f"--tag=shop.{name}", "--flush=5s"],
        "env": [
            {"name": f"SHIPPER_{key}", "value": f"{key.lower()} for the logs of {name}"}
            for key in ("OUTPUT", "BUFFER", "PARSER", "FILTER", "STREAM", "LABELS", "TENANT")
        ],
        "readinessProbe": {"httpGet": {"path": "/api/v1/health", "port": 2020}},
        "livenessProbe": {"httpGet": {"path": "/", "port": 2020}, "initialDelaySeconds": 10},
        "resources": _resources(20, 48),
        "securityContext": _HARDENED,
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "logs", "mountPath": "/var/log/shop"},
        ],
    }


def _pod(name: str, **more: Any) -> Object:
    wait = {
        "name": "wait-for-schema",
        "image": "registry.example.com/shop/tools:4.2.0",
        "command": ["/bin/sh", "-c", "until tools schema --is-current; do sleep 2; done\nexit 0\n"],
        "envFrom": [{"configMapRef": {"name": SETTINGS}}],
        "resources": _resources(10, 32),
        "securityContext": _HARDENED,
    }
    spec = {
        "serviceAccountName": "shop",
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels(name)},
            }
            for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
        "initContainers": [wait],
        "containers": [_main_container(name), _proxy_container(name), _log_container(name)],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": "logs", "emptyDir": {"sizeLimit": "256Mi"}},
            {"name": "settings", "configMap": {"name": SETTINGS, "defaultMode": 292}},
        ],
    }
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": "15090"}
    return {"metadata": {"labels": labels(name), "annotations": annotations}, "spec": spec | more}


def deployment(name: str) -> Object:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    spec = {
        "replicas": 2,
        "revisionHistoryLimit": 3,
        "strategy": strategy,
        "selector": {"matchLabels": labels(name)},
        "template": _pod(name),
    }
    return thing("apps/v1", "Deployment", name, spec=spec)


def stateful_set(name: str) -> Object:
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "standard",
            "resources": {"requests": {"storage": "10Gi"}},
        },
    }
    spec = {
        "replicas": 1,
        "serviceName": name,
        "selector": {"matchLabels": labels(name)},
        "template": _pod(name),
        "volumeClaimTemplates": [claim],
    }
    return thing("apps/v1", "StatefulSet", name, spec=spec)


def daemon_set(name: str) -> Object:
    spec = {"selector": {"matchLabels": labels(name)}, "template": _pod(name)}
    return thing("apps/v1", "DaemonSet", name, spec=spec)


def cron_job(name: str) -> Object:
    job = {"backoffLimit": 1, "template": _pod(name, restartPolicy="Never")}
    spec = {
        "schedule": "15 2 * * *",
        "concurrencyPolicy": "Forbid",
        "jobTemplate": {"spec": job},
    }
    return thing("batch/v1", "CronJob", name, spec=spec)


def service(name: str) -> Object:
    ports = [
        {"name": port, "port": number, "targetPort": port, "protocol": "TCP"}
        for port, number in (("http", 80), ("admin", 9), ("metrics", 15090))
    ]
    metadata = {"annotations": {"example.com/team": "shop", "example.com/tier": "two"}}
    spec = {"type": "ClusterIP", "selector": labels(name), "ports": ports}
    return thing("v1", "Service", name, metadata=metadata, spec=spec)


def disruption_budget(name: str) -> Object:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": labels(name)}}
    return thing("policy/v1", "PodDisruptionBudget", name, spec=spec)


def service_monitor(name: str) -> Object:
    endpoint = {"port": "metrics", "interval": "30s", "path": "/metrics", "honorLabels": True}
    spec = {"selector": {"matchLabels": _PART_OF}, "endpoints": [endpoint]}
    return thing("monitoring.coreos.com/v1", "ServiceMonitor", name, spec=spec)


def scaled_object(name: str) -> Object:
    trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}}
    spec = {
        "scaleTargetRef": {"name": name},
        "minReplicaCount": 1,
        "maxReplicaCount": 4,
        "triggers": [trigger],
    }
    return thing("keda.sh/v1alpha1", "ScaledObject", name, spec=spec)


def claim(name: str) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}
    return thing("v1", "PersistentVolumeClaim", name, spec=spec)
