"""r: what `render diff` costs, against git listing the changes and printing what changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fleet import change_workload, write_cluster
from lab import RENDER
from measure import Cost, can_watch, middle, session_memory

if TYPE_CHECKING:
    from lab import Site

_RUNS = 5
_SITES = 10  # how many clusters have the settings of others: so many texts has a workload
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0")
_START = "refs/tags/start"


class Compared(NamedTuple):
    """Medians of `render diff`, of what git does, and the peak of the memory of `render diff`."""

    ours: Cost
    git: Cost
    memory: int


def costs(site: Site) -> dict[str, Compared]:
    """By the work; each cluster has one Deployment that changes, but in the last only one does.

    All objects are loose, as `git add` has left them.
    """
    _git(site, "init", "--quiet")
    _write_clusters(site)
    _commit(site, "start")
    change_workload(site.fleet, "gateway")
    _commit(site, "ten")
    change_workload(site.fleet, "gateway", undo=True)
    _write_clusters(site, distinct=True)
    _commit(site, "each")
    found = {what: _between(site, f"refs/tags/{what}") for what in ("ten", "each")}
    _git(site, "checkout", "--quiet", _START)
    write_cluster(site.fleet, 0, site_name="another")
    site.render(site.fleet.name(0))
    return {**found, "one": _one(site)}


def _write_clusters(site: Site, *, distinct: bool = False) -> None:
    """Clusters that share their settings with others; `distinct` ones have a value of their own."""
    for number in range(site.fleet.clusters):
        own = {"catalog_memory": f"{4096 + number}Mi"} if distinct else {}
        write_cluster(site.fleet, number, site_name=f"site-{number % _SITES}", **own)


def _commit(site: Site, tag: str) -> None:
    site.render()
    _git(site, "add", "--all")
    _git(site, "commit", "--quiet", "--message", tag)
    _git(site, "tag", tag)


def _git(site: Site, *arguments: str, stdin: str = os.devnull) -> Cost:
    return site.runner.run([*_GIT, *arguments], stdin=stdin)


def _between(site: Site, head: str) -> Compared:
    """Two revisions, against `git diff --raw` and `git cat-file --batch` of what it lists."""
    listed = site.runner.text(
        [*_GIT, "diff", "--raw", "--no-abbrev", _START, head, "--", "clusters"]
    )
    ids = [name for line in listed.splitlines() for name in line.split()[2:4]]
    file = os.path.join(site.cache, "ids")
    with open(file, "w", encoding="ascii") as asked:
        asked.writelines(f"{one}\n" for one in ids)
    git, ours = [], []
    for _ in range(_RUNS):
        lists, prints = (
            _git(site, "diff", "--raw", _START, head),
            _git(site, "cat-file", "--batch", stdin=file),
        )
        git.append(Cost(lists.wall + prints.wall, lists.cpu + prints.cpu))
        ours.append(site.runner.run([RENDER, "diff", _START, head]))
    return Compared(middle(ours), middle(git), _memory(site, head))


def _one(site: Site) -> Compared:
    """The working tree, against `git diff --raw` alone."""
    git, ours = [], []
    for _ in range(_RUNS):
        git.append(_git(site, "diff", "--raw", _START))
        ours.append(site.runner.run([RENDER, "diff", _START]))
    return Compared(middle(ours), middle(git), _memory(site))


def _memory(site: Site, *head: str) -> int:
    if not can_watch():
        return 0
    return site.runner.run([RENDER, "diff", _START, *head], watch=session_memory).memory
