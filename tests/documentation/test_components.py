"""The table in base/README.md says of each component what its directory declares."""

from __future__ import annotations

from tools.components import PAGE, components, names, with_rows


def test_each_component_has_one_row() -> None:
    assert sorted(names(PAGE.read_text("utf-8"))) == components()


def test_the_rows_are_what_is_declared() -> None:
    page = PAGE.read_text("utf-8")
    assert with_rows(page) == page, "run `make docs`"
