"""Runs a command where it can be a machine of its own: `python -m e2e.node.namespaces COMMAND...`.

Its network, mounts, processes, control groups and host name are private, and end with it. What is
left then (a directory, control groups) is removed by a guard, also when this process is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.guard import Guard
from e2e.node import cgroups, machine
from e2e.node.kept import INSIDE, command
from e2e.tools import cache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PREFIX = ".node-"
_UNSHARE = ("--net", "--mount", "--cgroup", "--uts", "--ipc", "--pid", "--fork", "--kill-child")
# kubelet writes these, which belong to the whole machine; so it sees files with what it wants.
# https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/kubelet/cm/container_manager_linux.go
_SYSCTLS = {"vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/panic_on_oops": "1"}
# Where programs write whatever they are told: each gets a directory of the node instead. In
# _BUSY are containers and volumes, too, some 4 GiB; memory is gone at once, and a disk is slow.
_BUSY, _QUIET = "/run", "/var/log"
_SCRATCH = "/run/tmp"  # short, for the path of a socket has 107 bytes at most
# The same where a mount point would have to be made first (/var/lib/cni).
_OVERLAID = "/var/lib"


def run(argv: Sequence[str | Path], environment: Mapping[str, str]) -> int:
    """Run a command in namespaces of its own and give its exit code."""
    parents = [one.parent for one in cgroups.hierarchies()]
    cache().mkdir(parents=True, exist_ok=True)
    with Guard(cache(), _PREFIX, parents) as guard:
        cgroups.make(guard.groups)
        groups = ":".join(map(str, guard.groups))
        process = guard.start(
            [sys.executable, "-m", __spec__.name, "--enter", groups, *argv],
            cwd=Path.cwd(),
            env={**environment, INSIDE: str(guard.directory)},
            stdout=sys.stdout.buffer,
            stderr=sys.stderr.buffer,
        )
        return process.wait()


def directory() -> Path:
    """The directory of the node that this process is in; an error outside of one."""
    return Path(os.environ[INSIDE])


def _enter(groups: str, argv: Sequence[str]) -> None:
    """In the groups, become the command that makes the namespaces."""
    cgroups.enter([Path(group) for group in groups.split(":")])
    options = ("unshare", *_UNSHARE, sys.executable, "-m", __spec__.name, "--first", *argv)
    os.execv(command("unshare"), options)


def _first(argv: Sequence[str]) -> int:
    """As the first process of the namespaces: set them up, run the command, bury the dead."""
    found = cgroups.hierarchies()  # before /sys is another
    _mount_kernel(found)
    _mount_private(directory())
    socket.sethostname("node")
    _run("ip", "link", "set", "lo", "up")
    os.mkdir(_SCRATCH)
    child = subprocess.Popen(argv, env={**os.environ, "TMPDIR": _SCRATCH})
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _: child.send_signal(number))
    while True:
        with contextlib.suppress(InterruptedError):
            pid, status = os.wait()
            if pid == child.pid:
                return os.waitstatus_to_exitcode(status) & 0xFF


def _mount_kernel(found: list[cgroups.Hierarchy]) -> None:
    """/proc and /sys of these namespaces; no setting of the machine can be written there."""
    _mount("-t", "proc", "proc", "/proc")
    _mount("--bind", "/proc/sys", "/proc/sys")
    _mount("--bind", "/proc/sys/net", "/proc/sys/net")  # belongs to the network namespace
    _mount("-o", "remount,bind,ro", "/proc/sys")
    for name, content in _SYSCTLS.items():
        file = directory() / name.replace("/", "-")
        file.write_text(f"{content}\n")
        _mount("--bind", str(file), f"/proc/sys/{name}")
    _mount("-t", "sysfs", "sysfs", "/sys")
    if cgroups.version(found) == 1:
        _mount("-t", "tmpfs", "tmpfs", str(cgroups.MOUNT_POINT))
        for one in found:
            point = cgroups.MOUNT_POINT / one.name
            point.mkdir()
            _mount("-t", "cgroup", "-o", one.options, "cgroup", str(point))
    else:
        _mount("-t", "cgroup2", "cgroup2", str(cgroups.MOUNT_POINT))
        cgroups.allow_children(cgroups.MOUNT_POINT)


def _mount_private(own: Path) -> None:
    for path in (_BUSY, _QUIET):
        if path == _BUSY and machine.has_memory_to_spare():
            _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", path)
        else:
            source = own / path[1:].replace("/", "-")
            source.mkdir()
            _mount("--bind", str(source), path)
    layers = {"lowerdir": Path(_OVERLAID), "upperdir": own / "upper", "workdir": own / "work"}
    for name in ("upper", "work"):
        (own / name).mkdir()
    options = ",".join(f"{name}={path}" for name, path in layers.items())
    _mount("-t", "overlay", "-o", options, "overlay", _OVERLAID)


def _mount(*arguments: str) -> None:
    _run("mount", *arguments)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)


def _main(arguments: Sequence[str]) -> int:
    if arguments[0] == "--enter":
        _enter(arguments[1], arguments[2:])
    if arguments[0] == "--first":
        return _first(arguments[1:])
    try:
        return run(arguments, os.environ)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
