"""Workloads that no longer run, and ports that their containers no longer have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.facts import Labels, pairs_of
from renderer.checks.pods import calls, mapping, mappings, pod_of, text
from renderer.impacts.fields import with_keys
from renderer.impacts.outage.foretold import foretold
from renderer.impacts.replicas import replicas_of, scales
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.pods import Pod
    from renderer.impacts.model import ClusterObjects, Consequence, Sides
    from renderer.kubernetes.manifests import Manifest


def lost_replicas(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Workloads that had Pods and are asked to have none, unless something scales them from 0."""
    for one in changes:
        if one.old is None or one.new is None:
            continue
        before, after = replicas_of(one.old), replicas_of(one.new)
        if before and after == 0:
            scalers = sides.new.of_kind("keda.sh", "ScaledObject")
            if not any(scales(scaler, one.new.ref) for scaler in scalers):
                services = [service.label for service in _services_of(one.new, sides.new)]
                left = f", and {', '.join(services)} led to it" if services else ""
                reason = f"it has no Pod any more{left}"
                hint = "keep a replica, or remove the workload with what leads to it"
                yield foretold(one.change.ref, reason, hint, "/spec/replicas")


def lost_ports(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Ports by number that a container listed before, and that something still calls.

    The list of ports binds nobody (`ports` of a container in the API reference), but who changes
    it there says that the program listens elsewhere.
    """
    for one in changes:
        before, after = (side and pod_of(side) for side in (one.old, one.new))
        if before is None or after is None or one.new is None:
            continue
        had, has = _ports(before), _ports(after)
        for name, (at, container) in _by_name(after).items():
            lost = had.get(name, set()) - has.get(name, set())
            for path, call in calls(container) if has.get(name) else ():
                if _number(call.get("port")) in lost:
                    reason = (
                        f"the {path[0]} of container {name} calls the port {call['port']}, which"
                        " the container lists no more"
                    )
                    field = format_path((*at, *path, "port"))
                    yield foretold(one.change.ref, reason, "change both", with_keys(one.new, field))
        gone = set[int]().union(*had.values()) - set[int]().union(*has.values())
        if gone and any(has.values()):
            yield from _still_sent_to(one, one.new, gone, sides)


def _still_sent_to(
    one: Changed, new: Manifest, gone: set[int], sides: Sides
) -> Iterator[Consequence]:
    for service in _services_of(new, sides.new):
        for _, port in mappings(mapping(service.data.get("spec")).get("ports")):
            target = port.get("targetPort", port.get("port"))
            if _number(target) in gone:
                reason = f"{service.label} sends to the port {target}, which no container lists"
                yield foretold(one.change.ref, f"{reason} any more", "change both")


def _services_of(workload: Manifest, objects: ClusterObjects) -> Iterator[Manifest]:
    """The Services that select the Pods of a workload."""
    pod = pod_of(workload)
    labels = pairs_of(pod.metadata.get("labels")) if pod else frozenset()
    for service in objects.of_kind("", "Service"):
        selector = mapping(mapping(service.data.get("spec")).get("selector"))
        is_near = service.ref.namespace == workload.ref.namespace
        if selector and is_near and Labels(pairs_of(selector)).match(labels):
            yield service


def _by_name(pod: Pod) -> Mapping[str, Any]:
    return {text(container.get("name")): (path, container) for path, container in pod.containers}


def _ports(pod: Pod) -> dict[str, set[int]]:
    """The numbers of the ports that each container lists."""
    return {
        text(container.get("name")): {
            number
            for _, port in mappings(container.get("ports"))
            if isinstance(number := port.get("containerPort"), int)
        }
        for _, container in pod.containers
    }


def _number(port: Any) -> int | None:
    if isinstance(port, str) and port.isdecimal():
        return int(port)
    return port if isinstance(port, int) else None
