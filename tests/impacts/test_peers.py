"""What rules of NetworkPolicies let through more, against every packet of a small world."""

from ipaddress import ip_address, ip_network
from itertools import combinations, product
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.impacts.access.peers import Way, ways_of

Labels = dict[str, str]


class Packet(NamedTuple):
    """What comes from a Pod (its Namespace's name and labels, its own) or an address, to a port."""

    protocol: str
    number: int
    name: str
    namespace: str = ""
    pod: frozenset[tuple[str, str]] = frozenset()
    address: str = ""


VALUES = ("1", "2", "3")
NAMESPACES: dict[str, Labels] = {"shop": {"team": "1"}, "blog": {"team": "2"}, "bare": {}}
PODS = [
    frozenset({**({"a": a} if a else {}), **({"b": b} if b else {})}.items())
    for a, b in product(("", *VALUES), ("", "1"))
]
PORTS = [("TCP", 79, ""), ("TCP", 80, "http"), ("TCP", 81, ""), ("TCP", 90, ""), ("UDP", 80, "")]
ADDRESSES = ("10.0.0.1", "10.1.0.1", "10.1.1.1", "11.0.0.1", "fd00::1")
PACKETS = [
    *(Packet(*port, namespace, pod) for port in PORTS for namespace in NAMESPACES for pod in PODS),
    *(Packet(*port, address=address) for port in PORTS for address in ADDRESSES),
]


def selectors(key: str) -> st.SearchStrategy[dict[str, Any]]:
    """Selectors that often mean something of each other: nearly all by one label."""
    values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True)
    expressions = st.one_of(
        st.builds(
            lambda operator, some: {"key": key, "operator": operator, "values": some},
            st.sampled_from(["In", "NotIn"]),
            values,
        ),
        st.sampled_from(
            [{"key": key, "operator": operator} for operator in ("Exists", "DoesNotExist")]
        ),
    )
    return st.one_of(
        st.just({}),
        st.builds(lambda one: {"matchExpressions": [one]}, expressions),
        st.builds(
            lambda value, some: {"matchLabels": {key: value}, "matchExpressions": some},
            st.sampled_from(VALUES),
            st.lists(expressions, max_size=1),
        ),
        st.just({"matchLabels": {"b": "1"}}),
    )


BLOCKS = st.fixed_dictionaries(
    {"cidr": st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "::/0"])},
    optional={"except": st.lists(st.sampled_from(["10.1.0.0/16", "10.1.1.0/24"]), max_size=2)},
)
PODS_OF = st.fixed_dictionaries(
    {"podSelector": selectors("a")}, optional={"namespaceSelector": selectors("team")}
)
PEERS = st.one_of(PODS_OF, PODS_OF, st.fixed_dictionaries({"ipBlock": BLOCKS}))
SOME_PORTS = st.sampled_from(
    [
        {"port": 79},
        {"port": 80},
        {"port": "http"},
        {"protocol": "TCP"},
        {"port": 79, "endPort": 81},
        {"port": 40, "endPort": 80},
        {"port": 40, "endPort": 99},
        {"port": 80, "protocol": "UDP"},
    ]
)
RULES = st.fixed_dictionaries(
    {"from": st.lists(PEERS, min_size=1, max_size=2)},
    optional={"ports": st.lists(SOME_PORTS, max_size=2)},
)


# What follows is written after the API reference of NetworkPolicy, one packet at a time.
def passes(rule: dict[str, Any], packet: Packet) -> bool:
    peers, ports = rule.get("from"), rule.get("ports")
    is_from = not peers or any(is_peer(one, packet) for one in peers)
    return is_from and (not ports or any(is_port(one, packet) for one in ports))


def is_port(port: dict[str, Any], packet: Packet) -> bool:
    if port.get("protocol", "TCP") != packet.protocol:
        return False
    first = port.get("port")
    if first is None:
        return True
    if isinstance(first, str):
        return first == packet.name
    return bool(first <= packet.number <= port.get("endPort", first))


def is_peer(peer: dict[str, Any], packet: Packet) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return bool(packet.address) and (
            ip_address(packet.address) in ip_network(block["cidr"])
            and not any(
                ip_address(packet.address) in ip_network(one) for one in block.get("except", [])
            )
        )
    if packet.address:
        return False
    near = peer.get("namespaceSelector")
    is_near = (
        packet.namespace == "shop" if near is None else selects(near, NAMESPACES[packet.namespace])
    )
    return is_near and selects(peer.get("podSelector", {}), dict(packet.pod))


def selects(selector: dict[str, Any], labels: Labels) -> bool:
    pairs = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in pairs.items()) and all(
        holds(one, labels) for one in selector.get("matchExpressions", [])
    )


def holds(one: dict[str, Any], labels: Labels) -> bool:
    value = labels.get(one["key"])
    match one["operator"]:
        case "In":
            return value in one["values"]
        case "NotIn":
            return value not in one["values"]
        case "Exists":
            return value is not None
    return value is None


def is_on(way: Way, packet: Packet) -> bool:
    peer, ports = way
    if ports.protocol != packet.protocol or (ports.name and ports.name != packet.name):
        return False
    if ports.first and not ports.first <= packet.number <= ports.last:
        return False
    if peer.block:
        return bool(packet.address) and (
            ip_address(packet.address) in ip_network(peer.block)
            and not any(ip_address(packet.address) in ip_network(one) for one in peer.but)
        )
    if peer.namespaces is None or peer.pods is None:
        return True
    own = {**NAMESPACES.get(packet.namespace, {}), "kubernetes.io/metadata.name": packet.namespace}
    return (
        not packet.address
        and peer.namespaces.match(frozenset(own.items()))
        and peer.pods.match(packet.pod)
    )


@given(RULES, RULES)
@settings(max_examples=400, deadline=None)
def test_no_packet_passes_that_nothing_tells_of(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = ([*ways_of(rule, "from", "shop")] for rule in (old, new))
    more = [way for way in after if not any(own.includes(way) for own in before)]
    for packet in PACKETS:
        assert passes(new, packet) == any(is_on(way, packet) for way in after)
        if passes(new, packet) and not passes(old, packet):
            assert any(is_on(way, packet) for way in more), packet


@given(RULES)
@settings(max_examples=100, deadline=None)
def test_the_same_opens_nothing(rule: dict[str, Any]) -> None:
    ways = [*ways_of(rule, "from", "shop")]
    assert all(any(own.includes(way) for own in ways) for way in ways)


def one_by_one() -> list[dict[str, Any]]:
    """All selectors by one label, with one expression or none."""
    some = [[*one] for size in (1, 2, 3) for one in combinations(VALUES, size)]
    expressions: list[dict[str, Any]] = [
        {"key": "a", "operator": operator, "values": values}
        for operator in ("In", "NotIn")
        for values in some
    ]
    expressions += [{"key": "a", "operator": operator} for operator in ("Exists", "DoesNotExist")]
    return [{}, *({"matchExpressions": [one]} for one in expressions)]


def test_selectors_include_each_other_where_they_select_less() -> None:
    """Exhaustively: with a value that no selector names, and without the label."""
    universe: list[Labels] = [{}, *({"a": value} for value in (*VALUES, "4"))]
    for one, other in product(one_by_one(), repeat=2):
        own, more = (
            [*ways_of({"from": [{"podSelector": each}]}, "from", "shop")] for each in (one, other)
        )
        is_within = all(selects(one, labels) for labels in universe if selects(other, labels))
        includes = all(any(way.includes(each) for way in own) for each in more)
        assert includes == is_within, (one, other)
