"""Executor, database, broker, storage, delivery and entry go together as the table says."""

from __future__ import annotations

import pytest
from support import PROJECT, Repository

from components.choices import RESPECTS, components, legal, pairwise
from components.stacks import write_clusters

_ALL = [components(chosen) for chosen in legal()]
_PARTS = 16  # of all, so that no repository holds thousands of trees


def test_every_pair_of_choices_is_right(repository: Repository) -> None:
    _are_right(repository, [components(chosen) for chosen in pairwise()])


@pytest.mark.long
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_combination_is_right(repository: Repository, part: int) -> None:
    _are_right(repository, _ALL[part::_PARTS])


def test_the_table_is_what_base_offers() -> None:
    named = {
        name
        for respect in RESPECTS.values()
        for choice in respect
        for name in f"{choice.components} {choice.tasks or ''}".split()
    }
    prefixes = ("executor-", "database-", "broker-", "results-", "storage-", "dags-", "ingress")
    there = {path.name for path in (PROJECT / "base" / "components").iterdir()}
    others = {"database-backup", "database-clean"}  # no choice, but something more
    assert {name for name in there if name.startswith(prefixes)} - others - named == set()
    assert len(_ALL) == len(set(_ALL)) > 1500


# What is named in the message, and in the hint.
_ILLEGAL: list[tuple[str, str, str]] = [
    (
        (
            "executor-local executor-celery database-external broker-redis results-redis"
            " logs-ephemeral dags-image"
        ),
        "executor-celery and base/components/executor-local both provide executor",
        "compose one executor only",
    ),
    (
        "executor-local database-postgres database-external logs-ephemeral dags-image",
        "database-external and base/components/database-postgres both provide database",
        "compose one database only",
    ),
    (
        (
            "executor-celery database-external broker-redis broker-external results-redis"
            " logs-ephemeral dags-image"
        ),
        "broker-external and base/components/broker-redis both provide broker",
        "compose one broker only",
    ),
    (
        "executor-local database-external logs-ephemeral dags-git-sync dags-image",
        "dags-image and base/components/dags-git-sync both provide dags",
        "compose one dags only",
    ),
    (
        "executor-local database-external logs-ephemeral storage-nfs dags-image",
        "storage-nfs and base/components/logs-ephemeral both provide logs",
        "compose one logs only",
    ),
    (
        "executor-local database-external logs-ephemeral dags-image ingress ingress-gateway",
        "ingress-gateway and base/components/ingress both provide entry",
        "compose one entry only",
    ),
    (
        "executor-celery database-postgres results-postgres logs-ephemeral dags-image",
        "celery-workers requires broker",
        "add base/components/broker-external or base/components/broker-redis",
    ),
    (
        (
            "executor-celery database-external broker-external results-postgres logs-ephemeral"
            " dags-image"
        ),
        "results-postgres requires postgres",
        "add base/components/database-postgres to",
    ),
    (
        "executor-kubernetes database-external storage-dynamic dags-image",
        "task-pods requires worker-logs",
        "base/components/storage-claims-workers or base/components/storage-nfs-workers",
    ),
    (
        "executor-local database-external logs-ephemeral dags-nfs",
        "dags-nfs requires nfs",
        "add base/components/storage-nfs to",
    ),
    (
        "executor-local logs-ephemeral dags-image",
        "base requires database",
        "add base/components/database-external or base/components/database-postgres",
    ),
    (
        "executor-local database-external logs-ephemeral dags-image ingress-tls",
        "ingress-tls requires ingress",
        "add base/components/ingress or base/components/ingress-traefik",
    ),
]


@pytest.mark.parametrize(("listed", "message", "hint"), _ILLEGAL, ids=[one[1] for one in _ILLEGAL])
def test_what_is_not_legal_is_named(
    repository: Repository, listed: str, message: str, hint: str
) -> None:
    write_clusters(repository, {"c": listed}, {})
    ran = repository.run("check")
    assert ran.code == 1
    assert message in ran.out
    assert hint in ran.out


def _are_right(repository: Repository, listed: list[str]) -> None:
    clusters = {f"c{number}": one for number, one in enumerate(listed)}
    write_clusters(repository, clusters, {})
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(clusters)} clusters: 0 errors, 0 warnings\n"
