"""The facts of a manifest, by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks import network_facts as network
from renderer.checks.facts import (
    GOVERNOR_PATH,
    ORDINAL,
    Collector,
    Facts,
    Labels,
    Selection,
    labels_selected,
    pairs_of,
)
from renderer.checks.pod_facts import collect_pod, collect_pull_secrets
from renderer.checks.pods import mapping, mappings, pod_of, text
from renderer.kubernetes.manifests import Manifest, ObjectRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.patching.pointing import Path

_Data = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"


def facts_of(manifest: Manifest) -> Facts:
    """What a manifest provides and refers to, by its own data alone."""
    into = Collector(manifest)
    pod = pod_of(manifest)
    data, spec = manifest.data, mapping(manifest.data.get("spec"))
    if pod is not None:
        claims = _claim_templates(into, spec) if manifest.ref.kind == "StatefulSet" else ()
        collect_pod(into, pod, manifest.ref.namespace, claims)
        _own_selector(into, manifest.ref, spec)
    collect = _BY_KIND.get((manifest.ref.group, manifest.ref.kind))
    if collect is not None:
        collect(into, data, spec)
    return into.facts()


def _claim_templates(into: Collector, spec: _Data) -> list[str]:
    names = [
        text(mapping(template.get("metadata")).get("name"))
        for _, template in mappings(spec.get("volumeClaimTemplates"))
    ]
    ref = into.ref
    into.provides += [
        ObjectRef(
            group="",
            kind="PersistentVolumeClaim",
            namespace=ref.namespace,
            name=f"{name}-{ref.name}-{ORDINAL}",
        )
        for name in names
    ]
    return names


def _own_selector(into: Collector, ref: ObjectRef, spec: _Data) -> None:
    """The selector of a workload selects its own template, else the API server refuses it."""
    selector = spec.get("selector")
    if not isinstance(selector, dict) or into.pod is None:
        return
    if ref.kind == "ReplicationController":
        selected = Labels(pairs_of(selector))
    elif ref.kind != "Job" or spec.get("manualSelector") is True:
        selected = labels_selected(selector)
    else:
        return
    if selected.selects_all:
        message, hint = "the selector is empty", "select labels of the Pod template"
    elif not selected.match(into.pod.labels):
        message = "the selector does not match the labels of the Pod template"
        missing = sorted(f"{key}: {value}" for key, value in selected.pairs - into.pod.labels)
        hint = f"the template has no label {', '.join(missing)}" if missing else ""
    else:
        into.workload = Selection(ref.namespace, selected, ("spec", "selector"))
        return
    into.report("selector-mismatch", message, ("spec", "selector"), hint)


def _config_map(into: Collector, data: _Data, _: _Data) -> None:
    into.keys = frozenset([*mapping(data.get("data")), *mapping(data.get("binaryData"))])


def _secret(into: Collector, data: _Data, _: _Data) -> None:
    if data.get("type") != "kubernetes.io/service-account-token":  # a controller fills it
        keys = frozenset([*mapping(data.get("data")), *mapping(data.get("stringData"))])
        into.keys = keys or None  # somebody else fills one without data, or it would be of no use


def _service_account(into: Collector, data: _Data, _: _Data) -> None:
    collect_pull_secrets(into, into.ref.namespace, data, ())


def _stateful_set(into: Collector, _: _Data, spec: _Data) -> None:
    into.governor = into.use(
        "", "Service", into.ref.namespace, spec.get("serviceName"), GOVERNOR_PATH
    )
    for index, claim in mappings(spec.get("volumeClaimTemplates")):
        _storage_class(into, claim, ("spec", "volumeClaimTemplates", index))


def _claim(into: Collector, data: _Data, spec: _Data) -> None:
    _storage_class(into, data, ())
    into.bound_path = ("spec", "volumeName")
    into.bound = into.use("", "PersistentVolume", "", spec.get("volumeName"), into.bound_path)


def _volume(into: Collector, _: _Data, spec: _Data) -> None:
    claim = mapping(spec.get("claimRef"))
    into.bound_path = ("spec", "claimRef", "name")
    namespace = text(claim.get("namespace"))
    into.bound = into.use(
        "", "PersistentVolumeClaim", namespace, claim.get("name"), into.bound_path
    )


def _storage_class(into: Collector, claim: _Data, at: Path) -> None:
    spec = mapping(claim.get("spec"))
    path = (*at, "spec", "storageClassName")
    # A claim of a certain volume only has to name the same class, which need not be there.
    if not spec.get("volumeName"):
        into.use("storage.k8s.io", "StorageClass", "", spec.get("storageClassName"), path)


def _autoscaler(into: Collector, _: _Data, spec: _Data) -> None:
    target = mapping(spec.get("scaleTargetRef"))
    group = text(target.get("apiVersion")).rpartition("/")[0]
    kind, path = text(target.get("kind")), ("spec", "scaleTargetRef", "name")
    into.use(group, kind, into.ref.namespace, target.get("name"), path)


def _role_binding(into: Collector, data: _Data, _: _Data) -> None:
    role = mapping(data.get("roleRef"))
    kind = text(role.get("kind"))
    namespace = into.ref.namespace if kind == "Role" else ""
    if not namespace.startswith("kube-"):  # where Kubernetes keeps Roles of its own
        into.use(_RBAC, kind, namespace, role.get("name"), ("roleRef", "name"))
    for index, subject in mappings(data.get("subjects")):
        home = text(subject.get("namespace")) or into.ref.namespace
        # Kubernetes' own controllers have their accounts in kube-system.
        if subject.get("kind") == "ServiceAccount" and not home.startswith("kube-"):
            path = ("subjects", index, "name")
            into.use("", "ServiceAccount", home, subject.get("name"), path)


def _external_secret(into: Collector, _: _Data, spec: _Data) -> None:
    into.provide_secret(mapping(spec.get("target")).get("name") or into.ref.name)


def _sealed_secret(into: Collector, _: _Data, spec: _Data) -> None:
    about = mapping(mapping(spec.get("template")).get("metadata"))
    into.provide_secret(about.get("name") or into.ref.name)


def _certificate(into: Collector, _: _Data, spec: _Data) -> None:
    into.provide_secret(spec.get("secretName"))


_ADMISSION = "admissionregistration.k8s.io"
_BY_KIND: dict[tuple[str, str], Callable[[Collector, _Data, _Data], None]] = {
    ("", "ConfigMap"): _config_map,
    ("", "PersistentVolume"): _volume,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Secret"): _secret,
    ("", "Service"): network.collect_service,
    ("", "ServiceAccount"): _service_account,
    (_ADMISSION, "MutatingWebhookConfiguration"): network.collect_webhooks,
    (_ADMISSION, "ValidatingWebhookConfiguration"): network.collect_webhooks,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): network.collect_definition,
    ("apiregistration.k8s.io", "APIService"): network.collect_api_service,
    ("apps", "StatefulSet"): _stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("gateway.networking.k8s.io", "GRPCRoute"): network.collect_route,
    ("gateway.networking.k8s.io", "HTTPRoute"): network.collect_route,
    ("gateway.networking.k8s.io", "TCPRoute"): network.collect_route,
    ("gateway.networking.k8s.io", "TLSRoute"): network.collect_route,
    ("networking.k8s.io", "Ingress"): network.collect_ingress,
    ("networking.k8s.io", "NetworkPolicy"): network.collect_network_policy,
    ("policy", "PodDisruptionBudget"): network.collect_disruption_budget,
    (_RBAC, "ClusterRoleBinding"): _role_binding,
    (_RBAC, "RoleBinding"): _role_binding,
    # What makes Secrets of its own, and who uses them from outside Kubernetes.
    ("bitnami.com", "SealedSecret"): _sealed_secret,
    ("cert-manager.io", "Certificate"): _certificate,
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("traefik.io", "IngressRoute"): network.collect_ingress_route,
}
