"""Directives of strategic merge patches that nobody has carried out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

# Kubernetes community, "Strategic Merge Patch": all that apimachinery's strategicpatch knows.
_DIRECTIVE = re.compile(r"\$(?:patch|retainKeys|(?:deleteFromPrimitiveList|setElementOrder)/.*)")
_TRACE = re.compile(r"\$(?:patch|retainKeys|deleteFromPrimitiveList|setElementOrder)")

# Fields of custom resources that hold patches for others to apply:
# - Flux, Kustomization and HelmRelease: patches, patchesStrategicMerge
#   (fluxcd.io/flux/components/kustomize/kustomizations, .../helm/helmreleases#post-renderers)
# - Kyverno, rules: mutate.patchStrategicMerge (kyverno.io, "Mutate Rules")
# - Argo CD, Application and ApplicationSet: kustomize.patches, templatePatch
# - Cluster API, ClusterClass: patches (cluster-api.sigs.k8s.io, "Writing a ClusterClass")
# - Envoy Gateway, EnvoyProxy: patch (gateway.envoyproxy.io, KubernetesPatchSpec)
# - OpenKruise, UnitedDeployment and WorkloadSpread: subsets[].patch (openkruise.io)
# - KubeVirt: customizeComponents.patches; Istio, IstioOperator: overlays[].patches
# - Karmada, OverridePolicy: overriders (karmada.io, "Override Policy")
_HOLDS_PATCHES = re.compile("patch|overriders", re.IGNORECASE)


def may_hold_directives(text: str) -> bool:
    """Whether the text of a manifest is worth a walk; no text is broken within a directive."""
    return _TRACE.search(text) is not None


def left_directives(manifest: Manifest) -> list[Finding]:
    """An error for each directive that would be applied as if it were a field.

    kustomize carries them out where it knows how lists of a kind are merged: in Kubernetes' own
    kinds and those of an `openapi:` schema (kyaml, `merge2`). In any other a list is replaced as a
    whole, directives included. What stands below a field that holds patches is left to them.
    """
    is_custom = manifest.ref.group not in BUILT_IN_GROUPS
    return [
        Finding.error(
            "patch-directive",
            f"the directive {name.partition('/')[0]} was not carried out, and would be applied",
            object=manifest.label,
            field=format_path((*path, name)),
            hint=_hint(is_custom=is_custom),
        )
        for path, name in _directives(manifest.data, is_custom=is_custom)
    ]


def _hint(*, is_custom: bool) -> str:
    if is_custom:
        return (
            "kustomize cannot merge lists of this kind: write a JSON patch, or name a schema of it"
            " in openapi:"
        )
    return "kustomize knows $patch: delete, replace and merge, in a patch only"


def _directives(data: Any, *, is_custom: bool) -> Iterator[tuple[Path, str]]:
    """The paths of the containers that hold a directive, each with its name."""
    stack: list[tuple[Path, Any]] = [((), data)]
    while stack:
        path, node = stack.pop()
        inner: list[tuple[Path, Any]] = []
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(key, str):
                if _DIRECTIVE.fullmatch(key):
                    yield path, key
                    continue
                if is_custom and _HOLDS_PATCHES.search(key):
                    continue
            if isinstance(value, (dict, list)):
                inner.append(((*path, key), value))
        stack += reversed(inner)
