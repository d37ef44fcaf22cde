"""What Pods that are not ready say, for whoever reads why a claim failed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from e2e.api import Object
    from e2e.controlplane import ControlPlane

_LINES = 15


@contextlib.contextmanager
def told(cluster: ControlPlane) -> Generator[None]:
    """An exception from the block gets a note about Pods, and the ends of their logs."""
    try:
        yield
    except Exception as error:
        error.add_note("\n".join(_lines(cluster)))
        raise


def _lines(cluster: ControlPlane) -> Iterator[str]:
    yield cluster.ask("get", "pods", "--all-namespaces").out
    for pod in cluster.objects("pods"):
        status = pod["status"]
        containers = [
            *status.get("initContainerStatuses", []),
            *status.get("containerStatuses", []),
        ]
        if status.get("phase") == "Pending" and not containers:
            yield f"{_name(pod)}: {status.get('conditions')}"
        for container in containers:
            if not _is_fine(container):
                yield f"{_name(pod)} {container['name']}: {container['state']}"
                yield _log(cluster, pod, container["name"])


def _is_fine(container: Object) -> bool:
    ended = container["state"].get("terminated", {})
    restarted = container.get("restartCount", 0) > 0
    return not restarted and (container["ready"] or ended.get("exitCode") == 0)


def _log(cluster: ControlPlane, pod: Object, container: str) -> str:
    where = (pod["metadata"]["name"], "--namespace", pod["metadata"]["namespace"])
    what = ("logs", *where, "--container", container, f"--tail={_LINES}")
    last = cluster.ask(*what).out
    return f"{cluster.ask(*what, '--previous').out}{last}"


def _name(pod: Object) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
