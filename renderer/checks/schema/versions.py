"""Versions and kinds of Kubernetes' own groups that a minor version does not serve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Groups that Kubernetes served once (docs, "Deprecated API Migration Guide").
_GONE = frozenset({"auditregistration.k8s.io", "extensions", "settings.k8s.io"})

# Kinds that have gone without another version of them.
_INSTEAD = {
    "PodSecurityPolicy": "label the namespaces for Pod Security instead",
    "PodPreset": "write into the Pods what it would have added",
}

_VERSION = re.compile(r"v([0-9]+)(?:(alpha|beta)([0-9]+))?\Z")


def is_builtin(group: str, served: Iterable[str]) -> bool:
    """Whether a group is one of Kubernetes' own, by the versions that are served."""
    return group in _GONE or any(group == one.rpartition("/")[0] for one in served)


def use_instead(api_version: str, kind: str, served: Mapping[str, Iterable[str]]) -> str:
    """A hint for a kind that is not served: the version that is, or the nearest name.

    `served` holds the kinds by apiVersion.
    """
    group = api_version.rpartition("/")[0]
    there = [one for one, kinds in served.items() if kind in kinds]
    same = [one for one in there if one.rpartition("/")[0] == group]
    if there:
        return f"use apiVersion: {max(same or there, key=_preference)}"
    if kind in _INSTEAD:
        return _INSTEAD[kind]
    if api_version in served:
        return nearest(kind, served[api_version])
    if "/" not in api_version:
        return "the apiVersion of a custom resource is <group>/<version>"
    return closest(kind, {one for kinds in served.values() for one in kinds})


def _preference(api_version: str) -> tuple[bool, bool, int, int, str]:
    """Stable versions before beta before alpha, the newest first, as Kubernetes orders them."""
    found = _VERSION.match(api_version.rpartition("/")[2])
    if not found:
        return False, False, 0, 0, api_version
    number, stage, step = found.groups()
    return stage is None, stage == "beta", int(number), int(step or 0), api_version
