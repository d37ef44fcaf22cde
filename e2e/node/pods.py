"""Pods on the node: those of Airflow, their sudden end, and Pods of a claim's own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e.node.images import GIT_SYNC_DOUBLE
from e2e.trees import unready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from e2e.api import Object
    from e2e.controlplane import ControlPlane

ByWorkload = dict[str, dict[str, "Object"]]
"""Pods by their uids, by the names of the Deployments and StatefulSets that keep them."""

COMPONENT = "app.kubernetes.io/component"


def own(
    name: str, command: Sequence[str], labels: Mapping[str, str], namespace: str = "default"
) -> dict[str, Any]:
    """A Pod that runs one command, where a Python is; Pod Security `restricted` accepts it."""
    container = {
        "name": "main",
        "image": GIT_SYNC_DOUBLE.full_name,
        "command": command,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"restartPolicy": "Never", "securityContext": security, "containers": [container]}
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def of_component(cluster: ControlPlane, component: str, namespace: str = "airflow") -> list[Object]:
    """The Pods of a component that are not being deleted."""
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector={COMPONENT}%3D{component}"
    found = cluster.api.request("GET", path)["items"]
    return [one for one in found if "deletionTimestamp" not in one["metadata"]]


def by_workload(cluster: ControlPlane) -> ByWorkload:
    """The Pods in airflow that are not being deleted, by the workload that keeps them there."""
    found: ByWorkload = {}
    for pod in cluster.api.request("GET", "/api/v1/namespaces/airflow/pods")["items"]:
        metadata = pod["metadata"]
        (owner,) = metadata.get("ownerReferences", [{"kind": "", "name": ""}])
        if owner["kind"] in ("ReplicaSet", "StatefulSet") and "deletionTimestamp" not in metadata:
            name = owner["name"]
            workload = name.rpartition("-")[0] if owner["kind"] == "ReplicaSet" else name
            found.setdefault(workload, {})[metadata["uid"]] = pod
    return found


def is_ready(pod: Object) -> bool:
    """Whether a Pod's own probes say so."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def restarts(cluster: ControlPlane) -> dict[str, int]:
    """How often containers in airflow were started again, by Pod and container; those only."""
    pods = cluster.api.request("GET", "/api/v1/namespaces/airflow/pods")["items"]
    return {
        f"{pod['metadata']['name']} {one['name']}": one["restartCount"]
        for pod in pods
        for kind in ("initContainerStatuses", "containerStatuses")
        for one in pod["status"].get(kind, [])
        if one["restartCount"]
    }


def kill(cluster: ControlPlane, component: str, namespace: str = "airflow") -> None:
    """End the only Pod of a component that runs as a machine does that fails: at once, and it is
    gone."""
    there = of_component(cluster, component, namespace)
    (pod,) = (one for one in there if one["status"]["phase"] == "Running")  # others have ended
    for number in _processes(pod["metadata"]["uid"]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    where = (f"--namespace={namespace}", pod["metadata"]["name"])
    cluster.kubectl("delete", "pod", *where, "--grace-period=0", "--force", "--ignore-not-found")


def wait_ready(cluster: ControlPlane, component: str, count: int, seconds: float) -> None:
    """Wait until a component has so many Pods, all Ready."""

    def ready() -> bool:
        found = of_component(cluster, component)
        return len(found) == count and all(map(is_ready, found))

    cluster.wait_for(f"{count} Ready Pods of {component}", ready, seconds)


def _processes(uid: str) -> Iterator[int]:
    """Those in the control groups of a Pod."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"pod{uid}" in (process / "cgroup").read_text():
                yield int(process.name)


def wait_gone(cluster: ControlPlane, name: str, seconds: float) -> None:
    """Wait until there is no Pod of a name in airflow."""
    path = f"/api/v1/namespaces/airflow/pods/{name}"
    cluster.wait_for(f"end of {name}", lambda: cluster.api.find(path) is None, seconds)


def wait_rolled_out(cluster: ControlPlane, seconds: float) -> None:
    """Wait until whatever of Airflow was changed or restarted runs as it is wanted now."""
    where = ("--namespace=airflow", "--selector=app.kubernetes.io/name=airflow", "--output=json")

    def done() -> bool:
        text = cluster.kubectl("get", "deployment,statefulset", *where)
        return not unready(json.loads(text)["items"])

    cluster.wait_for("rollout of Airflow", done, seconds)
