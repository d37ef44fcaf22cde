"""Who may do what before and after, found out when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from renderer.impacts.access.acting import Acting
from renderer.impacts.access.opened import Holders

if TYPE_CHECKING:
    from renderer.impacts.model import Sides


class Access:
    """Who may do what, and act as whom, on both sides of a cluster."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides

    @cached_property
    def old(self) -> Holders:
        return Holders(self._sides.old)

    @cached_property
    def new(self) -> Holders:
        return Holders(self._sides.new)

    @cached_property
    def acting_before(self) -> Acting:
        return Acting(self._sides.old, self.old)

    @cached_property
    def acting(self) -> Acting:
        return Acting(self._sides.new, self.new)
