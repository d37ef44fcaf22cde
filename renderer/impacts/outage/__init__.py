"""What stops to work when a change is merged: foretold, for no API server answers that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.outage.admission import refused_pods
from renderer.impacts.outage.budgets import blocked_drains
from renderer.impacts.outage.entrances import closed_entrances
from renderer.impacts.outage.limits import limited_pods
from renderer.impacts.outage.links import broken_links
from renderer.impacts.outage.nodes import unknown_nodes
from renderer.impacts.outage.pods import lost_ports, lost_replicas
from renderer.impacts.outage.starting import never_started
from renderer.impacts.outage.switched_off import switched_off
from renderer.impacts.outage.webhooks import unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What worked before the changes of a cluster, and does not after them.

    What is new has not worked before: it is what `render check` looks at. Only that it gets no Pod
    is told, for the API server takes it without a word that people see, and that others get none.
    """
    yield from lost_replicas(changes, sides)
    yield from broken_links(changes, sides)
    yield from lost_ports(changes, sides)
    yield from blocked_drains(changes, sides)
    yield from refused_pods(changes, sides)
    yield from limited_pods(changes, sides)
    yield from never_started(changes)
    yield from switched_off(changes, sides)
    yield from unanswered(changes, sides)
    yield from closed_entrances(changes, sides)
    yield from unknown_nodes(changes, sides)
