"""Budgets that let no Pod go, so that no node with one can be drained.

https://kubernetes.io/docs/tasks/run-application/configure-pdb/; percentages are rounded up
(pkg/controller/disruption).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.facts import labels_selected, pairs_of
from renderer.checks.pods import mapping, pod_of
from renderer.impacts.outage.foretold import foretold
from renderer.impacts.replicas import most_replicas, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Consequence, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_BUDGET = ("policy", "PodDisruptionBudget")
_SCALER = ("autoscaling", "HorizontalPodAutoscaler")


def blocked_drains(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The budgets that let no Pod go after a change, and did before or were not there."""
    if not any(_may_block(one) for one in changes):
        return
    changed = {one.new.ref: one.change.ref for one in changes if one.new}
    before = {one.ref: one for one in sides.old.of_kind(*_BUDGET)}
    for budget in sides.new.of_kind(*_BUDGET):
        blocked = _blocked(budget, sides.new)
        old = before.get(budget.ref)
        if not blocked or (old and _blocked(old, sides.old)):
            continue
        cause = next((changed[ref] for ref in (budget.ref, *blocked) if ref in changed), None)
        if cause:
            who = ", ".join(f"{ref.kind} {ref.name}" for ref in blocked)
            reason = (
                f"{budget.label} lets no Pod of {who} go: a node that runs one is never drained"
            )
            yield foretold(cause, reason, "let at least one Pod be away, or run one more")


def _may_block(one: Changed) -> bool:
    kinds = {(side.ref.group, side.ref.kind) for side in (one.old, one.new) if side}
    if kinds & {_BUDGET, _SCALER}:
        return True
    if one.old is None or one.new is None:
        return bool(one.new and pod_of(one.new))
    before, after = (
        (mapping(side.data.get("spec")).get("replicas"), _labels(side))
        for side in (one.old, one.new)
    )
    return before != after


def _labels(manifest: Manifest) -> frozenset[tuple[str, str]]:
    pod = pod_of(manifest)
    return pairs_of(pod.metadata.get("labels")) if pod else frozenset()


def _blocked(budget: Manifest, objects: ClusterObjects) -> list[ObjectRef]:
    """The workloads of which a budget lets no Pod go; none where it is not known."""
    spec = mapping(budget.data.get("spec"))
    if not isinstance(spec.get("selector"), dict):
        return []
    selected = labels_selected(spec["selector"])
    workloads = [
        one
        for one in objects.all
        if one.ref.namespace == budget.ref.namespace
        and pod_of(one) is not None
        and selected.match(_labels(one))
    ]
    numbers = [most_replicas(one, objects) for one in workloads]
    total = sum(number or 0 for number in numbers)
    if not total or None in numbers:
        return []
    if spec.get("maxUnavailable") is not None:
        is_blocked = share(spec["maxUnavailable"], total, up=True) == 0
    else:
        least = share(spec.get("minAvailable", 1), total, up=True)
        is_blocked = least is not None and least >= total
    return [one.ref for one in workloads] if is_blocked else []
