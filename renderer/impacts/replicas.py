"""How many Pods a workload has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, text

if TYPE_CHECKING:
    from renderer.impacts.model import ClusterObjects
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_COUNTED = frozenset(
    [
        ("", "ReplicationController"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
    ]
)
# What sets the number, with the field that limits it: the target is in spec.scaleTargetRef.
SCALERS = {
    ("autoscaling", "HorizontalPodAutoscaler"): ("maxReplicas", 1),
    ("keda.sh", "ScaledObject"): ("maxReplicaCount", 100),
}


def replicas_of(manifest: Manifest) -> int | None:
    """The number that a manifest asks for, one by default; None for what has no such number."""
    if (manifest.ref.group, manifest.ref.kind) not in _COUNTED:
        return None
    found = mapping(manifest.data.get("spec")).get("replicas")
    if found is None:
        return 1
    return found if type(found) is int else None


def most_replicas(manifest: Manifest, objects: ClusterObjects) -> int | None:
    """The most Pods that there will be: what scales a workload has the last word."""
    own = replicas_of(manifest)
    if own is None:
        return None
    return max(own, limit_of_scalers(manifest, objects) or 0)


def limit_of_scalers(manifest: Manifest, objects: ClusterObjects) -> int | None:
    """The most Pods that what scales a workload lets it have; None where nothing does."""
    limits = []
    for (group, kind), (field, default) in SCALERS.items():
        for scaler in objects.of_kind(group, kind):
            if scales(scaler, manifest.ref):
                found = mapping(scaler.data.get("spec")).get(field, default)
                limits.append(found if type(found) is int else default)
    return max(limits, default=None)


def scales(scaler: Manifest, target: ObjectRef) -> bool:
    """Whether something scales a workload of its namespace."""
    named: dict[str, Any] = mapping(mapping(scaler.data.get("spec")).get("scaleTargetRef"))
    kind = text(named.get("kind")) or "Deployment"
    meant = scaler.ref.namespace, kind, text(named.get("name"))
    return meant == (target.namespace, target.kind, target.name)


def share(value: Any, total: int, *, up: bool) -> int | None:
    """A number of Pods, or a percentage of all, rounded up or down; None for what is neither."""
    if type(value) is int:
        return value
    found = re.fullmatch(r"(\d{1,3})%", value) if isinstance(value, str) else None
    if found is None:
        return None
    exact = int(found[1]) * total
    return -(-exact // 100) if up else exact // 100
