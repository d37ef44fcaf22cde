"""What merging opens: to subjects of the API, to the network, and to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.access.policies import networks
from renderer.impacts.access.rbac import Access, rbac

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What somebody can do or reach after merging the changes of a cluster, and could not before.

    What is narrowed, or the same in other words, is none.
    """
    access = Access(sides)
    yield from rbac(changes, access)
    yield from networks(changes, sides)
