"""What the API server refuses because of what fields mean together.

Only mistakes that are made often, mostly by a patch that changes one field and not the other;
pkg/apis/*/validation of Kubernetes knows more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, pod_of, text
from renderer.checks.podsecurity import wrong_labels
from renderer.checks.sizes import oversized
from renderer.findings import Finding
from renderer.kubernetes.quantities import amount
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.checks.pods import Pod
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_Data = dict[str, Any]


class _Wrong(NamedTuple):
    path: Path
    message: str
    hint: str = ""


def check_together(manifest: Manifest) -> list[Finding]:
    """Fields of a manifest that contradict each other; those that SOPS has encrypted do not."""
    data, ref = manifest.data, manifest.ref
    if isinstance(data.get("sops"), dict):
        return []
    pod = pod_of(manifest)
    wrong = [*_pod(pod, ref.kind)] if pod else []
    wrong += (_Wrong(*one) for one in oversized(manifest))
    check = _BY_KIND.get((ref.group, ref.kind))
    if check:
        wrong += check(data, mapping(data.get("spec")))
    return [
        Finding.error(
            "invalid-manifest",
            one.message,
            object=manifest.label,
            field=format_path(one.path),
            hint=one.hint,
        )
        for one in wrong
    ]


def _pod(pod: Pod, kind: str) -> Iterator[_Wrong]:
    path = (*pod.spec_path, "restartPolicy")
    policy = pod.spec.get("restartPolicy") or "Always"
    if kind in ("CronJob", "Job") and policy == "Always":
        message = "the Pods of a Job have the restartPolicy OnFailure or Never"
        yield _Wrong(path, message, "set restartPolicy: OnFailure")
    elif kind not in ("CronJob", "Job", "Pod", "PodTemplate") and policy in ("OnFailure", "Never"):
        yield _Wrong(path, f"the Pods of a {kind} have the restartPolicy Always", "take it out")
    fields: dict[str, Any] = {}
    for at, container in pod.containers:
        name, field = text(container.get("name")), at[-2]
        if name and fields.setdefault(name, field) != field:
            yield _Wrong(
                (*at, "name"), f"a container of the {fields[name]} has this name", "rename one"
            )
        yield from _container(at, container)
        if field == "initContainers" and container.get("restartPolicy") != "Always":
            yield from _init_container(at, container)


def _container(at: Path, container: _Data) -> Iterator[_Wrong]:
    names: set[str] = set()
    for index, port in mappings(container.get("ports")):
        name = text(port.get("name"))
        if name in names:
            message = "another port of the container has this name"
            yield _Wrong((*at, "ports", index, "name"), message, "rename one")
        names |= {name} - {""}
    resources = mapping(container.get("resources"))
    limits = mapping(resources.get("limits"))
    for name, requested in mapping(resources.get("requests")).items():
        if name in limits and _is_more(requested, limits[name]):
            message = f"more {name} is requested than the limit allows"
            hint = "lower the request, or raise the limit with it"
            yield _Wrong((*at, "resources", "requests", name), message, hint)


def _init_container(at: Path, container: _Data) -> Iterator[_Wrong]:
    for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(field) is not None:
            message = f"an init container has no {field}"
            hint = "take it out, or make it a sidecar with restartPolicy: Always"
            yield _Wrong((*at, field), message, hint)


def _is_more(one: Any, other: Any) -> bool:
    if one == other:
        return False
    first, second = amount(one), amount(other)
    return first is not None and second is not None and first > second


def _deployment(_: _Data, spec: _Data) -> Iterator[_Wrong]:
    strategy = mapping(spec.get("strategy"))
    rolling = strategy.get("rollingUpdate")
    path: Path = ("spec", "strategy", "rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        hint = "a patch that sets the type has to remove rollingUpdate"
        yield _Wrong(path, "there is no rollingUpdate with the type Recreate", hint)
    amounts = [mapping(rolling).get(key) for key in ("maxSurge", "maxUnavailable")]
    if all(one in (0, "0%") for one in amounts):
        message = "maxSurge and maxUnavailable are both 0, so no Pod may be replaced"
        yield _Wrong(path, message, "let one of them be at least 1")


def _service(_: _Data, spec: _Data) -> Iterator[_Wrong]:
    kind = spec.get("type") or "ClusterIP"
    if kind == "ExternalName" and not spec.get("externalName"):
        message = "a Service of type ExternalName needs an externalName"
        yield _Wrong(("spec",), message, "add externalName")
    ports = [*mappings(spec.get("ports"))]
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        message = "a Service needs ports, unless it is headless (clusterIP: None)"
        yield _Wrong(("spec",), message, "add ports")
    seen: set[str] = set()
    for index, port in ports:
        path = ("spec", "ports", index)
        name = text(port.get("name"))
        if len(ports) > 1 and not name:
            yield _Wrong(path, "of several ports each needs a name", "add name")
        if name in seen:
            yield _Wrong((*path, "name"), "another port has this name", "rename one")
        seen |= {name} - {""}
        if kind == "ClusterIP" and port.get("nodePort"):
            hint = "take it out, or set type: NodePort"
            yield _Wrong((*path, "nodePort"), "a Service of type ClusterIP has no nodePort", hint)


def _ingress(_: _Data, spec: _Data) -> Iterator[_Wrong]:
    for rule_index, rule in mappings(spec.get("rules")):
        for index, item in mappings(mapping(rule.get("http")).get("paths")):
            path = text(item.get("path"))
            is_free = not path and item.get("pathType") == "ImplementationSpecific"
            if not is_free and not path.startswith("/"):
                at = ("spec", "rules", rule_index, "http", "paths", index, "path")
                yield _Wrong(at, "a path begins with '/'", "" if path else "add path: /")


def _autoscaler(_: _Data, spec: _Data) -> Iterator[_Wrong]:
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    if type(least) is int and type(most) is int and least > most > 0:
        message = "maxReplicas is less than minReplicas"
        yield _Wrong(("spec", "maxReplicas"), message, f"set it to {least} or more")


def _network_policy(_: _Data, spec: _Data) -> Iterator[_Wrong]:
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule_index, rule in mappings(spec.get(direction)):
            for index, peer in mappings(rule.get(side)):
                there = {key for key, value in peer.items() if value is not None}
                if "ipBlock" in there and len(there) > 1:
                    at = ("spec", direction, rule_index, side, index)
                    message = "an ipBlock is a peer of its own, without selectors"
                    yield _Wrong(at, message, "make two items of it")


def _cluster_role_binding(data: _Data, _: _Data) -> Iterator[_Wrong]:
    for index, subject in mappings(data.get("subjects")):
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            hint = "add the namespace of the ServiceAccount"
            yield _Wrong(("subjects", index), "the required field namespace is missing", hint)
    if mapping(data.get("roleRef")).get("kind") == "Role":
        message = "a ClusterRoleBinding refers to a ClusterRole"
        hint = "use a RoleBinding, or make the Role a ClusterRole"
        yield _Wrong(("roleRef", "kind"), message, hint)


def _namespace(data: _Data, _: _Data) -> Iterator[_Wrong]:
    for label, message, hint in wrong_labels(data):
        yield _Wrong(("metadata", "labels", label), message, hint)


_BY_KIND: dict[tuple[str, str], Callable[[_Data, _Data], Iterator[_Wrong]]] = {
    ("", "Namespace"): _namespace,
    ("", "Service"): _service,
    ("apps", "Deployment"): _deployment,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _cluster_role_binding,
}
