"""Plays the part of a network plugin that enforces NetworkPolicies: a test helper, no plugin.

It writes the rules that the policies of a cluster mean for the Pods that there are into the packet
filter of the node, and does so again whenever either changes. Until a Pod has an address it has no
rules. What is read here is read apart from the renderer: the one is to notice mistakes of the
other. https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

import threading
from ipaddress import IPv4Network as Network
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from e2e.api import Object
    from e2e.node.cluster import NodeControlPlane

_TOP = "E2E-POLICIES"
_SECONDS_BETWEEN_LOOKS = 0.3
_HOOKS = ("FORWARD", "INPUT")  # to Pods, and to the node; what the node sends passes neither
_PATHS = ("/apis/networking.k8s.io/v1/networkpolicies", "/api/v1/pods", "/api/v1/namespaces")
_DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}


class Pod(NamedTuple):
    """A Pod with an address; `ports` are the numbers of those that its containers name."""

    address: str
    namespace: str
    labels: Mapping[str, str]
    ports: Mapping[str, int]


class Firewall:
    """Enforces the policies of a cluster as long as the block runs."""

    def __init__(self, cluster: NodeControlPlane) -> None:
        self._cluster = cluster
        self._api = cluster.new_api()
        self._written: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        self._write()
        for hook in _HOOKS:
            self._cluster.iptables("--table=mangle", "--insert", hook, "--jump", _TOP)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._api.close()
        for hook in _HOOKS:
            self._cluster.iptables("--table=mangle", "--delete", hook, "--jump", _TOP)
        if self._error:
            raise self._error

    def _watch(self) -> None:
        try:
            while not self._stopped.wait(_SECONDS_BETWEEN_LOOKS):
                self._write()
        except Exception as error:
            self._error = error

    def _write(self) -> None:
        policies, pods, homes = (self._api.request("GET", path)["items"] for path in _PATHS)
        labels = {one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in homes}
        lines = rules(policies, pods_of(pods), labels)
        if lines != self._written:
            self._cluster.restore_iptables("\n".join(lines))
            self._written = lines


def pods_of(objects: Iterable[Object]) -> list[Pod]:
    """The Pods that have an address of their own and have not ended."""
    found = []
    for one in objects:
        status, spec = one.get("status", {}), one["spec"]
        ended = status.get("phase") in ("Succeeded", "Failed")
        if ended or not status.get("podIP") or spec.get("hostNetwork"):
            continue
        ports = {
            port["name"]: port["containerPort"]
            for container in spec["containers"]
            for port in container.get("ports", [])
            if "name" in port
        }
        labels = one["metadata"].get("labels", {})
        found.append(Pod(status["podIP"], one["metadata"]["namespace"], labels, ports))
    return sorted(found, key=lambda pod: pod.address)


def rules(
    policies: Sequence[Object], pods: Sequence[Pod], homes: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """The rules as iptables-restore reads them; `homes` are the labels of namespaces.

    A Pod has a chain for each direction in which a policy selects it: what is let through returns
    from it, the rest is dropped. Answers are let through.
    """
    chains = {_TOP: ["-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"]}
    for number, pod in enumerate(pods):
        for direction, (field, _) in _DIRECTIONS.items():
            chosen = [one for one in policies if _selects(one, pod, direction)]
            if chosen:
                name = f"E2E-{direction.upper()}-{number}"
                own = "-d" if direction == "Ingress" else "-s"
                chains[_TOP].append(f"{own} {pod.address} -j {name}")
                lines = [
                    line
                    for one in chosen
                    for way in one["spec"].get(field) or []
                    for line in _let_through(way, direction, pod, _Peers(one, pods, homes))
                ]
                chains[name] = [*dict.fromkeys(lines), "-j DROP"]
    return [
        "*mangle",
        *(f":{name} - [0:0]" for name in chains),
        *(f"-A {name} {line}" for name, lines in chains.items() for line in lines),
        "COMMIT",
        "",
    ]


class _Peers(NamedTuple):
    """Those whom the peers of a policy can mean."""

    policy: Object
    pods: Sequence[Pod]
    homes: Mapping[str, Mapping[str, str]]

    def meant_by(self, peer: Object) -> Iterator[tuple[str, Pod | None]]:
        """Addresses, each with its Pod where it is one's."""
        if block := peer.get("ipBlock"):
            for network in _without(Network(block["cidr"]), block.get("except", [])):
                yield str(network), None
            return
        spaces = peer.get("namespaceSelector")
        for pod in self.pods:
            home = self.homes.get(pod.namespace, {})
            same = pod.namespace == self.policy["metadata"]["namespace"]
            is_there = same if spaces is None else _matches(spaces, home)
            if is_there and _matches(peer.get("podSelector") or {}, pod.labels):
                yield pod.address, pod


def _let_through(way: Object, direction: str, pod: Pod, peers: _Peers) -> Iterator[str]:
    other = "-s" if direction == "Ingress" else "-d"
    listed = way.get(_DIRECTIONS[direction][1]) or []
    meant = [found for peer in listed for found in peers.meant_by(peer)]
    for address, peer in meant if listed else [("", None)]:
        match = f"{other} {address} " if address else ""
        for ports in _ports(way, pod if direction == "Ingress" else peer):
            yield f"{match}{ports}-j RETURN"


def _ports(way: Object, target: Pod | None) -> Iterator[str]:
    """The ports that a way names; a name means what the containers of the target call so."""
    if not way.get("ports"):
        yield ""
    for one in way.get("ports") or []:
        protocol, port = one.get("protocol", "TCP").lower(), one.get("port")
        if isinstance(port, str):
            port = target.ports.get(port) if target else None
            if port is None:
                continue
        end = f":{one['endPort']}" if "endPort" in one else ""
        yield f"-p {protocol} " + (f"--dport {port}{end} " if port else "")


def _selects(policy: Object, pod: Pod, direction: str) -> bool:
    spec = policy["spec"]
    usual = ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        direction in spec.get("policyTypes", usual)
        and policy["metadata"]["namespace"] == pod.namespace
        and _matches(spec.get("podSelector") or {}, pod.labels)
    )


def _matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""
    for one in selector.get("matchExpressions") or []:
        key, values = one["key"], one.get("values", [])
        holds = {
            "In": key in labels and labels[key] in values,
            "NotIn": key not in labels or labels[key] not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not holds[one["operator"]]:
            return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items())


def _without(network: Network, holes: Sequence[str]) -> list[Network]:
    """What is left of a network when others are taken out of it."""
    left = [network]
    for hole in map(Network, holes):
        left = [
            part
            for one in left
            for part in (one.address_exclude(hole) if hole.subnet_of(one) else [one])
        ]
    return sorted(left)
