"""What a cluster can choose from base/, and what it can add: which of it goes together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
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


EXECUTORS = ("local", "celery", "kubernetes", "celery-kubernetes")
_CELERY = "executor-celery executor-celery-kubernetes"
_NO_CELERY = "executor-local executor-kubernetes"
_ENTRY = "ingress ingress-traefik ingress-gateway"

# Written by hand: what is not here is not legal, or says nothing new.
RESPECTS: dict[str, list[Choice]] = {
    "executor": [Choice(f"executor-{name}") for name in EXECUTORS],
    "database": [Choice("database-postgres"), Choice("database-external")],
    "broker": [
        Choice("", only_with=_NO_CELERY),
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

# What may be added to any of these; of each row one or none.
_ADDITIONS: list[list[Choice]] = [
    [
        Choice(
            "secrets-generated secrets-generated-celery",
            only_with=f"{_CELERY} database-postgres broker-redis",
        ),
        Choice("secrets-external secrets-external-celery", only_with=_CELERY),
        Choice("secrets-generated", only_with=f"{_NO_CELERY} database-postgres"),
        Choice("secrets-external", only_with=_NO_CELERY),
    ],
    [
        Choice("pgbouncer-postgres", only_with="database-postgres"),
        Choice("pgbouncer-external", only_with="database-external"),
    ],
    [Choice("database-backup", only_with="database-postgres")],
    [
        Choice("celery-autoscaling-keda", only_with=f"{_CELERY} database-postgres"),
        Choice("celery-autoscaling-hpa", only_with=_CELERY),
    ],
    [
        Choice("git-github-app git-sync-metrics git-sync-alarm", only_with="dags-git-sync"),
        Choice("git-ca", only_with="dags-git-server"),
        Choice("bundle-ca", only_with="dags-bundle"),
    ],
    [Choice("example-dags")],
    [
        Choice("flower flower-ingress", only_with=f"{_CELERY} ingress ingress-traefik"),
        Choice("flower flower-gateway", only_with=f"{_CELERY} ingress-gateway"),
        Choice("flower secrets-generated-flower", only_with=f"{_CELERY} secrets-generated"),
    ],
    [
        Choice("sign-on-oidc", only_with=_ENTRY),
        Choice("sign-on-ldap", only_with=_ENTRY),
    ],
    [Choice("log-groomer"), Choice("logs-remote", tasks="logs-remote-workers")],
    [Choice("database-clean")],
    [Choice("metrics-statsd metrics-statsd-monitor")],
    [Choice("smoke-test", tasks="smoke-test-workers")],
    [Choice("env-production"), Choice("env-development")],
    [Choice("first-user")],
    [Choice("connection-mysql")],
]
_NOTHING = Choice("")


def legal() -> Iterator[tuple[Choice, ...]]:
    """All combinations of one choice in each respect that the table allows."""
    for chosen in product(*RESPECTS.values()):
        if all(_fits(one, chosen) for one in chosen):
            yield chosen


@cache
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


def cover() -> Iterator[tuple[str, str]]:
    """Clusters by name, few that have every choice and every addition with every executor."""
    for executor, name in zip(RESPECTS["executor"], EXECUTORS, strict=True):
        bases = [one for one in pairwise() if one[0] == executor]
        seen: set[tuple[int, Choice]] = set()
        for number in range(len(bases)):
            extended = [_extended(one, seen) for one in bases]
            best = max(extended, key=lambda one: len(_at_rows(one) - seen))
            if _at_rows(best) <= seen:
                break
            seen |= _at_rows(best)
            yield f"{name}-{number}", components(best)


def components(chosen: Sequence[Choice]) -> str:
    """What a cluster lists, in the order of the table."""
    has_pods = has_task_pods(chosen[0].components)
    listed = [f"{one.components} {one.tasks if has_pods else ''}" for one in chosen]
    return " ".join(" ".join(listed).split())


def has_task_pods(executor: str) -> bool:
    return "kubernetes" in executor


def _extended(base: tuple[Choice, ...], seen: set[tuple[int, Choice]]) -> tuple[Choice, ...]:
    """The choices with an addition of each row that fits: the first that was not seen, if any."""
    chosen = base
    for row in _ADDITIONS:
        fitting = [one for one in row if _fits(one, chosen)]
        fresh = [one for one in fitting if (len(chosen), one) not in seen]
        chosen = (*chosen, (fresh or fitting or [_NOTHING])[0])
    return chosen


def _at_rows(chosen: Sequence[Choice]) -> set[tuple[int, Choice]]:
    """What is chosen, each with the number of its row."""
    return {(row, one) for row, one in enumerate(chosen) if one != _NOTHING}


def _fits(choice: Choice, chosen: Sequence[Choice]) -> bool:
    """Of what a choice goes with, something of each row that is named there has to be chosen."""
    if choice.tasks is None and has_task_pods(chosen[0].components):
        return False
    wanted = set(choice.only_with.split())
    for row, one in zip((*RESPECTS.values(), *_ADDITIONS), chosen, strict=False):
        offered = {name for other in row for name in other.components.split()} & wanted
        if offered and not offered & set(one.components.split()):
            return False
    return True
