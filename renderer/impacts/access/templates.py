"""Pods that an object is or makes, also where its kind is not one that Kubernetes serves.

What a controller makes of a custom resource nobody knows, but many kinds hold what they make Pods
of: the specification of a Pod, or fields of one, wherever it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import CONTAINERS, Pod, embedded_pods, mapping, mappings, pod_of, text
from renderer.checks.podsecurity.baseline import HOST_FIELDS
from renderer.checks.podsecurity.violations import CONTEXT
from renderer.kubernetes.kinds import BUILT_IN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.patching.pointing import Path

# A container that is no item of a list, as templates of Argo Workflows have it.
_SINGLE = ("container", "script")

_Data = dict[str, Any]


class Template(NamedTuple):
    """A Pod that an object is or makes, before and after a change of it.

    `ref` is that of the change, `namespace` that of the Pods. `holder` is the object, where the Pod
    is a part of it; None where it is in a text of it.
    """

    ref: ObjectRef
    namespace: str
    old: Pod | None
    new: Pod
    holder: Manifest | None

    @property
    def is_custom(self) -> bool:
        """Whether nobody knows what a controller makes of it."""
        return self.holder is not None and is_custom(self.holder)


def is_custom(manifest: Manifest) -> bool:
    """Whether an object is of a kind that a definition or another API server has brought."""
    return manifest.ref.group not in BUILT_IN_GROUPS


def templates(changes: Iterable[Changed]) -> Iterator[Template]:
    """The Pods of all objects that are there after their change."""
    for one in changes:
        if one.new is None:
            continue
        ref, home = one.change.ref, one.new.ref.namespace
        before = pods_by_place(one.old)
        for place, pod in pods_by_place(one.new).items():
            yield Template(ref, home, before.get(place), pod, one.new)
        in_texts = {pod.ref: pod for pod in embedded_pods(one.old)} if one.old else {}
        for embedded in embedded_pods(one.new):
            new, old = pod_of(embedded), in_texts.get(embedded.ref)
            if new:
                yield Template(ref, embedded.ref.namespace or home, old and pod_of(old), new, None)


def pods_by_place(manifest: Manifest | None) -> dict[Path, Pod]:
    """The Pods that an object is or makes, by their place, with names instead of indices.

    Those of a custom resource are what looks like a Pod, or like a part of one.
    """
    if manifest is None:
        return {}
    pod = pod_of(manifest)
    if pod is not None:
        return {(): pod}
    if not is_custom(manifest):
        return {}
    return {
        place: pod
        for place, path, node, metadata in places(manifest)
        for pod in [_pod(path, node, metadata)]
        if pod is not None
    }


def places(manifest: Manifest) -> Iterator[tuple[Path, Path, _Data, _Data]]:
    """All mappings of an object but containers: the place and path of each, and the metadata that
    stand beside it."""
    waiting: list[tuple[Path, Path, Any, _Data]] = [
        ((key,), (key,), value, {})
        for key, value in manifest.data.items()
        if key not in ("metadata", "status")
    ]
    while waiting:
        place, path, node, metadata = waiting.pop()
        if isinstance(node, list):
            names = set[str]()
            for index, item in enumerate(node):
                name = text(mapping(item).get("name"))
                key = index if name in names else name or index
                names.add(name)
                waiting.append(((*place, key), (*path, index), item, {}))
        elif isinstance(node, dict):
            yield place, path, node, metadata
            own = {path[0] for path, _ in _containers(node, ())}
            waiting += [
                ((*place, key), (*path, key), value, mapping(node.get("metadata")))
                for key, value in node.items()
                if key not in own
            ]


def _pod(path: Path, node: _Data, metadata: _Data) -> Pod | None:
    containers = [*_containers(node, path)]
    if not containers and isinstance(node.get(CONTEXT), dict):
        containers = [(path, node)]  # what says how its one container runs
    if not containers and not _is_of_pod(node):
        return None
    return Pod(path[:-1], metadata, node, containers, spec_path=path)


def _containers(node: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, _Data]]:
    for field in CONTAINERS:
        found = mappings(node.get(field))
        if found and all(text(one.get("name")) or text(one.get("image")) for _, one in found):
            yield from (((*path, field, index), one) for index, one in found)
    for field in _SINGLE:
        if text(mapping(node.get(field)).get("image")):
            yield (*path, field), node[field]


def _is_of_pod(node: Mapping[str, Any]) -> bool:
    """Whether a mapping without containers has fields that only Pods have."""
    return any(isinstance(node.get(field), bool) for field in (*HOST_FIELDS, "hostUsers")) or any(
        isinstance(volume.get("hostPath"), dict) for _, volume in mappings(node.get("volumes"))
    )
