"""What the specification of a Pod refers to, and what in it fits nothing else of the Pod.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.facts import KeyUse, PodFacts, meant, pairs_of
from renderer.checks.identical import Identical
from renderer.checks.pods import STAMPED_LABELS, calls, mapping, mappings
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from renderer.checks.facts import Collector
    from renderer.checks.pods import Pod
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.patching.pointing import Path

_Data = dict[str, Any]

_MOUNTS = (("volumeMounts", "mounts"), ("volumeDevices", "uses"))
_ENV_SOURCES = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
_ENV_FROM = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))
_FILES = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"))
_PROJECTED = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "name"))
_OTHER_SECRETS = (("csi", "nodePublishSecretRef"), ("azureFile", "secretName"))


def collect_pod(into: Collector, pod: Pod, namespace: str, claims: Collection[str]) -> None:
    """Notes what a Pod refers to; `claims` are the volumes that a StatefulSet adds to it."""
    spec, at = pod.spec, pod.spec_path
    volumes = set(claims)
    for index, volume in mappings(spec.get("volumes")):
        volumes.add(str(volume.get("name")))
        _volume(into, namespace, volume, (*at, "volumes", index))
    ports: set[str] = set()
    for path, container in pod.containers:
        _environment(into, namespace, container, path)
        _mounts(into, volumes, container, path)
        own = {str(port["name"]) for _, port in mappings(container.get("ports")) if "name" in port}
        _named_ports(into, own, container, path)
        ports |= own
    labels = pairs_of(pod.metadata.get("labels"))
    stamped = STAMPED_LABELS.get(into.ref.kind, frozenset())
    into.pod = PodFacts(namespace, labels, frozenset(ports), stamped)
    account = "serviceAccountName" if spec.get("serviceAccountName") else "serviceAccount"
    into.use("", "ServiceAccount", namespace, spec.get(account), (*at, account))
    if "imagePullSecrets" in spec:
        collect_pull_secrets(into, namespace, spec, at)
    for group, kind, field in (
        ("scheduling.k8s.io", "PriorityClass", "priorityClassName"),
        ("node.k8s.io", "RuntimeClass", "runtimeClassName"),
    ):
        into.use(group, kind, "", spec.get(field), (*at, field))


def collect_pull_secrets(into: Collector, namespace: str, data: Any, at: Path) -> None:
    """Notes the imagePullSecrets of a Pod or a ServiceAccount."""
    for index, secret in mappings(data.get("imagePullSecrets")):
        path = (*at, "imagePullSecrets", index, "name")
        into.use("", "Secret", namespace, secret.get("name"), path)


def _environment(into: Collector, namespace: str, container: _Data, at: Path) -> None:
    if "env" in container:
        found = _variables(Identical(container["env"]), namespace, at)
        for target, path in found.uses:
            into.uses.setdefault(target, path)
        into.key_uses += found.keys
        into.optional_uses += found.optional
    for index, source in mappings(container.get("envFrom")):
        for field, kind in _ENV_FROM:
            named = source.get(field)
            if isinstance(named, dict):
                path = (*at, "envFrom", index, field, "name")
                if named.get("optional") is not True:
                    into.use("", kind, namespace, named.get("name"), path)
                elif secret := _optional(kind, namespace, named.get("name")):
                    into.optional_uses.append(KeyUse(secret, "", path))


class _Variables(NamedTuple):
    """What the variables of a container refer to, with the fields, and the keys that they need, or
    of Secrets can do without."""

    uses: list[tuple[ObjectRef, Path]]
    keys: list[KeyUse]
    optional: list[KeyUse]


@lru_cache(maxsize=4096)
def _variables(env: Identical[Any], namespace: str, at: Path) -> _Variables:
    into = _Variables([], [], [])
    for index, variable in mappings(env.value):
        source = mapping(variable.get("valueFrom"))
        for field, kind in _ENV_SOURCES:
            found = mapping(source.get(field))
            target, key = meant("", kind, namespace, found.get("name")), found.get("key")
            if target is None:
                continue
            path = (*at, "env", index, "valueFrom", field)
            is_optional = found.get("optional") is True
            if not is_optional:
                into.uses.append((target, (*path, "name")))
            if isinstance(key, str) and (kind == "Secret" or not is_optional):
                keys = into.optional if is_optional else into.keys
                keys.append(KeyUse(target, key, (*path, "key")))
    return into


def _optional(kind: str, namespace: str, name: Any) -> ObjectRef | None:
    """The Secret that a field names and can do without; nobody asks for other kinds."""
    return meant("", kind, namespace, name) if kind == "Secret" else None


def _volume(into: Collector, namespace: str, volume: _Data, at: Path) -> None:
    if "emptyDir" in volume:
        return
    claim = volume.get("persistentVolumeClaim")
    if isinstance(claim, dict):
        path = (*at, "persistentVolumeClaim", "claimName")
        into.use("", "PersistentVolumeClaim", namespace, claim.get("claimName"), path)
        return
    for field, kind, name in _FILES:
        if field in volume:
            _files(into, namespace, volume[field], (*at, field), kind, name)
    for index, source in mappings(mapping(volume.get("projected")).get("sources")):
        for field, kind, name in _PROJECTED:
            if field in source:
                path = (*at, "projected", "sources", index, field)
                _files(into, namespace, source[field], path, kind, name)
    for field, name in _OTHER_SECRETS:
        found = mapping(volume.get(field)).get(name)
        if isinstance(found, dict):
            into.use("", "Secret", namespace, found.get("name"), (*at, field, name, "name"))
        else:
            into.use("", "Secret", namespace, found, (*at, field, name))


def _files(into: Collector, namespace: str, data: Any, at: Path, kind: str, name: str) -> None:
    source = mapping(data)
    path = (*at, name)
    items = [
        (key, (*at, "items", index, "key"))
        for index, item in mappings(source.get("items"))
        if isinstance(key := item.get("key"), str)
    ]
    if source.get("optional") is True:
        target = _optional(kind, namespace, source.get(name))
        if target:
            into.optional_uses += [KeyUse(target, *one) for one in items or [("", path)]]
    elif not items:
        into.use("", kind, namespace, source.get(name), path)
    elif target := meant("", kind, namespace, source.get(name)):
        into.uses.setdefault(target, path)
        into.key_uses += [KeyUse(target, *one) for one in items]


def _mounts(into: Collector, volumes: Collection[str], container: _Data, at: Path) -> None:
    for field, verb in _MOUNTS:
        for index, mount in mappings(container.get(field)):
            name = mount.get("name")
            if isinstance(name, str) and name not in volumes:
                into.report(
                    "unknown-volume",
                    f"container {container.get('name')} {verb} the volume {name}, which its Pod"
                    " does not have",
                    (*at, field, index, "name"),
                    nearest(name, volumes)
                    or "add it to the Pod's volumes; if a component should have, look at the"
                    " order of the components",
                )


def _named_ports(into: Collector, own: Collection[str], container: _Data, at: Path) -> None:
    for path, call in calls(container):
        port = call.get("port")
        # The kubelet reads digits as a number.
        if isinstance(port, str) and port not in own and not port.isdigit():
            into.report(
                "unknown-port",
                f"the {path[-2]} of container"
                f" {container.get('name')} calls the port {port}, which the container does not"
                " name",
                (*at, *path, "port"),
                nearest(port, own) or "name the port in the container's ports, or use its number",
            )
