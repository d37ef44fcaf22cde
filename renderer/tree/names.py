"""The file of each manifest in a tree, safe on every system."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from renderer.kubernetes.kinds import BUILT_IN_GROUPS, is_namespaced

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest, ObjectRef

CLUSTER_DIRECTORY = "_cluster"
NO_NAMESPACE_DIRECTORY = "_no-namespace"

_LONGEST = 255  # bytes of a file name on every file system in use
_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
_UNSAFE = re.compile(r"[^a-z0-9.-]")
# Windows' device names, with or without an ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z")

# (group, kind) -> namespaced, from the repository's own CustomResourceDefinitions.
Scopes = Mapping[tuple[str, str], bool]


def file_names(manifests: Sequence[Manifest], scopes: Scopes) -> list[str]:
    """The path of each manifest below the output directory, with slashes.

    Where two would share a path (also on systems that do not tell case apart), each of them
    carries a digest of its identity, whatever else is in the tree.
    """
    paths = [_path(manifest, scopes) for manifest in manifests]
    paths = _told_apart(paths, [_identity(manifest) for manifest in manifests])
    # Two contents under one hashed name differ in nothing but the hash.
    return _told_apart(paths, [manifest.ref.name for manifest in manifests])


def _told_apart(paths: Sequence[str], identities: Sequence[str]) -> list[str]:
    """The paths, with a digest of its identity at each of those that are the same."""
    seen: dict[str, int] = {}
    for path in paths:
        seen[path] = seen.get(path, 0) + 1
    return [
        _with_digest(path, identity) if seen[path] > 1 else path
        for path, identity in zip(paths, identities, strict=True)
    ]


def _identity(manifest: Manifest) -> str:
    """What a manifest is but for its hash, so that its file stays when its content changes."""
    ref = manifest.ref
    hashed = "hashed" if manifest.stem != ref.name else ""
    return "\0".join((ref.group, ref.kind, ref.namespace, manifest.stem, hashed))


def _path(manifest: Manifest, scopes: Scopes) -> str:
    ref = manifest.ref
    group = "" if ref.group in BUILT_IN_GROUPS else f".{ref.group.lower()}"
    stem = f"{ref.kind.lower()}{group}-{manifest.stem}"
    return f"{_directory(ref, scopes)}/{_safe(stem, len('.yaml'))}.yaml"


def _directory(ref: ObjectRef, scopes: Scopes) -> str:
    namespaced = scopes.get((ref.group, ref.kind), is_namespaced(ref.group, ref.kind))
    if namespaced is None:
        namespaced = bool(ref.namespace)
    if not namespaced:
        return CLUSTER_DIRECTORY
    return _safe(ref.namespace, 0) if ref.namespace else NO_NAMESPACE_DIRECTORY


def _safe(name: str, reserve: int) -> str:
    """The name itself if it is one that every system can hold, else one with a digest.

    `reserve` are the bytes that will follow it.
    """
    if _PLAIN.match(name) and len(name) + reserve <= _LONGEST and not _RESERVED.match(name):
        return name
    mark = "_" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    safe = _UNSAFE.sub("-", name.lower()).strip("-.")
    if _RESERVED.match(safe):
        safe = safe.replace(".", "-", 1)  # to Windows, a device is what is before the first dot
    return (safe[: _LONGEST - reserve - len(mark)] or "x") + mark


def _with_digest(path: str, identity: str) -> str:
    mark = "_" + hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    directory, _, name = path.rpartition("/")
    stem = name.removesuffix(".yaml")[: _LONGEST - len(mark) - len(".yaml")]
    return f"{directory}/{stem}{mark}.yaml"
