"""Whether a KRM function of ours was skipped: kustomize says nothing about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.findings import Finding
from renderer.kubernetes.manifests import SKIPPED_LABEL, labels_of

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

SKIPPED = "function-skipped"
SKIPPED_HINT = (
    "run kustomize build --enable-alpha-plugins --enable-exec; kubectl kustomize runs no functions"
)


def check_skipped(manifest: Manifest) -> list[Finding]:
    """Whether a manifest carries the label that a wrapper puts on all and our function takes off.

    kustomize runs functions with `--enable-alpha-plugins --enable-exec` only, kubectl never.
    The label's value is none that Kubernetes accepts, so that nothing of it can be applied.
    """
    if SKIPPED_LABEL not in labels_of(manifest.data):
        return []
    return [
        Finding.error(
            SKIPPED,
            "the function that sets parameters and patches was skipped",
            object=manifest.label,
            field=f"/metadata/labels/{SKIPPED_LABEL.replace('/', '~1')}",
            hint=SKIPPED_HINT,
        )
    ]
