"""What Pods find elsewhere, or not any more, of the claims that they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, pod_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest

_CLAIM = "persistentVolumeClaim"


class _Mount(NamedTuple):
    """What a container has at a path: a directory of a claim, or another kind of volume."""

    claim: str
    directory: str
    kind: str = _CLAIM

    def __str__(self) -> str:
        if not self.claim:
            return f"a volume of the kind {self.kind}"
        return f"{self.directory} of the claim {self.claim}".removeprefix(" of ")


class _Place(NamedTuple):
    """A container, and a path in it."""

    container: str
    path: str


def remounted(old: Manifest, new: Manifest) -> Iterator[str]:
    """In words, what becomes of the paths of a workload at which its containers had claims."""
    before, after = _mounts(old), _mounts(new)
    for place, was in before.items():
        now = after.get(place)
        if not was.claim or now == was:
            continue
        others = [one for one, mount in after.items() if mount == was]
        others.sort(key=lambda one: (one.path != place.path, one.container != place.container))
        if now:
            yield f"container {place.container} has {now} at {place.path}, and not {was}"
        elif not others:
            yield f"container {place.container} has {was} no more"
        elif others[0] not in before and others[0].path != place.path:
            moved = others[0]
            yield f"container {moved.container} has {was} at {moved.path}, and not at {place.path}"


def _mounts(manifest: Manifest) -> Mapping[_Place, _Mount]:
    """What the containers of a workload have, but for those that end before the others start."""
    pod = pod_of(manifest)
    if pod is None:
        return {}
    volumes = {text(one.get("name")): one for _, one in mappings(pod.spec.get("volumes"))}
    templates = mapping(manifest.data.get("spec")).get("volumeClaimTemplates")
    for _, template in mappings(templates):
        name = text(mapping(template.get("metadata")).get("name"))
        volumes[name] = {_CLAIM: {"claimName": name}}
    found = {}
    for path, container in pod.containers:
        for _, mount in mappings(container.get("volumeMounts")) if "containers" in path else ():
            place = text(mount.get("mountPath")).rstrip("/") or "/"
            directory = text(mount.get("subPath")) or text(mount.get("subPathExpr"))
            volume = volumes.get(text(mount.get("name")), {})
            found[_Place(text(container.get("name")), place)] = _mount(volume, directory)
    return found


def _mount(volume: Mapping[str, Any], directory: str) -> _Mount:
    claim = text(mapping(volume.get(_CLAIM)).get("claimName"))
    if claim:
        return _Mount(claim, directory.strip("/"))
    kinds = [key for key, value in volume.items() if key != "name" and value is not None]
    return _Mount("", "", kinds[0] if kinds else "emptyDir")
