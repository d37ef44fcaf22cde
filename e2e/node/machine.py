"""What a machine must have for a node: found out before anything is built or started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.node import cgroups
from e2e.tools import cache
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

# By the packages of Debian and Ubuntu.
_COMMANDS = {
    "ip": "iproute2",
    "mount": "mount",
    "unshare": "util-linux",
    "chroot": "coreutils",
    "tar": "tar",
    "openssl": "openssl",
    "git": "git",
    "perl": "perl",
}
# https://github.com/torvalds/linux/blob/v6.12/include/uapi/linux/capability.h
_CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}
_RESOURCE = 24  # CAP_SYS_RESOURCE
_MEMORY = 6 << 30  # bytes; 4 are what was seen to be needed
_PLENTY = 14 << 30
_DISK = 8 << 30
_PRIVATE = ("unshare", "--net", "--mount", "--cgroup", "--uts", "--ipc", "--pid", "--fork")
_LINKS = (
    "ip link add e2e0 type bridge && ip link add e2e1 type veth peer name e2e2"
    " && mount -t tmpfs none /sys/fs/cgroup"
)


def check() -> str:
    """What was found, in a line; raises `ToolError` that lists all that is missing."""
    lacks = list(_lacks())
    if lacks:
        wanted = "\n".join(f"  - {one}" for one in lacks)
        raise ToolError(
            f"this machine cannot be a Kubernetes node:\n{wanted}",
            hint="see CONTRIBUTING.md for what it needs; `make e2e` needs much less",
        )
    found = cgroups.hierarchies()
    return f"Linux {os.uname().release}, cgroup v{cgroups.version(found)}"


def may_lower_oom_score() -> bool:
    """Whether containers may be told to survive longer than their parents."""
    return bool(_capabilities() >> _RESOURCE & 1)


def has_memory_to_spare() -> bool:
    """Whether the files of a node may be in memory, too."""
    return _available_memory() > _PLENTY


def _lacks() -> Iterator[str]:
    if sys.platform != "linux":
        yield "Linux"
        return
    missing = {name: package for name, package in _COMMANDS.items() if not shutil.which(name)}
    if missing:
        packages = " ".join(missing.values())
        yield f"{', '.join(missing)} (Debian, Ubuntu: apt-get install {packages})"
    if os.geteuid() != 0:
        yield "root: it mounts, and makes networks, in namespaces of its own"
        return
    for name, bit in _CAPABILITIES.items():
        if not _capabilities() >> bit & 1:
            yield f"{name}: is this a container? It would need --privileged"
    yield from _lacks_of_the_kernel()
    if not missing and (said := _try_namespaces()):
        yield f"namespaces, a bridge and veth pairs: {said}"
    memory = _available_memory()
    if memory < _MEMORY:
        yield f"{_MEMORY >> 30} GiB of free memory (there are {memory / (1 << 30):.1f})"
    disk = shutil.disk_usage(next(path for path in (cache(), *cache().parents) if path.exists()))
    if disk.free < _DISK:
        yield f"{_DISK >> 30} GiB of disk in {cache()} (there are {disk.free / (1 << 30):.1f})"


def _lacks_of_the_kernel() -> Iterator[str]:
    if not Path("/dev/kmsg").exists():
        yield "/dev/kmsg, which kubelet reads"
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        yield "the file system overlay (modprobe overlay)"
    found = cgroups.hierarchies()
    known = {name for one in found for name in one.controllers}
    missing = [name for name in cgroups.WANTED if name not in known]
    if missing:
        yield f"the cgroup controllers {', '.join(missing)}, in version 1 or 2"
    for one in found:
        if not os.access(one.parent, os.W_OK):
            yield f"{one.parent}, writable, for control groups"


def _try_namespaces() -> str:
    """What goes wrong when a node's namespaces are made; "" if nothing does."""
    done = subprocess.run(
        [*_PRIVATE, "sh", "-c", _LINKS], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or ["no message"])[-1]


def _capabilities() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff:")).split()[1], 16)


def _available_memory() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) << 10
