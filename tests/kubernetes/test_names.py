"""Names are judged in one way, whether they stand in a manifest or in an option."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.checks.schema.formats import FORMATS
from renderer.kubernetes.names import is_label, is_subdomain

_NAMES = st.one_of(
    st.text(alphabet="ab0.-A_é\n", max_size=8),
    st.from_regex(r"[a-z0-9.-]{60,70}|[a-z0-9.-]{250,256}", fullmatch=True),
)


@given(_NAMES)
def test_the_check_of_manifests_agrees(name: str) -> None:
    assert is_label(name) is (FORMATS["dns-label"](name) == "")
    assert is_subdomain(name) is (FORMATS["dns-subdomain"](name) == "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", True),
        ("a.b-c.d0", True),
        ("a" * 253, True),
        ("a" * 254, False),
        ("a..b", False),
        ("a.-b", False),
        (".a", False),
        ("a.", False),
        ("A", False),
        ("a\n", False),
        ("", False),
    ],
)
def test_subdomains(name: str, expected: bool) -> None:
    assert is_subdomain(name) is expected
