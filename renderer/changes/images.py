"""The images of all workloads: which become which, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import embedded_pods, pod_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import ObjectChange
    from renderer.kubernetes.manifests import Manifest

_MAJOR = re.compile(r"v?(\d+)(?:\.|$|-)")
_PARTS = re.compile(r"(?P<name>.+?)(?P<tag>:[\w.-]+)?(?P<digest>@[\w+.-]+:[0-9a-fA-F]+)?\Z")


class ImageChange(NamedTuple):
    """An image that becomes another; `old` or `new` is empty for a container that comes or goes
    in an object that stays.

    `containers` counts them in all clusters.
    """

    old: str
    new: str
    containers: int
    clusters: tuple[str, ...]

    @property
    def is_major(self) -> bool:
        """Whether the first number of the version is another."""
        before, after = _major(self.old), _major(self.new)
        return before is not None and after is not None and before != after


def image_changes(changes: Mapping[str, Sequence[ObjectChange]]) -> list[ImageChange]:
    """The image changes of all clusters, by image."""
    found: dict[tuple[str, str], list[str]] = {}
    for cluster in sorted(changes):
        for change in changes[cluster]:
            for pair in change.images:
                found.setdefault(pair, []).append(cluster)
    return [
        ImageChange(old, new, len(clusters), tuple(dict.fromkeys(clusters)))
        for (old, new), clusters in sorted(found.items())
    ]


def images_between(old: Manifest, new: Manifest) -> Iterator[tuple[str, str]]:
    """The images that differ between two versions of an object, for each of its containers."""
    before, after = _images(old), _images(new)
    for where in (*before, *(one for one in after if one not in before)):
        pair = before.get(where, ""), after.get(where, "")
        if pair[0] != pair[1]:
            yield pair


def _images(manifest: Manifest) -> dict[tuple[Any, ...], str]:
    """The images of an object's containers, and of the Pods that it holds as text."""
    found: dict[tuple[Any, ...], str] = {}
    for number, one in enumerate((manifest, *embedded_pods(manifest))):
        pod = pod_of(one)
        for path, container in pod.containers if pod else ():
            image = container.get("image")
            if isinstance(image, str):
                found[number, path[-2], text(container.get("name"))] = image
    return found


def _major(image: str) -> str | None:
    parts = _PARTS.match(image)
    tag = parts["tag"] if parts else None
    found = _MAJOR.match(tag[1:]) if tag else None
    return found[1] if found else None
