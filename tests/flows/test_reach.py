"""Network policies let through what Kubernetes says that they do."""

from __future__ import annotations

import pytest
import yaml

from flows.reach import EVERY_PORT, Party, Range, Ranges, may_receive, may_send
from renderer.checks.facts import pairs_of
from renderer.impacts.access.policies import Policy, policy_of
from renderer.kubernetes.manifests import Manifest, object_ref

_WEB = Party(
    "web",
    "10.244.0.1",
    "shop",
    pairs_of({"app": "web"}),
    pairs_of({"team": "a"}),
    (("http", "TCP", 8080), ("http", "UDP", 8081)),
)
_DB = Party("db", "10.244.0.2", "shop", pairs_of({"app": "db"}), pairs_of({"team": "a"}))
_OTHER = Party("other", "10.244.0.3", "else", pairs_of({"app": "web"}), pairs_of({"team": "b"}))
_FAR = Party("far", "192.0.2.7")

_HTTP = (Range("TCP", 8080, 8080),)


def _policies(*specs: str) -> list[Policy]:
    found = []
    for number, spec in enumerate(specs):
        data = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"policy-{number}", "namespace": "shop"},
            "spec": yaml.safe_load(spec),
        }
        ref = object_ref(data)
        found.append(policy_of(Manifest(ref, data, ref.name)))
    return found


_TO_WEB: list[tuple[str, Party, Ranges]] = [
    ("{podSelector: {matchLabels: {app: db}}}", _FAR, EVERY_PORT),  # selects another one
    ("{podSelector: {}}", _DB, ()),  # no types: ingress
    ("{podSelector: {}, policyTypes: [Egress]}", _DB, EVERY_PORT),
    ("{podSelector: {}, egress: [{}]}", _DB, ()),
    ("{podSelector: {}, ingress: [{}]}", _FAR, EVERY_PORT),
    ("{podSelector: {}, ingress: [{from: []}]}", _FAR, EVERY_PORT),
    ("{podSelector: {}, ingress: [{ports: [{port: http}]}]}", _FAR, _HTTP),
    ("{podSelector: {}, ingress: [{ports: [{port: other}]}]}", _FAR, ()),
    (
        "{podSelector: {}, ingress: [{ports: [{protocol: UDP, port: 1, endPort: 90}]}]}",
        _FAR,
        (Range("UDP", 1, 90),),
    ),
    (
        "{podSelector: {}, ingress: [{ports: [{port: 8079}, {port: 8080}, {port: 1}]}]}",
        _FAR,
        (Range("TCP", 1, 1), Range("TCP", 8079, 8080)),
    ),
    ("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", _DB, EVERY_PORT),
    ("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", _OTHER, ()),
    ("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", _FAR, ()),
    ("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", _OTHER, EVERY_PORT),
    ("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", _FAR, ()),
    (
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}",
        _OTHER,
        EVERY_PORT,
    ),
    (
        (
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}},"
            " podSelector: {matchLabels: {app: db}}}]}]}"
        ),
        _OTHER,
        (),
    ),
    ("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}", _FAR, EVERY_PORT),
    (
        (
            "{podSelector: {}, ingress: [{from: [{ipBlock:"
            " {cidr: 192.0.2.0/24, except: [192.0.2.0/28]}}]}]}"
        ),
        _FAR,
        (),
    ),
]


@pytest.mark.parametrize(("spec", "source", "ports"), _TO_WEB)
def test_who_may_send_to_web(spec: str, source: Party, ports: Ranges) -> None:
    assert may_receive(_policies(spec), source, _WEB) == ports
    assert may_receive(_policies(spec), source, _FAR) == EVERY_PORT


def test_policies_add_up() -> None:
    closed = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
    named = (
        "{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress],"
        " egress: [{ports: [{port: http}]}]}"
    )
    assert may_send(_policies(closed), _DB, _WEB) == ()
    assert may_send(_policies(closed, named), _DB, _WEB) == _HTTP
    assert may_send(_policies(closed, named), _DB, _FAR) == ()  # nobody there calls a port so
    assert may_send(_policies(closed, named), _FAR, _WEB) == EVERY_PORT
    assert may_receive(_policies(closed, named), _DB, _WEB) == ()
