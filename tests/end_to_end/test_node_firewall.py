"""The test helper that enforces NetworkPolicies on the node: the rules that it makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from e2e.node.firewall import Pod, pods_of, rules

WEB = Pod("10.0.0.1", "shop", {"app": "web"}, {"http": 8080})
DATA = Pod("10.0.0.2", "shop", {"app": "data"}, {"sql": 5432})
OTHER = Pod("10.0.0.3", "other", {"app": "web"}, {"http": 9090})
PODS = [WEB, DATA, OTHER]
HOMES = {"shop": {"team": "a"}, "other": {"team": "b"}}
ANSWERS = "-A E2E-POLICIES -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"


def policy(spec: dict[str, Any], namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": "one", "namespace": namespace}, "spec": spec}


def made(*policies: dict[str, Any]) -> list[str]:
    """The rules without what every set of them has."""
    first, *middle, last, end = rules(policies, PODS, HOMES)
    assert (first, last, end) == ("*mangle", "COMMIT", "")
    appended = [line for line in middle if line.startswith("-A ")]
    assert appended[0] == ANSWERS
    chains = {line.split()[1] for line in appended}
    assert [line for line in middle if line.startswith(":")] == [
        f":{name} - [0:0]" for name in dict.fromkeys(line.split()[1] for line in appended)
    ]
    assert len(chains) == len(middle) - len(appended)
    return [line.removeprefix("-A ") for line in appended[1:]]


def egress(*ways: dict[str, Any], **more: Any) -> dict[str, Any]:
    selector = {"matchLabels": {"app": "web"}}
    return policy({"podSelector": selector, "policyTypes": ["Egress"], "egress": [*ways], **more})


def ways_out(*ways: dict[str, Any]) -> list[str]:
    """What the Pod web may send: its rules, without the last one that drops the rest."""
    top, *lines, dropped = made(egress(*ways))
    assert top == "E2E-POLICIES -s 10.0.0.1 -j E2E-EGRESS-0"
    assert dropped == "E2E-EGRESS-0 -j DROP"
    return [line.removeprefix("E2E-EGRESS-0 ") for line in lines]


def test_nobody_is_closed_in_without_a_policy() -> None:
    assert made() == []


def test_a_policy_without_ways_closes_both_directions_of_its_namespace() -> None:
    assert made(policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})) == [
        "E2E-POLICIES -d 10.0.0.1 -j E2E-INGRESS-0",
        "E2E-POLICIES -s 10.0.0.1 -j E2E-EGRESS-0",
        "E2E-POLICIES -d 10.0.0.2 -j E2E-INGRESS-1",
        "E2E-POLICIES -s 10.0.0.2 -j E2E-EGRESS-1",
        "E2E-INGRESS-0 -j DROP",
        "E2E-EGRESS-0 -j DROP",
        "E2E-INGRESS-1 -j DROP",
        "E2E-EGRESS-1 -j DROP",
    ]


def test_the_usual_direction_is_ingress() -> None:
    assert made(policy({"podSelector": {"matchLabels": {"app": "web"}}})) == [
        "E2E-POLICIES -d 10.0.0.1 -j E2E-INGRESS-0",
        "E2E-INGRESS-0 -j DROP",
    ]


PEER_DATA = {"podSelector": {"matchLabels": {"app": "data"}}}
WAYS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "anywhere": ({}, ["-j RETURN"]),
    "a port anywhere": (
        {"ports": [{"port": 53, "protocol": "UDP"}]},
        ["-p udp --dport 53 -j RETURN"],
    ),
    "a protocol": ({"ports": [{"protocol": "TCP"}]}, ["-p tcp -j RETURN"]),
    "ports in a row": ({"ports": [{"port": 1, "endPort": 9}]}, ["-p tcp --dport 1:9 -j RETURN"]),
    "Pods at home": ({"to": [PEER_DATA]}, ["-d 10.0.0.2 -j RETURN"]),
    "nobody": ({"to": [{"podSelector": {"matchLabels": {"app": "no"}}}]}, []),
    "a named port of the other": (
        {"to": [PEER_DATA], "ports": [{"port": "sql"}]},
        ["-d 10.0.0.2 -p tcp --dport 5432 -j RETURN"],
    ),
    "a name that the other does not have": ({"to": [PEER_DATA], "ports": [{"port": "http"}]}, []),
    "a named port of nobody": ({"ports": [{"port": "http"}]}, []),
    "another namespace": (
        {"to": [{"namespaceSelector": {"matchLabels": {"team": "b"}}}]},
        ["-d 10.0.0.3 -j RETURN"],
    ),
    "some Pods of every namespace": (
        {"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}]},
        ["-d 10.0.0.1 -j RETURN", "-d 10.0.0.3 -j RETURN"],
    ),
    "a network with a hole": (
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/30", "except": ["10.0.0.0/31"]}}]},
        ["-d 10.0.0.2/31 -j RETURN"],
    ),
    "the same twice": ({"to": [PEER_DATA, PEER_DATA]}, ["-d 10.0.0.2 -j RETURN"]),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_way(name: str) -> None:
    way, expected = WAYS[name]
    assert ways_out(way) == expected


EXPRESSIONS = {
    "In": ["web", "data"],
    "NotIn": ["no"],
    "Exists": None,
}


@pytest.mark.parametrize("operator", EXPRESSIONS)
def test_an_expression(operator: str) -> None:
    values = EXPRESSIONS[operator]
    one = {"key": "app", "operator": operator, **({"values": values} if values else {})}
    peer = {"podSelector": {"matchExpressions": [one]}}
    assert ways_out({"to": [peer]}) == ["-d 10.0.0.1 -j RETURN", "-d 10.0.0.2 -j RETURN"]
    no = {"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}
    assert ways_out({"to": [no]}) == []


def test_who_is_let_in_at_a_port_of_ones_own() -> None:
    way = {"from": [PEER_DATA], "ports": [{"port": "http"}]}
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [way]}
    assert made(policy(spec)) == [
        "E2E-POLICIES -d 10.0.0.1 -j E2E-INGRESS-0",
        "E2E-INGRESS-0 -s 10.0.0.2 -p tcp --dport 8080 -j RETURN",
        "E2E-INGRESS-0 -j DROP",
    ]


def test_several_policies_let_through_what_any_of_them_does() -> None:
    both = made(egress({"to": [PEER_DATA]}), egress({"ports": [{"port": 53}]}))
    assert both == [
        "E2E-POLICIES -s 10.0.0.1 -j E2E-EGRESS-0",
        "E2E-EGRESS-0 -d 10.0.0.2 -j RETURN",
        "E2E-EGRESS-0 -p tcp --dport 53 -j RETURN",
        "E2E-EGRESS-0 -j DROP",
    ]


def test_pods_that_have_ended_or_have_no_address_of_their_own_are_none() -> None:
    def pod(phase: str = "Running", address: str = "10.0.0.9", **spec: Any) -> dict[str, Any]:
        ports = [{"name": "http", "containerPort": 80}, {"containerPort": 81}]
        return {
            "metadata": {"namespace": "shop", "labels": {"app": "web"}},
            "spec": {"containers": [{"ports": ports}], **spec},
            "status": {"phase": phase, "podIP": address},
        }

    found = [pod(), pod("Succeeded"), pod("Failed"), pod(address=""), pod(hostNetwork=True)]
    assert pods_of(found) == [Pod("10.0.0.9", "shop", {"app": "web"}, {"http": 80})]
