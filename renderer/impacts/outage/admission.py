"""Workloads whose Pods the Pod Security of their Namespace keeps out.

The API server takes the workload, with a warning, and refuses each of its Pods: `kubectl describe`
shows that as an event (FailedCreate), and nothing else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import embedded_pods, pod_of
from renderer.checks.podsecurity import ENFORCE_FIELD, LEVELS, enforced_levels
from renderer.impacts.outage.foretold import foretold, refusing
from renderer.impacts.outage.remaining import remaining
from renderer.impacts.podsecurity import RULE, refusal

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
            what = remaining(one, new)
            reason = f"{found.policy} refuses its Pods: {found.why}; {what}"
            yield _told(one, reason, found.hint, found.field, new.label)
    for pod in embedded_pods(new):
        found = refusal(pod, sides.new, sides.validity)
        if found:
            reason = f"{found.policy} refuses the Pods that are made of it: {found.why}"
            yield _told(one, reason, found.hint, "", pod.label)


def _told(one: Changed, reason: str, hint: str, field: str, label: str) -> Consequence:
    return foretold(one.change.ref, reason, hint, field)._replace(finding=(RULE, label))


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
        worst = refused[0][1]
        why = f"Pod Security {after}, {worst.reason} ({worst.field})"
        hint = "render check tells what each of them violates: mend them in a change before this"
        labels = [other.label for other, _ in refused]
        yield refusing(one.change.ref, labels, why, hint, ENFORCE_FIELD)
