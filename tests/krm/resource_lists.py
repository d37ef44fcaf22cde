"""ResourceLists for tests: made up, or recorded.

The files of tests/krm are what kustomize v5.8.2 sent to a transformer of a wrapper around an
overlay of tests/oracle_trees of the same name (a function that only echoes its input).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from renderer.yamldoc.reading import read_stream
from renderer.yamldoc.writing import write

HERE = Path(__file__).parent
OURS = "renderer.gitops/v1alpha1"

Object = dict[str, Any]


def resource_list(config: object, *items: object, **more: object) -> bytes:
    """A ResourceList as text."""
    data = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    return json.dumps({**data, "functionConfig": config, **more}, ensure_ascii=False).encode()


def config(kind: str, **spec: object) -> Object:
    """A function configuration called `a`."""
    return {"apiVersion": OURS, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


def recorded(name: str, **spec: object) -> bytes:
    """What kustomize sent for an oracle tree, for a Cluster with this spec."""
    (data,) = read_stream((HERE / f"{name}.yaml").read_bytes())
    assert isinstance(data, dict)
    return write({**data, "functionConfig": config("Cluster", **spec)}).encode()
