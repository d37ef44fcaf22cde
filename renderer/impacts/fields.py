"""Fields of objects, and how changes name them: items of lists by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

# The merge keys of lists that findings point into (`patchMergeKey` in the API reference).
_KEYS = {
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "volumes": "name",
}


def spec_of(manifest: Manifest) -> dict[str, Any]:
    """The `spec` of an object; empty where it is none."""
    return mapping(manifest.data.get("spec"))


def with_keys(manifest: Manifest, field: str) -> str:
    """A JSON Pointer with keys in the place of the indices of lists that have some."""
    node: Any = manifest.data
    steps: list[str] = []
    for step in field.split("/")[1:]:
        inside = node[int(step)] if isinstance(node, list) and step.isdecimal() else None
        key = _KEYS.get(steps[-1]) if steps and isinstance(inside, dict) else None
        shown = f"[{key}={inside[key]}]" if key and inside and key in inside else step
        steps.append(shown)
        if inside is None and isinstance(node, dict):
            inside = node.get(step.replace("~1", "/").replace("~0", "~"))
        node = inside
    return "".join(f"/{step}" for step in steps)
