"""Secrets that are not encrypted, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping
from renderer.checks.secrets.held import ENCRYPTED, judge_content, text_of
from renderer.checks.secrets.judging import Judgement
from renderer.findings import Finding
from renderer.kubernetes.manifests import annotations_of
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

# What SOPS leaves in a file of each format, and Flux looks for in the data of a Secret
# (kustomize-controller, internal/decryptor).
_SOPS = ('"mac": "ENC[', "mac: ENC[", "sops_mac=ENC[", "[sops]")
_DECRYPT = "kustomize.toolkit.fluxcd.io/decrypt"


def plain_secret(manifest: Manifest) -> list[Finding]:
    """What is wrong with a Secret: that it has a value that is secret, and is not encrypted.

    Nothing, what Flux or another program fills in, paths, and what only tells who or where are
    none. Where SOPS encrypted the rest, what stands beside it in doubt is one that was forgotten.
    """
    data = manifest.data
    is_whole = isinstance(data.get("sops"), dict)
    least = Judgement.HIDDEN if is_whole else Judgement.ACCUSED
    finding: Finding | None = None
    for field in ("stringData", "data"):
        for name, value in mapping(data.get(field)).items():
            if not value or (is_whole and str(value).startswith(ENCRYPTED)):
                continue
            text = text_of(field, value)
            if judge_content(name, value, text) >= least:
                return [_plain(manifest)]
            if finding is None and text is not None:
                finding = _undecryptable(manifest, field, name, text)
    return [finding] if finding else []


def _plain(manifest: Manifest) -> Finding:
    return Finding.error(
        "plain-secret",
        "this Secret would be committed in plain text (base64 hides nothing)",
        object=manifest.label,
        hint="create it in the cluster and refer to it, use an ExternalSecret, or encrypt it"
        " with SOPS",
    )


def _undecryptable(manifest: Manifest, field: str, name: str, text: str) -> Finding | None:
    """Why Flux would hand on what SOPS encrypted as it is: it knows only some places of it."""
    if text.startswith(ENCRYPTED):
        why = (
            "a value of this Secret is encrypted by SOPS, but what Flux needs to decrypt it (sops)"
            " is not in the Secret"
        )
        hint = "encrypt the Secret as a whole, or read the encrypted file with files: and not envs:"
    elif not _is_sops_file(text):
        return None
    elif field == "stringData":
        why = "a file of this Secret is encrypted by SOPS, but Flux decrypts files in data alone"
        hint = "let a secretGenerator read the file, or encrypt the Secret as a whole"
    elif str(annotations_of(manifest.data).get(_DECRYPT)).lower() == "disabled":
        why = f"a file of this Secret is encrypted by SOPS, but {_DECRYPT} tells Flux to leave it"
        hint = "remove the annotation"
    else:
        return None
    return Finding.error(
        "plain-secret",
        why,
        object=manifest.label,
        field=format_path((field, name)),
        hint=hint,
    )


def _is_sops_file(text: str) -> bool:
    """Whether a text is a file that SOPS encrypted."""
    return any(mark in text for mark in _SOPS) and ENCRYPTED in text
