"""Pods that get no node, and containers that no node starts, though the API server takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import pod_of, text
from renderer.checks.podsecurity.violations import contexts, is_windows, pod_context
from renderer.impacts.fields import with_keys
from renderer.impacts.outage.foretold import foretold
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_GATED = "take schedulingGates out; or let what takes them away from Pods set them there"
_HINT = "let runAsUser be another user than 0, or leave it to the image"


def never_started(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Pods with gates, and containers that are root by their number and must not be:
    CreateContainerConfigError.

    pkg/kubelet/kuberuntime/security_context_others.go, verifyRunAsNonRoot
    """
    for one in changes:
        if one.old is None or one.new is None:
            continue
        if _gates(one.new) and not _gates(one.old):
            reason = "no node is looked for, until somebody takes the gates of each Pod away"
            field = format_path((*_gates(one.new), "schedulingGates"))
            yield foretold(one.change.ref, reason, _GATED, field)
        before = _contradicting(one.old)
        for name, path in _contradicting(one.new).items():
            if name not in before:
                reason = f"container {name} is never started: it must not run as root, and does"
                field = with_keys(one.new, format_path(path))
                yield foretold(one.change.ref, f"{reason} (runAsUser: 0)", _HINT, field)


def _gates(manifest: Manifest) -> Path:
    """The path of a specification of Pods that has gates; empty where it has none.

    https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
    """
    pod = pod_of(manifest)
    return pod.spec_path if pod and pod.spec.get("schedulingGates") else ()


def _contradicting(manifest: Manifest) -> dict[str, Path]:
    """The containers with runAsNonRoot and runAsUser 0, each with the field of the second."""
    pod = pod_of(manifest)
    if pod is None or is_windows(pod):
        return {}
    shared, shared_path = pod_context(pod)
    found: dict[str, Path] = {}
    for container, own, path in contexts(pod):
        both = {**shared, **own}
        user = both.get("runAsUser")
        if both.get("runAsNonRoot") is True and user == 0 and user is not False:
            at = path if "runAsUser" in own else shared_path
            found[text(container.get("name"))] = (*at, "runAsUser")
    return found
