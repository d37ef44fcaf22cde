"""What Pods find elsewhere, or not any more, of the claims that they had."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, pod_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest

_CLAIM = "persistentVolumeClaim"
# Of which a directory is one file, so that what is beside it stays.
_FILES = frozenset(["configMap", "downwardAPI", "projected", "secret"])
_THERE = "say in the review that the data is there, or is not needed"
_WRITTEN = "say in the review that nothing is written there"


class _Mount(NamedTuple):
    """What a container has at a path: a directory of a claim, or another kind of volume."""

    claim: str
    directory: str
    kind: str = _CLAIM
    is_read_only: bool = False

    def is_same(self, other: _Mount | None) -> bool:
        """Whether the same data is there, whatever may be done with it."""
        return other is not None and self[:3] == other[:3]

    @property
    def is_file(self) -> bool:
        return self.kind in _FILES and bool(self.directory)

    def __str__(self) -> str:
        if not self.claim:
            return f"a volume of the kind {self.kind}"
        return f"{self.directory} of the claim {self.claim}".removeprefix(" of ")


class _Place(NamedTuple):
    """A container, and a path in it."""

    container: str
    path: str

    def is_below(self, other: _Place) -> bool:
        inside = f"{other.path}/".replace("//", "/")
        return self != other and self.container == other.container and self.path.startswith(inside)


def remounted(old: Manifest, new: Manifest) -> Iterator[tuple[str, str]]:
    """In words, what becomes of the paths of a workload at which its containers had claims, each
    with what to do."""
    before, after = _mounts(old), _mounts(new)
    for place, was in before.items():
        if not was.claim:
            continue
        now = after.get(place)
        reason = _elsewhere(place, was, before, after)
        if reason:
            yield reason, _THERE
        elif now and now.is_read_only and not was.is_read_only:
            yield f"container {place.container} may only read {now} at {place.path}", _WRITTEN
        for inner, over in after.items() if was.is_same(now) else ():
            if not inner.is_below(place) or inner in before or over.is_file:
                continue
            directory = posixpath.join(was.directory, posixpath.relpath(inner.path, place.path))
            if not over.is_same(was._replace(directory=directory)):
                where = f"at {inner.path}, over what {was} has there"
                yield f"container {inner.container} has {over} {where}", _THERE


def _elsewhere(
    place: _Place, was: _Mount, before: Mapping[_Place, _Mount], after: Mapping[_Place, _Mount]
) -> str:
    """In words, that a container has not at a path what it had there; empty where it has."""
    now = after.get(place)
    if was.is_same(now):
        return ""
    others = [one for one, mount in after.items() if was.is_same(mount)]
    others.sort(key=lambda one: (one.path != place.path, one.container != place.container))
    if now:
        return f"container {place.container} has {now} at {place.path}, and not {was}"
    if not others:
        return f"container {place.container} has {was} no more"
    moved = others[0]
    if moved in before or moved.path == place.path:
        return ""
    return f"container {moved.container} has {was} at {moved.path}, and not at {place.path}"


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
        if "containers" not in path:
            continue
        name = text(container.get("name"))
        for field, at in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
            for _, mount in mappings(container.get(field)):
                place = _Place(name, _normal(text(mount.get(at))) or "/")
                found[place] = _mount(volumes.get(text(mount.get("name")), {}), mount)
    return found


def _mount(volume: Mapping[str, Any], mount: Mapping[str, Any]) -> _Mount:
    directory = _normal(text(mount.get("subPath")) or text(mount.get("subPathExpr"))).strip("/")
    claimed = mapping(volume.get(_CLAIM))
    claim = text(claimed.get("claimName"))
    if claim:
        is_read_only = mount.get("readOnly") is True or claimed.get("readOnly") is True
        return _Mount(claim, directory, is_read_only=is_read_only)
    kinds = [key for key, value in volume.items() if key != "name" and value is not None]
    return _Mount("", directory, kinds[0] if kinds else "emptyDir")


def _normal(path: str) -> str:
    """A path in the words of all; empty where it names no directory of its own."""
    normal = posixpath.normpath(path)
    return "" if normal == "." else normal.replace("//", "/")
