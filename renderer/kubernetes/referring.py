"""Which fields of objects name other objects, and of which kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.kubernetes.kinds import BUILT_IN_GROUPS, plural

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from renderer.kubernetes.manifests import ObjectRef

Path = tuple[str | int, ...]

# By the field that holds the name, in an object of any kind; people put words before these.
_ENDINGS = {
    "configmapname": "ConfigMap",
    "secretname": "Secret",
    "serviceaccountname": "ServiceAccount",
}
# By the field, where Kubernetes' own kinds have it; what others mean by it is not known.
_FIELDS = {
    "claimName": "PersistentVolumeClaim",
    "ingressClassName": "IngressClass",
    "priorityClassName": "PriorityClass",
    "resourceClaimName": "ResourceClaim",
    "resourceClaimTemplateName": "ResourceClaimTemplate",
    "runtimeClassName": "RuntimeClass",
    "serviceAccount": "ServiceAccount",
    "serviceName": "Service",
    "storageClassName": "StorageClass",
    "volumeName": "PersistentVolume",
}
# By the mapping or list that holds `name`.
_PARENTS = {"claimRef": "PersistentVolumeClaim", "imagePullSecrets": "Secret"}
_BUILT_IN_PARENTS = {
    "configMap": "ConfigMap",
    "secret": "Secret",
    "secrets": "Secret",  # of a ServiceAccount
    "service": "Service",
}
# By the group of a custom resource and what holds `name`, where no `kind` stands beside.
_CUSTOM_PARENTS = {
    ("external-secrets.io", "target"): "Secret",  # what it makes
    ("gateway.networking.k8s.io", "backendRefs"): "Service",
    ("gateway.networking.k8s.io", "parentRefs"): "Gateway",
    ("keda.sh", "authenticationRef"): "TriggerAuthentication",
    ("keda.sh", "configMapTargetRef"): "ConfigMap",
    ("keda.sh", "scaleTargetRef"): "Deployment",
    ("keda.sh", "secretTargetRef"): "Secret",
    ("traefik.io", "middlewares"): "Middleware",
    ("traefik.io", "services"): "Service",
}
# What may hold `kind` beside `name`; so may all that is called like a reference.
_WITH_KIND = frozenset(
    ["ownerReferences", "ref", "services", "subjects", "substituteFrom", "valuesFrom"]
)
# Annotations that kustomize's nameReference table knows, by their ending.
_ANNOTATIONS = {
    "/auth-secret": "Secret",
    "/auth-tls-secret": "Secret",
    "/fastcgi-params-configmap": "ConfigMap",
}
# The label that every Namespace has, with its name (Kubernetes docs, "Automatic labelling").
_NAMESPACE_LABEL = "kubernetes.io/metadata.name"
_NAMESPACE_LISTS = ("matchNames", "namespaces")  # Prometheus' monitors, affinities of Pods
_LABELS = ("labels", "matchLabels", "nodeSelector", "selector")
_REFERENCE = re.compile(r"(.+?)(?:Key)?Refs?\Z")
_TEXTS = ("data", "stringData", "binaryData")
_GROUP_FIELDS = ("apiGroup", "apiVersion", "group")


def strings_among(
    data: Mapping[str, Any], wanted: Container[str]
) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Every string of an object that is wanted: its path, itself, and the innermost mapping that
    holds it."""
    stack: list[tuple[Path, Any, Mapping[str, Any]]] = [((), data, data)]
    while stack:
        path, node, holder = stack.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(value, str):
                if value in wanted:
                    yield (*path, key), value, holder
            elif isinstance(value, dict):
                stack.append(((*path, key), value, value))
            elif isinstance(value, list):
                stack.append(((*path, key), value, holder))


def may_name(group: str, path: Path, holder: Mapping[str, Any], target: ObjectRef) -> bool:
    """Whether a field is one that names objects of the target's kind.

    `group` is that of the object that has the field, `holder` the innermost mapping around it.
    Names of containers, ports and volumes are no such fields, whatever they are.
    """
    steps = [step for step in path if isinstance(step, str)]
    if steps[0] in _TEXTS:
        return False
    field, parent = steps[-1], steps[-2] if len(steps) > 1 else ""
    built_in = group in BUILT_IN_GROUPS
    if field == "name":
        return _is_named(group, steps, holder, target)
    if field == "resourceNames":
        resources = holder.get("resources")
        return built_in and isinstance(resources, list) and plural(target.kind) in resources
    if parent == "annotations":
        return any(
            field.endswith(end) and kind == target.kind for end, kind in _ANNOTATIONS.items()
        )
    known = _FIELDS.get(field) if built_in or "template" in steps else None
    return target.kind == known or any(
        target.kind == kind and field.lower().endswith(end) for end, kind in _ENDINGS.items()
    )


def names_namespace(path: Path, holder: Mapping[str, Any]) -> bool:
    """Whether a field is one that names a namespace; `holder` is the innermost mapping around it.

    A label may be called `namespace`, and means what it likes.
    """
    steps = [step for step in path if isinstance(step, str)]
    field, parent = steps[-1], steps[-2] if len(steps) > 1 else ""
    if steps[0] in _TEXTS or parent == "annotations":
        return False
    if field == _NAMESPACE_LABEL:
        return True
    if field == "values":  # of matchExpressions
        return holder.get("key") == _NAMESPACE_LABEL
    if isinstance(path[-1], int):
        return field in _NAMESPACE_LISTS
    return field == "namespace" and parent not in _LABELS


def _is_named(group: str, steps: list[str], holder: Mapping[str, Any], target: ObjectRef) -> bool:
    """Whether the `name` of a mapping is that of an object of the target's kind."""
    parent = steps[-2] if len(steps) > 1 else ""
    reference = _REFERENCE.match(parent)
    kind = holder.get("kind")
    if isinstance(kind, str) and (reference or parent in _WITH_KIND):
        return kind == target.kind and _is_of_group(holder, target.group)
    known = _PARENTS.get(parent) or _CUSTOM_PARENTS.get((group, parent))
    if known is None and (group in BUILT_IN_GROUPS or "volumes" in steps):
        known = _BUILT_IN_PARENTS.get(parent)
    if known is not None:
        return known == target.kind
    return reference is not None and reference[1].lower().endswith(target.kind.lower())


def _is_of_group(holder: Mapping[str, Any], group: str) -> bool:
    """Whether a reference means a group, as far as it says one."""
    for field in _GROUP_FIELDS:
        value = holder.get(field)
        if isinstance(value, str):
            said = value.rpartition("/")[0] if field == "apiVersion" else value
            return said == group
    return True
