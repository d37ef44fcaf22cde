"""Pod Security Standards: what the admission of Kubernetes refuses in a namespace that asks for it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ describes the controls;
decisions and words are those of k8s.io/pod-security-admission, policy version `latest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import pod_of
from renderer.checks.podsecurity.baseline import BASELINE
from renderer.checks.podsecurity.restricted import RESTRICTED
from renderer.findings import Finding
from renderer.kubernetes.manifests import labels_of
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renderer.checks.podsecurity.violations import Control
    from renderer.kubernetes.manifests import Manifest

ENFORCE_LABEL = "pod-security.kubernetes.io/enforce"

_CONTROLS: Mapping[str, tuple[Control, ...]] = {
    "privileged": (),
    "baseline": BASELINE,
    "restricted": RESTRICTED,
}


def enforced_levels(manifests: Iterable[Manifest]) -> dict[str, str]:
    """The level that each Namespace among the manifests enforces, where it asks for one.

    A level that is none counts as restricted, as it does for the admission. Of the versions
    of a policy (`enforce-version`) the newest is meant: what an older one leaves out is
    refused after the next upgrade.
    """
    levels = {}
    for manifest in manifests:
        if manifest.ref.kind == "Namespace" and not manifest.ref.group:
            level = labels_of(manifest.data).get(ENFORCE_LABEL)
            if level is not None:
                known = isinstance(level, str) and level in _CONTROLS
                levels[manifest.ref.name] = level if known else "restricted"
    return levels


def pod_violations(manifest: Manifest, level: str) -> list[Finding]:
    """What keeps the Pods of a manifest out of namespaces of a level: one finding per control.

    Manifests without a Pod or a Pod template have none.
    """
    pod = pod_of(manifest)
    if pod is None:
        return []
    findings = []
    for control in _CONTROLS[level]:
        violation = control.check(pod)
        if violation:
            findings.append(
                Finding.error(
                    "pod-security",
                    f'violates PodSecurity "{level}:latest": {violation}',
                    object=manifest.label,
                    field=format_path(violation.path),
                    hint=control.hint,
                )
            )
    return findings
