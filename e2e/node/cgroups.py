"""Control groups of a node's own, below those that this process is in.

The node sees them as the root (a cgroup namespace), and the guard of the node removes them.
Version 1 has a hierarchy for some controllers each, version 2 one for all:
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

WANTED = ("cpu", "cpuset", "memory", "pids")
"""The controllers without which kubelet does not start."""

MOUNT_POINT = Path("/sys/fs/cgroup")
_PROCESS = Path("/proc/self")
_INHERITED = ("cpuset.cpus", "cpuset.mems")  # empty in a new group, which then takes no process


class Hierarchy(NamedTuple):
    """A mounted hierarchy: its controllers and where groups of ours can be made in it.

    `options` are those of its mount: none for version 2.
    """

    controllers: tuple[str, ...]
    options: str
    parent: Path

    @property
    def name(self) -> str:
        """The directory below `MOUNT_POINT` where it is mounted by custom."""
        return ",".join(self.controllers).removeprefix("name=")


def hierarchies() -> list[Hierarchy]:
    """Those of version 1 if they have what a node wants; else the one of version 2."""
    first = version_1()
    known = {name for one in first for name in one.controllers}
    return first if known.issuperset(WANTED) else _version_2()


def version(found: list[Hierarchy]) -> int:
    """1 or 2."""
    return 1 if found and found[0].options else 2


def make(groups: list[Path]) -> None:
    """Make groups that processes can enter."""
    for group in groups:
        group.mkdir()
        for name in _INHERITED:
            if (group / name).exists() and not (group / name).read_text().strip():
                (group / name).write_text((group.parent / name).read_text())


def enter(groups: list[Path]) -> None:
    """Move this process, and what it will start, into groups."""
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def allow_children(root: Path) -> None:
    """Version 2: a group with processes has no children with controllers; so move them aside."""
    own = root / "programs"
    own.mkdir()
    (own / "cgroup.procs").write_text(str(os.getpid()))
    controllers = (root / "cgroup.controllers").read_text().split()
    (root / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))


def version_1() -> list[Hierarchy]:
    """Those of version 1 that this process is in."""
    points: dict[frozenset[str], tuple[str, Path]] = {}
    for line in (_PROCESS / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup":
            root, point = before.split()[3:5]
            points[frozenset(options.split(","))] = (root, Path(point))
    found = []
    for line in (_PROCESS / "cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        controllers = tuple(filter(None, names.split(",")))
        for there, (root, mounted) in points.items():
            if controllers and there.issuperset(controllers):
                mount = ",".join(controllers)
                mount = f"none,{mount}" if mount.startswith("name=") else mount
                found.append(Hierarchy(controllers, mount, mounted / os.path.relpath(path, root)))
    return found


def _version_2() -> list[Hierarchy]:
    file = MOUNT_POINT / "cgroup.subtree_control"
    controllers = file.read_text().split() if file.exists() else []
    # At the top: elsewhere a group has processes, and gives no controllers to children.
    return [Hierarchy(tuple(controllers), "", MOUNT_POINT)] if controllers else []
