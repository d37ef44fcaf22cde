"""Secrets in plain text in what is no Secret, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.secrets.exposures import exposures
from renderer.checks.secrets.judging import Judgement
from renderer.findings import Finding
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from renderer.checks.secrets.texts import Found
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_KEEP = (
    "keep it in a Secret and refer to that (valueFrom.secretKeyRef, or a file of a volume), and"
    " replace it: what was committed is known"
)


def exposed_secrets(manifest: Manifest) -> list[Finding]:
    """The secrets that stand in a manifest in plain text; of a Secret only in its metadata.

    No message holds a value or a part of one: only where it is.
    """
    found: dict[tuple[Path, int], Found] = {}
    for path, one in exposures(manifest.data):
        if one.judgement is Judgement.ACCUSED:
            found.setdefault((path, one.line), one)
    return [
        Finding.error(
            "exposed-secret",
            f"{one.what} is in plain text" + (f", in line {line} of it" if line else ""),
            object=manifest.label,
            field=format_path(path),
            hint=_KEEP,
        )
        for (path, line), one in found.items()
    ]
