"""Secrets that are not encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.findings import Finding

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest


def is_encrypted(data: dict[str, Any]) -> bool:
    """Whether a Secret is encrypted by SOPS: every value of it, not only some."""
    if not isinstance(data.get("sops"), dict):
        return False
    values = [
        value
        for field in ("data", "stringData")
        for value in mapping(data.get(field)).values()
        if value
    ]
    return all(isinstance(value, str) and value.startswith("ENC[") for value in values)


def plain_secret(manifest: Manifest) -> list[Finding]:
    """What is wrong with a Secret: that it has data, and is not encrypted."""
    data = manifest.data
    if not (data.get("data") or data.get("stringData")) or is_encrypted(data):
        return []
    return [
        Finding.error(
            "plain-secret",
            "this Secret would be committed in plain text (base64 hides nothing)",
            object=manifest.label,
            hint="create it in the cluster and refer to it, use an ExternalSecret, or encrypt it"
            " with SOPS",
        )
    ]
