"""The runs that the targets compare: fresh fleets, render, kustomize alone, a plain read."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet import Fleet, write_fleet
from measure import Cost, Runner, binary

if TYPE_CHECKING:
    from collections.abc import Sequence

RENDER = binary("render")
KUBECTL = binary("kubectl")
_READ = "find render.toml base components overlays clusters -type f -print0 | xargs -0 cat"


class Site:
    """One fleet on the disk, never used before, with an empty cache beside it."""

    def __init__(self, fleet: Fleet, cache: str, baseline: Sequence[int]) -> None:
        self.fleet = fleet
        self.cache = cache
        self.runner = Runner(fleet.directory, cache)
        os.makedirs(cache)
        write_fleet(fleet, baseline)

    def forget(self) -> None:
        """Empties the cache: the next run is cold."""
        self.cache += "-again"
        self.runner = Runner(self.fleet.directory, self.cache)
        os.makedirs(self.cache)

    def render(self, *names: str) -> Cost:
        return self.runner.run(self.command(*names))

    def command(self, *names: str) -> list[str]:
        return [RENDER, *(f"clusters/{name}" for name in names)] if names else [RENDER, "clusters"]

    def read(self) -> Cost:
        """Reads every input and output file, as plainly as there is."""
        return self.runner.run(["/bin/sh", "-c", f"{_READ} >/dev/null"])

    def kustomize(self, name: str) -> Cost:
        return self.runner.run([KUBECTL, "kustomize", f"baseline/{name}"])

    def compose(self, name: str) -> Cost:
        """Composes an overlay with kustomize alone, without its parameters and patches."""
        return self.runner.run([KUBECTL, "kustomize", f"overlays/{name}"])

    def kustomize_all(self, numbers: Sequence[int]) -> Cost:
        """Composes clusters with kustomize alone, two at a time; the output goes nowhere."""
        names = " ".join(f"baseline/{self.fleet.name(number)}" for number in numbers)
        command = f"echo {names} | xargs -n1 -P2 {KUBECTL} kustomize >/dev/null"
        return self.runner.run(["/bin/sh", "-c", command])

    def same_as_kustomize(self, number: int) -> str:
        """Whether `render build` and kustomize print the same: "", "order" or "content"."""
        name = self.fleet.name(number)
        ours = self.runner.text([RENDER, "build", f"overlays/{name}"])
        theirs = self.runner.text([KUBECTL, "kustomize", f"baseline/{name}"])
        if ours == theirs:
            return ""
        return "order" if _sorted(ours) == _sorted(theirs) else "content"

    def drop_output(self, name: str) -> None:
        """Removes the few files of one cluster."""
        shutil.rmtree(self.fleet.path("clusters", name))


def _sorted(stream: str) -> list[str]:
    return sorted(f"\n{stream}".split("\n---\n"))


class Lab:
    """Makes sites below one directory."""

    def __init__(self, directory: str, clusters: int, compositions: int) -> None:
        self.directory = directory
        self.fleet = Fleet(directory, clusters, compositions)
        self._made = 0

    def site(self, clusters: int | None = None, baseline: Sequence[int] = ()) -> Site:
        """A fleet in a directory that was never used: one that was emptied is slow."""
        self._made += 1
        place = os.path.join(self.directory, f"fleet-{self._made}")
        wanted = self.fleet.clusters if clusters is None else clusters
        fleet = replace(self.fleet, directory=place, clusters=wanted)
        return Site(fleet, f"{place}-cache", baseline)
