"""The node itself: Pods run on it, and find and reach each other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from e2e.node import pods
from e2e.node.cluster import NodeControlPlane

NODE = ("kubelet", "kube-proxy", "coredns")
SECONDS = 60
WEB = "python3 -m http.server 8080 --directory /etc"
ASK = "import urllib.request as u; print(u.urlopen('http://web.default.svc/hostname').status)"


def pod(name: str, command: list[str]) -> dict[str, Any]:
    return pods.own(name, command, {"app": name})


def wait_phase(node: NodeControlPlane, name: str, phase: str) -> None:
    def reached() -> bool:
        found = node.api.request("GET", f"/api/v1/namespaces/default/pods/{name}")
        return bool(found["status"].get("phase") == phase)

    node.wait_for(f"Pod {name} that is {phase}", reached, SECONDS)


@pytest.mark.proves("a Pod under `restricted` runs, and its log is read by the API", *NODE)
def test_a_pod_runs(node: NodeControlPlane) -> None:
    namespace = node.kubectl(
        "label", "namespace/default", "pod-security.kubernetes.io/enforce=restricted"
    )
    assert "labeled" in namespace
    node.kubectl("create", "-f", "-", stdin=json.dumps(pod("hello", ["id", "-u"])))
    wait_phase(node, "hello", "Succeeded")
    assert node.kubectl("logs", "hello") == "65533\n"


@pytest.mark.proves("a Pod reaches another by the name of its Service, and exec works", *NODE)
def test_a_service(node: NodeControlPlane) -> None:
    service = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}
    metadata = {"name": "web", "namespace": "default"}
    objects = [
        pod("web", WEB.split()),
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
    ]
    node.kubectl("create", "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))
    node.kubectl("wait", "--for=condition=Ready", "pod/web", f"--timeout={SECONDS}s")
    assert node.kubectl("exec", "web", "--", "python3", "-c", ASK) == "200\n"
    node.kubectl("create", "-f", "-", stdin=json.dumps(pod("client", ["python3", "-c", ASK])))
    wait_phase(node, "client", "Succeeded")
