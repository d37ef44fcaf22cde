"""Pods that become one of those whom a NetworkPolicy lets in, by other labels of theirs.

The labels of their Namespace count as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.facts import pairs_of
from renderer.checks.pods import pod_of
from renderer.impacts.access.network_effort import POLICY, is_too_much
from renderer.impacts.access.peers import NAME_LABEL
from renderer.impacts.access.policies import Policy, example, policy_of, ways_to
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.access.peers import Way
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_HINT = "take the labels away, or let the policy name others"

_Pairs = frozenset[tuple[str, str]]


class _Sender(NamedTuple):
    """A Pod as a peer: its labels and those of its Namespace."""

    namespace: _Pairs
    pod: _Pairs

    def is_on(self, way: Way) -> bool:
        peer = way.peer
        if peer.block:
            return False
        if peer.namespaces is None or peer.pods is None:
            return True
        return peer.namespaces.match(self.namespace) and peer.pods.match(self.pod)


def joining(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Workloads whose Pods may send to others because of labels that they did not have."""
    causes = {one.new.ref: one.change.ref for one in changes if _may_join(one) and one.new}
    if not causes or is_too_much(sides):  # that is told of the policies
        return
    old, new = (
        [policy_of(one) for one in side.of_kind(*POLICY)] for side in (sides.old, sides.new)
    )
    before = dict(_senders(sides.old))
    labels = {one.ref: one.label for one in sides.new.of_kind(*POLICY)}
    said: dict[tuple[ObjectRef, str], list[str]] = {}
    for workload, now in _senders(sides.new):
        was, cause = before.get(workload), _cause(workload, causes)
        if was is None or cause is None or was == now:
            continue
        for policy in new:
            if any(now.is_on(way) for way in _more(policy, was, old)):
                said.setdefault((cause, str(workload)), []).append(labels[policy.ref])
    for (cause, workload_label), policies in said.items():
        yield Consequence(
            Impact.OPENS_ACCESS,
            cause,
            f"{workload_label} is let in now, by its labels, where {listed(policies)} closes",
            hint=_HINT,
            is_predicted=True,
        )


def _more(policy: Policy, was: _Sender, old: Sequence[Policy]) -> Iterator[Way]:
    """The ways of a policy that were closed to a sender."""
    pod = example(policy.selected)
    before = ways_to(old, policy.ref.namespace, pod, "Ingress")
    for way in policy.ways.get("Ingress", ()):
        if not any(was.is_on(own) and own.ports.includes(way.ports) for own in before):
            yield way


def _senders(objects: ClusterObjects) -> Iterator[tuple[ObjectRef, _Sender]]:
    namespaces = {
        one.ref.name: pairs_of(labels_of(one.data)) for one in objects.of_kind("", "Namespace")
    }
    for one in objects.all:
        pod = pod_of(one)
        if pod is not None:
            home = one.ref.namespace
            own = namespaces.get(home, frozenset()) | {(NAME_LABEL, home)}
            yield one.ref, _Sender(own, pairs_of(pod.metadata.get("labels")))


def _may_join(one: Changed) -> bool:
    if one.old is None or one.new is None:
        return False
    if (one.new.ref.group, one.new.ref.kind) == ("", "Namespace"):
        return labels_of(one.old.data) != labels_of(one.new.data)
    return _pod_labels(one.old) != _pod_labels(one.new)


def _pod_labels(manifest: Manifest) -> _Pairs:
    pod = pod_of(manifest)
    return pairs_of(pod.metadata.get("labels")) if pod else frozenset()


def _cause(workload: ObjectRef, causes: dict[ObjectRef, ObjectRef]) -> ObjectRef | None:
    """The workload or the Namespace, whichever has changed."""
    home = workload._replace(group="", kind="Namespace", namespace="", name=workload.namespace)
    return causes.get(workload) or causes.get(home)
