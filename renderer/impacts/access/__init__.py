"""What merging opens: to subjects of the API, to the network, and to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.access.accounts import accounts, kept, mounted, named
from renderer.impacts.access.answering import answering
from renderer.impacts.access.changing import changing
from renderer.impacts.access.containers import containers, volumes
from renderer.impacts.access.encryption import unencrypted
from renderer.impacts.access.endpoints import diverted
from renderer.impacts.access.exposure import routes, services
from renderer.impacts.access.gates import gates
from renderer.impacts.access.granting import granting
from renderer.impacts.access.joining import joining
from renderer.impacts.access.leaving import leaving
from renderer.impacts.access.namespaces import namespaces
from renderer.impacts.access.policies import networks
from renderer.impacts.access.rbac import rbac
from renderer.impacts.access.sides import Access
from renderer.impacts.access.templates import templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What somebody can do or reach after merging the changes of a cluster, and could not before.

    What is narrowed, or the same in other words, is none.
    """
    access = Access(sides)
    pods = [*templates(changes)]
    yield from rbac(changes, access)
    yield from accounts(pods, sides, access)
    yield from named(changes, access)
    yield from mounted(changes, sides)
    yield from kept(changes, access)
    yield from containers(pods)
    yield from volumes(changes)
    yield from namespaces(changes)
    yield from gates(changes, sides)
    yield from leaving(changes, sides)
    yield from answering(changes)
    yield from changing(changes)
    yield from granting(changes)
    yield from services(changes)
    yield from routes(changes, sides)
    yield from unencrypted(changes)
    yield from diverted(changes, sides)
    yield from networks(changes, sides)
    yield from joining(changes, sides)
