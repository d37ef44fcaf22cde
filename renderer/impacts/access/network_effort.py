"""How much there is to compare of NetworkPolicies and Pods, before it is done.

Each policy is held against each Pod of its Namespace, and each peer against each port.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings, pod_of
from renderer.impacts.access.peers import pairs_in

if TYPE_CHECKING:
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest

POLICY = ("networking.k8s.io", "NetworkPolicy")
DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
_MOST = 200_000  # some seconds


def is_too_much(sides: Sides) -> bool:
    """Whether to compare the ways that all policies leave open would take no useful time."""
    return any(_effort(side) > _MOST for side in (sides.old, sides.new))


def _effort(objects: ClusterObjects) -> int:
    policies = objects.of_kind(*POLICY)
    if not policies:
        return 0
    pods = Counter(one.ref.namespace for one in objects.all if pod_of(one))
    return sum((1 + pods[one.ref.namespace]) * (1 + _ways(one)) for one in policies)


def _ways(policy: Manifest) -> int:
    spec = mapping(policy.data.get("spec"))
    return sum(
        pairs_in(rule, side)
        for field, side in DIRECTIONS.values()
        for _, rule in mappings(spec.get(field))
    )
