"""Workloads whose Pods the Pod Security of their Namespace keeps out.

The API server takes the workload, with a warning, and refuses each of its Pods: `kubectl describe`
shows that as an event (FailedCreate), and nothing else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import embedded_pods, mapping, pod_of
from renderer.checks.podsecurity import ENFORCE_FIELD, LEVELS, enforced_levels
from renderer.impacts.outage.foretold import foretold
from renderer.impacts.podsecurity import RULE, refusal
from renderer.impacts.replicas import replicas_of
from renderer.impacts.rolling import has_other_template, may_be_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides
    from renderer.kubernetes.manifests import Manifest

# A Pod is refused itself, and nothing makes Pods of a PodTemplate.
_OTHERS = frozenset([("", "Pod"), ("", "PodTemplate")])


def refused_pods(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The changed objects that make Pods which are refused, and the Namespaces that begin to refuse
    the Pods of others."""
    for one in changes:
        if one.new is not None:
            yield from _of(one, one.new, sides)
    for one in changes:
        if one.new is not None and (one.new.ref.group, one.new.ref.kind) == ("", "Namespace"):
            yield from _stricter(one, one.new, changes, sides)


def _of(one: Changed, new: Manifest, sides: Sides) -> Iterator[Consequence]:
    if pod_of(new) and (new.ref.group, new.ref.kind) not in _OTHERS:
        found = refusal(new, sides.new, sides.validity)
        if found:
            what = _left(one, new)
            reason = f"{found.policy} refuses its Pods: {found.why}; {what}"
            yield _told(one, reason, found.hint, found.field, new.label)
    for pod in embedded_pods(new):
        found = refusal(pod, sides.new, sides.validity)
        if found:
            reason = f"{found.policy} refuses the Pods that are made of it: {found.why}"
            yield _told(one, reason, found.hint, "", pod.label)


def _told(one: Changed, reason: str, hint: str, field: str, label: str) -> Consequence:
    return foretold(one.change.ref, reason, hint, field)._replace(finding=(RULE, label))


def _left(one: Changed, new: Manifest) -> str:
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


def _stricter(
    one: Changed, new: Manifest, changes: Sequence[Changed], sides: Sides
) -> Iterator[Consequence]:
    """A Namespace that asks for more than it did: what runs stays, and is not made again.

    k8s.io/pod-security-admission/admission/admission.go, ValidateNamespace: it only warns.
    """
    name = new.ref.name
    levels = [enforced_levels([side]).get(name) if side else None for side in (one.old, new)]
    before, after = (level or LEVELS[0] for level in levels)
    if LEVELS.index(after) <= LEVELS.index(before):
        return
    changed = {other.new.ref for other in changes if other.new}
    refused = []
    for other in sides.new.all:
        is_there = other.ref.namespace == name and other.ref in sides.old.by_ref
        if is_there and other.ref not in changed and pod_of(other):
            violated = sides.validity.violated(other, after)
            if violated and not sides.validity.violated(other, before):
                refused.append((other, violated[0]))
    if refused:
        first, worst = refused[0]
        more = f" and of {len(refused) - 1} more" if len(refused) > 1 else ""
        reason = (
            f"it refuses new Pods of {first.label}{more}, and those that run stay until then:"
            f" Pod Security {after}, {worst.reason} ({worst.field})"
        )
        hint = "render check tells what each of them violates: mend them in a change before this"
        yield foretold(one.change.ref, reason, hint, ENFORCE_FIELD)
