"""Every choice that base/ offers is a whole tree with each executor that it means something for."""

from __future__ import annotations

import pytest
from support import PROJECT, Repository

from components.choices import EXECUTORS, cover, has_task_pods
from components.stacks import write_clusters


def test_nothing_is_wrong_with_any_choice(repository: Repository) -> None:
    clusters = dict(cover())
    write_clusters(repository, clusters, {})
    ran = repository.run("clusters")
    assert ran.code == 0, ran.err
    said = [line for line in ran.err.splitlines() if not line.startswith("clusters/")]
    assert [line.partition(" in ")[0] for line in said] == [
        f"{len(clusters)} clusters, {len(clusters)} written, 0 up to date"
    ]
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(clusters)} clusters: 0 errors, 0 warnings\n"


# What is composed by others, or means nothing for an executor, and why.
_MACHINERY = {
    "celery-workers",
    "flower-entry",
    "git-sync",
    "local-tasks",
    "pgbouncer",
    "sign-on",
    "task-pods",
    "web-entry",
}
_CELERY = ("broker-", "celery-", "flower", "results-")
_IN_AIRFLOW = {"dags-dynamic", "storage-dynamic"}  # task Pods are in another namespace


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_component_is_chosen(executor: str) -> None:
    chosen = {
        one
        for name, components in cover()
        if name.rpartition("-")[0] == executor
        for one in components.split()
    }
    there = {path.name for path in (PROJECT / "base" / "components").iterdir()}
    wanted = {
        name
        for name in there - _MACHINERY
        if not name.startswith("executor-") or name == f"executor-{executor}"
    }
    if "celery" not in executor:
        wanted = {name for name in wanted if not name.startswith(_CELERY)}
        wanted = {name for name in wanted if not name.endswith(("-celery", "-flower"))}
    if has_task_pods(executor):
        wanted -= _IN_AIRFLOW
    else:
        wanted = {name for name in wanted if not name.endswith("-workers")}
    assert chosen == wanted
