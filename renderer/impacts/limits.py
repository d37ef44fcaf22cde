"""Which Pods a LimitRange of their Namespace keeps out.

plugin/pkg/admission/limitranger/admission.go of Kubernetes, with the defaults of
pkg/apis/core/v1/defaults.go. As with Pod Security a workload is taken, and its Pods are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, pod_of, text
from renderer.impacts.fields import with_keys
from renderer.kubernetes.quantities import amount
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from renderer.impacts.model import ClusterObjects
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

LIMIT_RANGE = "LimitRange"


class LimitRefusal(NamedTuple):
    """Why the Pods of a workload are refused, and the field that asks for too much or little."""

    limits: Manifest
    why: str
    field: str


def limit_refusal(manifest: Manifest, cluster: ClusterObjects) -> LimitRefusal | None:
    """The first LimitRange that keeps the Pods of an object out; None where they are let in."""
    pod = pod_of(manifest)
    if pod is None:
        return None
    for limits in _of_namespace(manifest.ref.namespace, cluster):
        for _, item in mappings(mapping(limits.data.get("spec")).get("limits")):
            if item.get("type") == "Container":
                for path, container in pod.containers:
                    for why, at in _of_container(container, item):
                        field = with_keys(manifest, format_path((*path, *at)))
                        return LimitRefusal(limits, why, field)
            elif item.get("type") == "Pod":
                main = mappings(pod.spec.get("containers"))
                for why in _of_pod([one for _, one in main], mapping(item.get("max"))):
                    return LimitRefusal(limits, why, format_path(pod.spec_path))
    return None


def _of_namespace(namespace: str, cluster: ClusterObjects) -> Iterator[Manifest]:
    return (one for one in cluster.few(LIMIT_RANGE) if one.ref.namespace == namespace)


def _of_container(container: Any, item: Any) -> Iterator[tuple[str, Path]]:
    """What one container says, or gets by default, that is not let in."""
    name = text(mapping(container).get("name"))
    least, most = mapping(item.get("min")), mapping(item.get("max"))
    ratios = mapping(item.get("maxLimitRequestRatio"))
    limits, requests = _with_defaults(mapping(mapping(container).get("resources")), item)
    for kind, said in (("requests", requests), ("limits", limits)):
        for resource, found in said.items():
            low, high = amount(least.get(resource)), amount(most.get(resource))
            value = amount(found)
            if value is None:
                continue
            at: Path = ("resources", kind, resource)
            if high is not None and value > high:
                bound = f"at most {most[resource]} is let in"
                yield f"{kind}.{resource} of container {name} is {found}, and {bound}", at
            if low is not None and value < low:
                bound = f"at least {least[resource]} is let in"
                yield f"{kind}.{resource} of container {name} is {found}, and {bound}", at
    for resource in ratios:
        ratio, limit, request = (amount(one.get(resource)) for one in (ratios, limits, requests))
        if ratio and limit and request and limit / request > ratio:
            reason = (
                f"the limit of {resource} of container {name} is more than"
                f" {ratios[resource]} times what it requests"
            )
            yield reason, ("resources", "limits", resource)


def _with_defaults(resources: Any, item: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The limits and requests of a container in the end."""
    own = mapping(resources.get("limits"))
    default = {**mapping(item.get("max")), **mapping(item.get("default"))}
    requested = {**mapping(item.get("min")), **default, **mapping(item.get("defaultRequest"))}
    return {**default, **own}, {**requested, **own, **mapping(resources.get("requests"))}


def _of_pod(containers: Sequence[Any], most: Any) -> Iterator[str]:
    """What the containers of a Pod have together that is too much, init containers aside."""
    for resource, bound in most.items():
        high = amount(bound)
        for kind in ("requests", "limits"):
            total = _total(containers, kind, resource)
            if high is not None and total > high:
                yield f"the {kind}.{resource} of its containers are together more than {bound}"


def _total(containers: Sequence[Any], kind: str, resource: str) -> Decimal:
    from decimal import Decimal

    said = (mapping(mapping(one.get("resources")).get(kind)).get(resource) for one in containers)
    return sum((amount(one) or Decimal(0) for one in said), start=Decimal(0))
