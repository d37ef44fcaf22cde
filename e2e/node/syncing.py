"""Flux on the node: it gives Airflow the time that it takes to start on two cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.fluxed import Flux

if TYPE_CHECKING:
    from e2e.controlplane import ControlPlane
    from e2e.upstream import Upstream

_MINUTES_TO_READY = 12


def syncing(name: str, cluster: ControlPlane, upstream: Upstream) -> Flux:
    """Flux for a tree of a repository; nothing is installed yet."""
    minutes = _MINUTES_TO_READY
    return Flux(name, cluster, upstream, timeout=f"{minutes}m", seconds=60 * minutes)
