"""What a quantity amounts to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.checks.schema.formats import FORMATS
from renderer.kubernetes.quantities import amount


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("500m", "0.5"),
        (1, "1"),
        (0.25, "0.25"),
        ("1.", "1"),
        (".5", "0.5"),
        (" 2Gi ", str(2 * 1024**3)),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("1E", str(10**18)),
        ("1E2", "100"),
        ("-1.5Ki", "-1536"),
        ("100n", "1e-7"),
    ],
)
def test_amounts(quantity: Any, expected: str) -> None:
    assert amount(quantity) == Decimal(expected)


@pytest.mark.parametrize("quantity", ["", "1e3k", "1KiB", "1 Gi", "half", True, None, "1e9999"])
def test_what_is_no_amount(quantity: Any) -> None:
    assert amount(quantity) is None


@given(st.text(alphabet="0123456789.eEkKMmin+- ", max_size=8))
def test_what_has_an_amount_is_a_quantity(text: str) -> None:
    if amount(text) is not None:
        assert FORMATS["quantity"](text) == ""
