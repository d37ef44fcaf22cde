"""Checks of a composition as a whole: every manifest has one identity, and nobody else has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest, ObjectRef, metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_identities(manifests: Sequence[Manifest]) -> list[Finding]:
    """Manifests without a name, and those that claim the identity of another."""
    findings = []
    seen: set[ObjectRef] = set()
    for manifest in manifests:
        if not manifest.ref.name:
            findings.append(_nameless(manifest))
        elif manifest.ref in seen:
            findings.append(
                Finding.error(
                    "duplicate-identity",
                    "two manifests have this identity; the cluster would keep one of them",
                    object=manifest.label,
                    hint="rename one, or take one out of kustomization.yaml",
                )
            )
        seen.add(manifest.ref)
    return findings


def _nameless(manifest: Manifest) -> Finding:
    generated = metadata_of(manifest.data).get("generateName")
    if generated:
        message = f"generateName: {generated} gives the object a new name at every apply"
        hint = "give it a metadata.name: what GitOps syncs needs a name that stays"
    else:
        message = "the manifest has no metadata.name"
        hint = "give it one"
    return Finding.error("missing-name", message, object=manifest.label, hint=hint)
