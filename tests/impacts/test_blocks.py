"""Blocks of addresses, taken together."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from renderer.impacts.access.beyond import beyond
from renderer.impacts.access.blocks import Blocks
from renderer.impacts.access.peers import Peer, Ports, Way

_FEW = st.builds(
    lambda number, bits: str(ip_network((0x0A000000 + number, bits), strict=False)),
    st.integers(0, 63),
    st.integers(26, 32),
)
_SIX = st.sampled_from(["::/0", "2001:db8::/32", "2001:db8::/33", "2001:db8:8000::/33", "fe80::1"])
_BLOCKS = st.lists(_FEW | _SIX | st.sampled_from(["", "nowhere", "10.0.0.1/24"]), max_size=8)


def addresses(block: str) -> set[str]:
    """A few of them; all of a small block."""
    try:
        found = ip_network(block, strict=False)
    except ValueError:
        return {block}
    size = min(found.num_addresses, 4)
    if found.version == 4 and found.num_addresses <= 256:
        return {str(one) for one in found}
    step = found.num_addresses // size
    return {str(found[step * number]) for number in range(size)} | {str(found[-1])}


@given(_BLOCKS, _BLOCKS)
def test_what_is_beyond_holds_an_address_that_no_other_has(old: list[str], new: list[str]) -> None:
    known = set[str]().union(*map(addresses, old))
    for one in Blocks(old).beyond(new):
        assert not addresses(one) <= known or ":" in one
    for one in {*new} - {*Blocks(old).beyond(new)}:
        assert addresses(one) <= known or ":" in one


@given(_BLOCKS, _BLOCKS)
def test_all_is_in_what_holds_more(some: list[str], more: list[str]) -> None:
    assert Blocks([*some, *more]).beyond(some) == []


def ways(count: int, first: int) -> list[Way]:
    ports = Ports("TCP", first=80, last=80)
    return [
        Way(Peer(block=f"10.{number // 256}.{number % 256}.0/24", but=("10.0.0.1/32",)), ports)
        for number in range(first, first + count)
    ]


def test_too_many_to_compare_are_beyond_where_none_is_the_same() -> None:
    assert beyond(ways(3000, 1500), ways(3000, 0)) == ways(1500, 3000)


def test_ways_to_blocks_are_taken_together() -> None:
    half = [Way(Peer(block=one), Ports("TCP")) for one in ("10.0.0.0/9", "10.128.0.0/9")]
    whole = Way(Peer(block="10.0.0.0/8"), Ports("TCP"))
    assert beyond([whole], half) == []
    assert beyond([whole], half[:1]) == [whole]
    assert beyond([whole._replace(ports=Ports("UDP"))], half) == [
        Way(Peer(block="10.0.0.0/8"), Ports("UDP"))
    ]
