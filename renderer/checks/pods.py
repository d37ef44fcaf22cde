"""Where a manifest holds a Pod, and ways into data that nobody has checked for its types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.kubernetes.manifests import Manifest, object_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.patching.pointing import Path

_Data = dict[str, Any]

_TEMPLATE = ("spec", "template")
# The fields of a Pod or Pod template, by (group, kind): metadata and spec are below them.
_PODS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): _TEMPLATE,
}
_OF_JOBS = frozenset(
    [
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-uid",
        "job-name",
    ]
)
# https://kubernetes.io/docs/reference/labels-annotations-taints/
STAMPED_LABELS = {
    "CronJob": _OF_JOBS,
    "DaemonSet": frozenset(["controller-revision-hash", "pod-template-generation"]),
    "Deployment": frozenset(["pod-template-hash"]),
    "Job": _OF_JOBS,
    "StatefulSet": frozenset(
        [
            "apps.kubernetes.io/pod-index",
            "controller-revision-hash",
            "statefulset.kubernetes.io/pod-name",
        ]
    ),
}
"""The keys of labels that its controller adds to a workload's Pods, by kind."""
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_CALLS = ("httpGet", "tcpSocket")
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_HOLDS_POD = re.compile(r"^kind: *[\"']?Pod[\"']? *(?:#.*)?$", re.MULTILINE)

_NOTHING: _Data = {}


class Pod(NamedTuple):
    """A Pod or the template of Pods: its place in the manifest, metadata and specification.

    `containers` are all of its containers with their paths: init containers first, as the
    admission visits them. `spec_path` is the path of its specification.
    """

    path: Path
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]
    containers: list[tuple[Path, _Data]]
    spec_path: Path


def pod_of(manifest: Manifest) -> Pod | None:
    """The Pod that a manifest of a built-in kind is or makes; None for every other."""
    path = _PODS.get((manifest.ref.group, manifest.ref.kind))
    if path is None:
        return None
    node: Any = manifest.data
    for step in path:
        node = mapping(mapping(node).get(step))
    spec = mapping(node.get("spec"))
    at = (*path, "spec")
    containers: list[tuple[Path, _Data]] = [
        ((*at, field, index), container)
        for field in CONTAINERS
        if field in spec
        for index, container in mappings(spec[field])
    ]
    metadata = mapping(node.get("metadata"))
    return Pod(path=path, metadata=metadata, spec=spec, containers=containers, spec_path=at)


def calls(container: Mapping[str, Any]) -> Iterator[tuple[Path, _Data]]:
    """The calls that the kubelet makes for probes and lifecycle hooks, with their paths."""
    handlers: list[tuple[Path, Any]] = [
        ((probe,), container[probe]) for probe in _PROBES if probe in container
    ]
    if "lifecycle" in container:
        hooks = mapping(container["lifecycle"])
        handlers += [(("lifecycle", hook), hooks[hook]) for hook in _HOOKS if hook in hooks]
    for path, handler in handlers:
        if isinstance(handler, dict):
            for call in _CALLS:
                if call in handler:
                    yield (*path, call), mapping(handler[call])


def embedded_pods(manifest: Manifest) -> Iterator[Manifest]:
    """The Pods that a ConfigMap holds as YAML text, for a program that creates them.

    Text that is no YAML, or holds more than one Pod, is left alone: it is not known what reads
    it.
    """
    if manifest.ref.kind != "ConfigMap" or manifest.ref.group:
        return
    for text in mapping(manifest.data.get("data")).values():
        if isinstance(text, str) and _HOLDS_POD.search(text):
            pod = _read(text)
            if pod is not None:
                ref = object_ref(pod)
                yield Manifest(ref, pod, ref.name)


def _read(text: str) -> _Data | None:
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    try:
        documents = [data for data in read_stream(text) if data is not None]
    except YamlError:
        return None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return None
    pod = documents[0]
    return pod if (pod.get("apiVersion"), pod.get("kind")) == ("v1", "Pod") else None


def mapping(value: Any) -> _Data:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def mappings(value: Any) -> Iterable[tuple[int, _Data]]:
    """The mappings among the items of a list, each with its index."""
    if not isinstance(value, list):
        return ()
    return [pair for pair in enumerate(value) if isinstance(pair[1], dict)]


def text(value: Any) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The strings of a list; none of anything else."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
