"""Checks of one manifest's content: placeholders that are left, what must not be there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.plain import plain_secret
from renderer.findings import Finding
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kubernetes.manifests import (
    ANNOTATIONS,
    SKIPPED_LABEL,
    annotations_of,
    is_secret,
    labels_of,
)
from renderer.patching.pointing import Path, format_path
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from renderer.findings import Location
    from renderer.kubernetes.manifests import Manifest

_OUR_PREFIX = f"{OUR_GROUP}/"
_REFERENCE = re.compile(r"\$\(([^()$]+)\)")


def check_content(manifest: Manifest, parameters: Collection[str]) -> list[Finding]:
    """All findings about one final manifest; `parameters` are the names that are declared."""
    findings = []
    if manifest.ref.group == OUR_GROUP:
        findings.append(_ours(manifest))
    if is_secret(manifest.ref):
        findings += plain_secret(manifest)
    if parameters:
        findings += _placeholders(manifest, parameters)
    findings += _not_ours(manifest)
    return findings


def _not_ours(manifest: Manifest) -> Iterator[Finding]:
    """Annotations and labels of our group that are none: nobody reads them."""
    for kind, there, known in (
        ("annotation", annotations_of(manifest.data), ANNOTATIONS),
        ("label", labels_of(manifest.data), (SKIPPED_LABEL,)),
    ):
        for name in there:
            if str(name).startswith(_OUR_PREFIX) and name not in known:
                yield Finding.error(
                    "bad-annotation",
                    f"there is no {kind} {name}",
                    object=manifest.label,
                    field=format_path(("metadata", f"{kind}s", name)),
                    hint=nearest(name, known),
                )


def _ours(manifest: Manifest) -> Finding:
    return Finding.error(
        "not-local-config",
        f"a {manifest.ref.kind} document is among the manifests, and would be applied",
        object=manifest.label,
        hint='add the annotation config.kubernetes.io/local-config: "true" to it, and do not list'
        " cluster.yaml in kustomization.yaml",
    )


def check_changed(manifest: Manifest) -> list[Finding]:
    """Findings about a manifest that parameters or patches have changed."""
    if not isinstance(manifest.data.get("sops"), dict):
        return []
    return [
        Finding.error(
            "changed-encrypted",
            "this object is encrypted by SOPS, and could not be decrypted after a change",
            object=manifest.label,
            hint="change it with sops, and let no parameter or patch select it",
        )
    ]


def _placeholders(manifest: Manifest, parameters: Collection[str]) -> Iterator[Finding]:
    for path, text in strings(manifest.data):
        for name in _REFERENCE.findall(text):
            if name in parameters:
                yield Finding.error(
                    "placeholder",
                    _left(name),
                    object=manifest.label,
                    field=format_path(path),
                    hint=f"{name} needs a target for this field",
                )


def left_unused(findings: Iterable[Finding], unused: Mapping[str, Location]) -> Iterator[Finding]:
    """The findings, with other words for placeholders of what a cluster says it does not use.

    `unused` has the names of these parameters, and where that is said.
    """
    names = {_left(name): name for name in unused}
    for finding in findings:
        name = names.get(finding.message) if finding.rule == "placeholder" else None
        if name:
            message = f"{name} is not used, and its placeholder $({name}) is left"
            hint = "replace the field, or remove what holds it, by a patch"
            finding = finding._replace(message=message, location=unused[name], hint=hint)
        yield finding


def _left(name: str) -> str:
    return f"the placeholder $({name}) is left"


def strings(data: Any) -> Iterator[tuple[Path, str]]:
    """Every string in an object that holds a dollar sign, keys included, with its path."""
    stack: list[tuple[Path, Any]] = [((), data)]
    while stack:
        path, node = stack.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(key, str) and "$" in key:
                yield (*path, key), key
            if isinstance(value, str):
                if "$" in value:
                    yield (*path, key), value
            elif isinstance(value, (dict, list)):
                stack.append(((*path, key), value))
