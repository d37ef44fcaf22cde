"""A small repository that tests break in one place at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BASE = {
    "base/kustomization.yaml": """\
resources: [namespace.yaml, web.yaml, service.yaml, parameters.yaml]
configMapGenerator:
- name: settings
  namespace: shop
  literals: [COLOR=red]
""",
    "base/namespace.yaml": """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
""",
    "base/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1
        env:
        - {name: HOST, value: localhost}
        envFrom:
        - configMapRef: {name: settings}
""",
    "base/service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: {app: web}
  ports: [{port: 80}]
""",
    "base/parameters.yaml": """\
apiVersion: renderer.gitops/v1alpha1
kind: Parameters
metadata:
  name: web
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
  parameters:
  - name: web.replicas
    description: How many Pods serve the shop.
    schema: {type: integer, minimum: 1}
    default: 1
    targets:
    - select: {kind: Deployment, name: web}
      path: /spec/replicas
  - name: web.host
    schema: {type: string, format: hostname}
    required: true
    targets:
    - select: {kind: Deployment, name: web}
      path: /spec/template/spec/containers/[name=web]/env/[name=HOST]/value
""",
}

TREE = (
    "_cluster/namespace-shop.yaml",
    "shop/configmap-settings.yaml",
    "shop/deployment-web.yaml",
    "shop/service-web.yaml",
)
"""The files of a cluster of the shop."""


def cluster_yaml(name: str, host: str = "shop.example.com", more: str = "") -> str:
    """A cluster.yaml; `more` are further lines of its spec."""
    return f"""\
apiVersion: renderer.gitops/v1alpha1
kind: Cluster
metadata:
  name: {name}
spec:
  parameters:
    web.host: {host}
{more}"""


def shop(*clusters: str) -> dict[str, str]:
    """The files of a repository with these clusters (one called `a` if none is given)."""
    files = dict(_BASE)
    for name in clusters or ("a",):
        files[f"overlays/{name}/kustomization.yaml"] = "resources: [../../base]\n"
        files[f"overlays/{name}/cluster.yaml"] = cluster_yaml(name)
    return files


def command(*arguments: str) -> list[str]:
    """The command line that runs `render` in a process of its own."""
    return [sys.executable, "-m", "renderer", *arguments]


def start(
    path: Path, arguments: Sequence[str], *, before: Sequence[str] = (), **options: Any
) -> subprocess.Popen[str]:
    """Start `render` in a process of its own; `before` is a command that runs it."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*before, *command(*arguments)], cwd=path, text=True, **options)


def spawn(
    path: Path, *arguments: str, before: Sequence[str] = (), **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run `render` in a process of its own to its end."""
    options = {"capture_output": True, "timeout": 60, **options}
    return subprocess.run([*before, *command(*arguments)], cwd=path, text=True, **options)


def snapshot(path: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below a directory: inode, mode, time of change, and content or target."""
    found = {}
    for directory, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = os.path.join(directory, name)
            status = os.lstat(entry)
            content = b""
            if os.path.islink(entry):
                content = os.fsencode(os.readlink(entry))
            elif os.path.isfile(entry):
                with open(entry, "rb") as file:
                    content = file.read()
            place = os.path.relpath(entry, path)
            found[place] = status.st_ino, status.st_mode, status.st_mtime_ns, content
    return found
