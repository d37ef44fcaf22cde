"""Every legal cluster of base/ by what it chooses in six respects, and few that have all pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import NamedTuple


class Choice(NamedTuple):
    """Components of one way to do something; it goes with these, if any are said.

    `tasks` are the components that it takes besides where tasks have Pods of their own: None where
    it cannot be chosen there.
    """

    components: str
    only_with: str = ""
    tasks: str | None = ""


_CELERY = "executor-celery executor-celery-kubernetes"
_PODS = "executor-kubernetes executor-celery-kubernetes"

# Written by hand: what is not here is not legal, or says nothing new.
RESPECTS: dict[str, list[Choice]] = {
    "executor": [
        Choice("executor-local"),
        Choice("executor-celery"),
        Choice("executor-kubernetes"),
        Choice("executor-celery-kubernetes"),
    ],
    "database": [Choice("database-postgres"), Choice("database-external")],
    "broker": [
        Choice("", only_with="executor-local executor-kubernetes"),
        Choice("broker-redis results-redis", only_with=_CELERY),
        Choice("broker-redis results-external", only_with=_CELERY),
        Choice("broker-redis results-postgres", only_with=f"{_CELERY} database-postgres"),
        Choice("broker-external results-external", only_with=_CELERY),
        Choice("broker-external results-postgres", only_with=f"{_CELERY} database-postgres"),
    ],
    "storage": [
        Choice("logs-ephemeral"),
        Choice("storage-nfs", tasks="storage-nfs-workers"),
        Choice("storage-claims", tasks="storage-claims-workers"),
        # A volume of a class is another one in the namespace of task Pods.
        Choice("storage-dynamic", tasks=None),
    ],
    "delivery": [
        Choice("dags-git-sync"),
        Choice("dags-git-server"),
        Choice("dags-image"),
        Choice("dags-bundle"),
        Choice("dags-claim", tasks="dags-claim-workers"),
        Choice("dags-nfs", only_with="storage-nfs", tasks="dags-nfs-workers"),
        Choice("dags-dynamic", only_with="storage-dynamic", tasks=None),
    ],
    "entry": [
        Choice(""),
        Choice("ingress"),
        Choice("ingress ingress-tls"),
        Choice("ingress-traefik"),
        Choice("ingress-traefik ingress-traefik-tls"),
        Choice("ingress-gateway"),
    ],
}


def legal() -> Iterator[tuple[Choice, ...]]:
    """All combinations that the table allows."""
    for chosen in product(*RESPECTS.values()):
        if all(_fits(one, chosen) for one in chosen):
            yield chosen


def pairwise() -> list[tuple[Choice, ...]]:
    """Combinations that have among them every legal pair of choices: each adds the most."""
    pairs = {one: frozenset(combinations(enumerate(one), 2)) for one in legal()}
    wanted = frozenset[object]().union(*pairs.values())
    found = []
    while wanted:
        best = max(pairs, key=lambda one: len(pairs[one] & wanted))
        found.append(best)
        wanted -= pairs[best]
    return found


def components(chosen: tuple[Choice, ...]) -> str:
    """What a cluster lists, in the order of the table; a cluster of task Pods lists some twice."""
    has_pods = chosen[0].components in _PODS.split()
    listed = [f"{one.components} {one.tasks if has_pods else ''}" for one in chosen]
    return " ".join(" ".join(listed).split())


def _fits(choice: Choice, chosen: tuple[Choice, ...]) -> bool:
    """Of what a choice goes with, one of each respect that is named there has to be chosen."""
    if choice.tasks is None and chosen[0].components in _PODS.split():
        return False
    wanted = set(choice.only_with.split())
    for respect, one in zip(RESPECTS.values(), chosen, strict=True):
        offered = {other.components for other in respect} & wanted
        if offered and one.components not in offered:
            return False
    return True
