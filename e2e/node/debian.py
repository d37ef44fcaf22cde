"""The programs of a node that come from Debian: unpacked into the cache, not installed."""

from __future__ import annotations

import functools
import os
import platform
from typing import TYPE_CHECKING

from e2e.node.kept import command, kept, output_of, run
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from e2e.guard import Guard

PACKAGES = (
    "catatonit",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "debian-archive-keyring",
    "iptables",
    "mmdebstrap",
    "openssh-server",
    "runc",
)
_LIBRARIES = f"usr/lib/{platform.machine()}-linux-gnu"
# What the packages leave to update-alternatives.
_ALTERNATIVES = {
    f"{name}{suffix}": "xtables-nft-multi"
    for name in ("iptables", "ip6tables")
    for suffix in ("", "-save", "-restore")
}


def unpacked(packages: Sequence[str] = PACKAGES) -> Path:
    """The root of the unpacked packages; raises `ToolError` where apt cannot get them.

    What they depend on is among them as far as this machine does not have it.
    """
    release = platform.freedesktop_os_release()
    recipe = (tuple(packages), release.get("ID"), release.get("VERSION_ID"), platform.machine())
    return kept("debian-packages", recipe, functools.partial(_unpack, packages))


def environment(root: Path) -> dict[str, str]:
    """The whole environment of a program that uses unpacked packages."""
    path = [*(root / part for part in ("usr/sbin", "usr/bin")), os.environ["PATH"]]
    return {
        "PATH": ":".join(map(str, path)),
        "LD_LIBRARY_PATH": str(root / _LIBRARIES),
        "XTABLES_LIBDIR": str(root / _LIBRARIES / "xtables"),
        "LC_ALL": "C.UTF-8",
    }


def cni_plugins(root: Path) -> Path:
    """The directory of the network plugins."""
    return root / "usr/lib/cni"


def _unpack(packages: Sequence[str], guard: Guard, whole: Path) -> None:
    archives = guard.directory / "archives"
    (archives / "partial").mkdir(parents=True)
    options = ("--yes", "--download-only", "--reinstall", "--no-install-recommends")
    settings = {"Dir::Cache::archives": archives, "Debug::NoLocking": 1, "APT::Sandbox::User": ""}
    flags = [f"-o={name}={value}" for name, value in settings.items()]
    try:
        run(
            guard,
            "apt-get",
            [command("apt-get"), *options, *flags, "install", *packages],
            dict(os.environ),
        )
    except ToolError as error:
        raise ToolError(error.message, hint="is its list old? apt-get update") from error
    for archive in sorted(archives.glob("*.deb")):
        run(guard, "dpkg-deb", [command("dpkg-deb"), "-x", archive, whole], dict(os.environ))
    if "iptables" in packages:
        for name, program in _ALTERNATIVES.items():
            (whole / "usr/sbin" / name).symlink_to(program)
    (whole / "versions").write_text(output_of(["ls", archives]))
