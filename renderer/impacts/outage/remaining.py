"""What becomes of the Pods that run, where no new one is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping
from renderer.impacts.replicas import replicas_of
from renderer.impacts.rolling import has_other_template, may_be_missing

if TYPE_CHECKING:
    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest


def remaining(one: Changed, new: Manifest) -> str:
    """What becomes of the Pods that run, while no new one is made."""
    if one.old is None or one.old.ref != new.ref:
        return "it gets none"
    if new.ref.kind == "CronJob":
        return "no Job gets one from now on"
    away = _away(new) if has_other_template(one) else ""
    return f"of those that run {away}" if away else "those that run stay"


def _away(new: Manifest) -> str:
    """Which Pods go before the new ones are there: so many are replaced at a time."""
    spec = mapping(new.data.get("spec"))
    strategy = mapping(spec.get("updateStrategy"))
    if spec.get("paused") is True or strategy.get("type") == "OnDelete":
        return ""
    rolling = mapping(strategy.get("rollingUpdate"))
    match new.ref.kind:
        case "Deployment":
            replicas = replicas_of(new) or 0
            missing = may_be_missing(new, replicas)
            if missing == replicas:
                return "none stays"
            return f"{missing} of {replicas} go" if missing else ""
        case "StatefulSet":
            partition = rolling.get("partition")
            below = partition if isinstance(partition, int) else 0
            return "" if below >= (replicas_of(new) or 0) else "the last goes"
        case "DaemonSet":
            surges = rolling.get("maxSurge") not in (None, 0, "0%")
            return "" if surges else f"{rolling.get('maxUnavailable', 1)} go"
    return ""
