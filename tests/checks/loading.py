"""Manifests for tests: from YAML text, or all of a shipped cluster."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st
from support import PROJECT

from renderer.checks.pods import embedded_pods
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.kustomize.name_hash import split_hash

CLUSTERS = sorted(path.name for path in (PROJECT / "clusters").iterdir())

_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)
)
JSON = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
"""Anything that a field may hold before somebody has checked it."""


def manifest(data: dict[str, Any]) -> Manifest:
    ref = object_ref(data)
    return Manifest(ref, data, split_hash(data) or ref.name)


def manifests(text: str) -> list[Manifest]:
    """The manifests of a YAML stream, and the Pods that its ConfigMaps hold."""
    found = [manifest(data) for data in yaml.safe_load_all(text)]
    return [*found, *(pod for one in found for pod in embedded_pods(one))]


def cluster(name: str) -> list[Manifest]:
    """The manifests of a cluster of this repository, as committed."""
    files = sorted((PROJECT / "clusters" / name).rglob("*.yaml"))
    return manifests("\n---\n".join(file.read_text() for file in files))


def places(data: Any) -> list[tuple[str | int, ...]]:
    """The path of every field of an object, those of containers too."""
    found: list[tuple[str | int, ...]] = []
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while stack:
        path, node = stack.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            found.append((*path, key))
            if isinstance(value, (dict, list)):
                stack.append(((*path, key), value))
    return sorted(found, key=str)


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of an object in which one field has another value."""
    if not path:
        return value
    key, *rest = path
    inner = replaced(data[key], tuple(rest), value)
    if isinstance(data, dict):
        return {**data, key: inner}
    return [*data[: int(key)], inner, *data[int(key) + 1 :]]
