"""What the network policies of a directory open, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_COMPONENT = "app.kubernetes.io/component"
_NAME = "app.kubernetes.io/name"
_OURS = "airflow.gitops/"
_NAMESPACE = "kubernetes.io/metadata.name"


def ways(directory: Path, parameters: Iterable[dict[str, Any]]) -> Iterator[str]:
    """For each rule who sends to whom at which ports, as `scheduler to broker at TCP redis`.

    What a parameter writes is told by its name.
    """
    for path in sorted(directory.rglob("*network-policy.yaml")):
        policy = yaml.safe_load(path.read_text("utf-8"))
        for one in parameters:
            _name_the_fields(policy, one["name"], one.get("targets", []))
        spec = policy["spec"]
        who = _selected(spec["podSelector"])
        for rule in spec.get("egress", []):
            yield f"{who} to {_peers(rule.get('to'))}{_ports(rule)}"
        for rule in spec.get("ingress", []):
            yield f"{_peers(rule.get('from'))} to {who}{_ports(rule)}"


def _name_the_fields(policy: dict[str, Any], name: str, targets: Iterable[dict[str, Any]]) -> None:
    for target in targets:
        select = target["select"]
        if select.get("kind") != "NetworkPolicy":
            continue
        if not re.fullmatch(select.get("name", ".*"), policy["metadata"]["name"]):
            continue
        *steps, last = target["path"].removeprefix("/").split("/")
        place: Any = policy
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[_key(step)]
        place[_key(last)] = f"`{name}`"


def _key(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _peers(peers: list[Any] | None) -> str:
    return " and ".join(map(_peer, peers)) if peers else "anywhere"


def _peer(peer: dict[str, Any]) -> str:
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    pods = _selected(peer["podSelector"]) if "podSelector" in peer else "all"
    if "namespaceSelector" not in peer:
        return pods
    return f"{pods} in {_selected(peer['namespaceSelector'])}"


def _selected(selector: dict[str, Any]) -> str:
    """Components by name, others by what a label of ours says that they do."""
    labels = dict(selector.get("matchLabels", {}))
    for one in selector.get("matchExpressions", []):
        labels[one["key"]] = ", ".join(one.get("values", []))
    if _COMPONENT in labels:
        return str(labels[_COMPONENT])
    if _NAMESPACE in labels:
        return str(labels[_NAMESPACE])
    told = [f"Pods with `{key.removeprefix(_OURS)}`" for key in labels if key.startswith(_OURS)]
    if not told and _NAME in labels:
        told = [f"Pods of {labels[_NAME]}"]
    return " and ".join(told) or "all"


def _ports(rule: dict[str, Any]) -> str:
    ports = [f"{one.get('protocol', 'TCP')} {one['port']}" for one in rule.get("ports", [])]
    return f" at {', '.join(ports)}" if ports else ""
