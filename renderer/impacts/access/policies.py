"""Which ways NetworkPolicies leave open to and from Pods, before and after a change.

A Pod that no policy of a direction selects is open in it; else it is open to what any of those
that select it lets through.
https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.facts import Labels, labels_selected, pairs_of
from renderer.checks.pods import mapping, mappings, pod_of
from renderer.impacts.access.beyond import beyond
from renderer.impacts.access.network_effort import DIRECTIONS, POLICY, is_too_much
from renderer.impacts.access.peers import EVERY_WAY, Way, ways_of
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_WORDS = {"Ingress": "can be reached from", "Egress": "can reach"}
_SPLIT = "let a policy have fewer peers and ports, or a Namespace fewer policies"
_HINT = "let a policy select them, with the peers and ports that they need"

_Pairs = frozenset[tuple[str, str]]


class Policy(NamedTuple):
    """A policy: whom it selects, and what it lets through in the directions that it closes."""

    ref: ObjectRef
    selected: Labels
    ways: Mapping[str, tuple[Way, ...]]

    def selects(self, namespace: str, labels: _Pairs) -> bool:
        return self.ref.namespace == namespace and self.selected.match(labels)


class _Pods(NamedTuple):
    """Pods that are alike to policies on either side, and how they are called."""

    label: str
    namespace: str
    old: _Pairs
    new: _Pairs


def networks(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The ways to and from Pods that were there before which a change opens."""
    changed = [one for one in changes if _may_open(one)]
    if not changed:
        return
    if is_too_much(sides):
        yield from (_uncompared(one) for one in changed)
        return
    old, new = (
        [policy_of(one) for one in side.of_kind(*POLICY)] for side in (sides.old, sides.new)
    )
    if not old or not sides.new.all:
        return  # everything was open; or the cluster is no business of the repository any more
    causes = _Causes(changed)
    said: dict[tuple[ObjectRef, str], list[str]] = {}
    for pods in [*_pods(sides), *_others(changed, sides)]:
        for direction, words in _WORDS.items():
            before = ways_to(old, pods.namespace, pods.old, direction)
            after = ways_to(new, pods.namespace, pods.new, direction)
            more = beyond(after, before)
            if more:
                ref = causes.of(pods, direction, more, old, new)
                said.setdefault((ref, f"{words} {_in_words(more)}"), []).append(pods.label)
    for (ref, what), labels in said.items():
        yield Consequence(
            Impact.OPENS_ACCESS,
            ref,
            f"{listed(labels)} {what}",
            hint=_HINT,
            is_predicted=True,
        )


def _uncompared(one: Changed) -> Consequence:
    reason = "it may open ways: there are more policies, peers, ports and Pods than are compared"
    return Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_SPLIT, is_predicted=True)


def _may_open(one: Changed) -> bool:
    kinds = {(side.ref.group, side.ref.kind) for side in (one.old, one.new) if side}
    if POLICY in kinds:
        return one.old is None or one.new is None or _is_other(one.old, one.new)
    return one.old is not None and one.new is not None and _labels(one.old) != _labels(one.new)


def _is_other(old: Manifest, new: Manifest) -> bool:
    return old.ref != new.ref or old.data.get("spec") != new.data.get("spec")


def policy_of(manifest: Manifest) -> Policy:
    """A policy as it is meant: without types it closes what it has rules for, and ingress."""
    spec = mapping(manifest.data.get("spec"))
    types = spec.get("policyTypes")
    if not isinstance(types, list) or not types:
        types = ["Ingress", *(["Egress"] if spec.get("egress") is not None else [])]
    return Policy(
        ref=manifest.ref,
        selected=labels_selected(spec.get("podSelector")),
        ways={
            direction: tuple(
                way
                for _, rule in mappings(spec.get(field))
                for way in ways_of(rule, side, manifest.ref.namespace)
            )
            for direction, (field, side) in DIRECTIONS.items()
            if direction in types
        },
    )


def ways_to(
    policies: Iterable[Policy], namespace: str, labels: _Pairs, direction: str
) -> Sequence[Way]:
    """What is open to or from a Pod in a direction."""
    closing = [one for one in policies if direction in one.ways and one.selects(namespace, labels)]
    if not closing:
        return EVERY_WAY
    return [*dict.fromkeys(way for one in closing for way in one.ways[direction])]


def _pods(sides: Sides) -> Iterator[_Pods]:
    """The Pods of all workloads that are there on both sides."""
    before = {one.label: labels for one, labels in _labelled(sides.old)}
    for one, labels in _labelled(sides.new):
        if one.label in before:
            yield _Pods(one.label, one.ref.namespace, before[one.label], labels)


def _labelled(objects: ClusterObjects) -> Iterator[tuple[Manifest, _Pairs]]:
    for one in objects.all:
        labels = _labels(one)
        if labels is not None:
            yield one, labels


def _labels(manifest: Manifest) -> _Pairs | None:
    pod = pod_of(manifest)
    return None if pod is None else pairs_of(pod.metadata.get("labels"))


def _others(changed: Iterable[Changed], sides: Sides) -> Iterator[_Pods]:
    """Pods that something makes which is no manifest: one that a changed policy selects.

    Only for policies that select none of the manifests' Pods.
    """
    known = [
        (one.ref.namespace, labels)
        for side in (sides.old, sides.new)
        for one, labels in _labelled(side)
    ]
    done: set[tuple[str, _Pairs]] = set()
    for change in changed:
        for one in (change.old, change.new):
            if one is None or (one.ref.group, one.ref.kind) != POLICY:
                continue
            policy = policy_of(one)
            labels, namespace = example(policy.selected), one.ref.namespace
            if any(policy.selects(*pod) for pod in known) or (namespace, labels) in done:
                continue
            done.add((namespace, labels))
            which = ",".join(f"{key}={value}" for key, value in sorted(labels))
            label = f"Pods {which} in {namespace}" if which else f"Pods in {namespace}"
            yield _Pods(label, namespace, labels, labels)


def example(selected: Labels) -> _Pairs:
    """The fewest labels that are selected."""
    more = [
        (one.key, one.values[0] if one.values else "")
        for one in selected.expressions
        if one.operator in ("Exists", "In")
    ]
    return selected.pairs | frozenset(more)


class _Causes:
    """Which of the changed objects opened something."""

    def __init__(self, changed: Iterable[Changed]) -> None:
        self._refs: dict[ObjectRef, ObjectRef] = {}
        self._labels: dict[str, ObjectRef] = {}
        for one in changed:
            for side in (one.old, one.new):
                if side:
                    self._refs[side.ref] = one.change.ref
                    self._labels[side.label] = one.change.ref
        self._first = next(iter(self._refs.values()))

    def of(
        self,
        pods: _Pods,
        direction: str,
        more: Sequence[Way],
        old: Sequence[Policy],
        new: Sequence[Policy],
    ) -> ObjectRef:
        """The Pods, where their labels are others; else a policy that lets through, or did not."""
        if pods.old != pods.new and pods.label in self._labels:
            return self._labels[pods.label]
        giving = [one for one in new if set(more) & set(one.ways.get(direction, ()))]
        for one in [*giving, *old]:
            labels = pods.new if one in giving else pods.old
            if one.ref in self._refs and one.selects(pods.namespace, labels):
                return self._refs[one.ref]
        return self._first


def _in_words(ways: Sequence[Way]) -> str:
    """Peers with the ports at which they may: `Pods app=a in shop (TCP 80)`."""
    if all(own in ways for own in EVERY_WAY):
        return "everywhere"
    by_peer: dict[str, list[str]] = {}
    for way in ways:
        by_peer.setdefault(str(way.peer), []).append(str(way.ports))
    every = {str(way.ports) for way in EVERY_WAY}
    said = [
        peer if every <= {*ports} else f"{peer} ({listed(ports)})"
        for peer, ports in sorted(by_peer.items())
    ]
    return listed(said)
