"""The same consequence in many clusters, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.judging import worse_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from renderer.impacts.judging import Judged
    from renderer.impacts.model import Consequence, Impact
    from renderer.kubernetes.manifests import ObjectRef


class ConsequenceGroup(NamedTuple):
    """What merging does to an object, in the clusters where it does the same."""

    consequence: Consequence
    clusters: tuple[str, ...]


def grouped(judged: Mapping[str, Sequence[Judged]]) -> list[ConsequenceGroup]:
    """The consequences of all clusters (by name), the worst first, then by object and cluster."""
    found: dict[Consequence, list[str]] = {}
    for cluster in sorted(judged):
        for one in judged[cluster]:
            for consequence in one.consequences:
                found.setdefault(consequence, []).append(cluster)
    groups = [ConsequenceGroup(one, tuple(clusters)) for one, clusters in found.items()]
    return sorted(groups, key=_order)


def _order(group: ConsequenceGroup) -> tuple[int, tuple[object, ...], tuple[str, ...]]:
    impact, *rest = group.consequence
    return worse_first(impact), tuple(rest), group.clusters


def worst_of(
    groups: Iterable[ConsequenceGroup], ref: ObjectRef, clusters: Collection[str]
) -> Impact | None:
    """The worst that happens to an object in some clusters; None where nothing was judged."""
    found = (
        one.consequence.impact
        for one in groups
        if one.consequence.ref == ref and not set(clusters).isdisjoint(one.clusters)
    )
    return min(found, key=worse_first, default=None)
