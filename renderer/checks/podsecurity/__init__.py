"""Pod Security Standards: what the admission of Kubernetes refuses in a namespace that asks for it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ describes the controls;
decisions and words are those of k8s.io/pod-security-admission, policy version `latest`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import pod_of
from renderer.checks.podsecurity.baseline import BASELINE
from renderer.checks.podsecurity.restricted import RESTRICTED
from renderer.findings import Finding
from renderer.kubernetes.manifests import labels_of
from renderer.patching.pointing import format_path
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.checks.podsecurity.violations import Control, Violation
    from renderer.kubernetes.manifests import Manifest

_LABELS = "pod-security.kubernetes.io/"
_MODES = ("enforce", "audit", "warn")
ENFORCE_LABEL = f"{_LABELS}enforce"
ENFORCE_FIELD = format_path(("metadata", "labels", ENFORCE_LABEL))
ENFORCE_VERSION_LABEL = f"{ENFORCE_LABEL}-version"
_VERSION = re.compile(r"latest|v1\.(0|[1-9][0-9]*)")  # policy/api: versionRegexp

_CONTROLS: Mapping[str, tuple[Control, ...]] = {
    "privileged": (),
    "baseline": BASELINE,
    "restricted": RESTRICTED,
}
LEVELS = tuple(_CONTROLS)
"""What a Namespace may ask for, the least first: that is what no label means."""


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


def wrong_labels(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The labels of a Namespace that the admission refuses: each with what is wrong and a hint."""
    labels = labels_of(data)
    for mode in _MODES:
        level, version = (labels.get(f"{_LABELS}{mode}{part}") for part in ("", "-version"))
        if isinstance(level, str) and level not in _CONTROLS:
            message = f"there is no such level: it is one of {', '.join(_CONTROLS)}"
            yield f"{_LABELS}{mode}", message, closest(level, _CONTROLS) or "set one of these"
        if isinstance(version, str) and not _VERSION.fullmatch(version):
            message = "this is no version of Pod Security: it is latest, or v1 with a minor version"
            yield f"{_LABELS}{mode}-version", message, "as v1.30"


def pod_violations(manifest: Manifest, level: str) -> list[Finding]:
    """What keeps the Pods of a manifest out of namespaces of a level: one finding per control.

    Manifests without a Pod or a Pod template have none.
    """
    return [
        Finding.error(
            "pod-security",
            f'violates PodSecurity "{level}:latest": {violation}',
            object=manifest.label,
            field=format_path(violation.path),
            hint=control.hint,
        )
        for control, violation in violations(manifest, level)
    ]


def violations(manifest: Manifest, level: str) -> Iterator[tuple[Control, Violation]]:
    """The controls of a level that the Pods of a manifest violate, each with what does."""
    pod = pod_of(manifest)
    if pod is None:
        return
    for control in _CONTROLS[level]:
        violation = control.check(pod)
        if violation:
            yield control, violation
