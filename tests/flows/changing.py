"""Network policies that say something else than they did, in one place each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def changed(spec: Any) -> Iterator[tuple[str, Any]]:
    """A policy that says more, or something else, in one place; what it is told what it was."""
    if spec["podSelector"]:
        yield "it selects every Pod", {**spec, "podSelector": {}}
    for direction, side in (("ingress", "from"), ("egress", "to")):
        if direction.capitalize() in spec["policyTypes"]:
            rules = spec.get(direction, [])
            if {} not in rules:
                yield f"{direction} from and to everywhere", {**spec, direction: [*rules, {}]}
            for at, rule in enumerate(rules):
                for what, other in _changed_rule(rule, side):
                    new = [*rules[:at], other, *rules[at + 1 :]]
                    yield f"{direction}/{at} {what}", {**spec, direction: new}
                yield (
                    f"{direction}/{at} is gone",
                    {**spec, direction: [*rules[:at], *rules[at + 1 :]]},
                )


def _changed_rule(rule: Any, side: str) -> Iterator[tuple[str, Any]]:
    """The rule with one peer, selector or port more, less or other."""
    if side in rule:
        yield "for everybody", {key: value for key, value in rule.items() if key != side}
    if "ports" in rule:
        yield "at every port", {key: value for key, value in rule.items() if key != "ports"}
    for field, change in ((side, _changed_peer), ("ports", _changed_port)):
        for at, one in enumerate(rule.get(field, [])):
            if len(rule[field]) > 1:
                yield f"{field}/{at} is gone", _with(rule, field, at)
            for what, other in change(one):
                yield f"{field}/{at} {what}", _with(rule, field, at, other)


def _with(rule: Any, field: str, at: int, *others: Any) -> Any:
    return {**rule, field: [*rule[field][:at], *others, *rule[field][at + 1 :]]}


def _changed_peer(peer: Any) -> Iterator[tuple[str, Any]]:
    if "ipBlock" in peer:
        yield "any address", {"ipBlock": {"cidr": "0.0.0.0/0"}}
        yield (
            "but the network",
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": [peer["ipBlock"]["cidr"]]}},
        )
    for selector in ("namespaceSelector", "podSelector"):
        if selector in peer:
            yield f"every {selector}", {**peer, selector: {}}
            yield f"no {selector}", {**peer, selector: {"matchLabels": {"no": "such"}}}
    if "podSelector" in peer and "namespaceSelector" not in peer:
        yield "in every namespace", {**peer, "namespaceSelector": {}}


def _changed_port(port: Any) -> Iterator[tuple[str, Any]]:
    yield "every port of the protocol", {"protocol": port["protocol"]}
    yield "another number", {**port, "port": 1}
    yield "another protocol", {**port, "protocol": "SCTP"}
    if isinstance(port["port"], int):
        yield "one more", {**port, "endPort": port["port"] + 1}
