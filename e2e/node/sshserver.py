"""A git server with ssh and a key, OpenSSH's: beside the one with https, on the same address."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.node import debian
from e2e.node.cluster import ADDRESS

if TYPE_CHECKING:
    from e2e.controlplane import ControlPlane

_PASSWD = Path("/etc/passwd")
_EMPTY = Path("/run/sshd")  # where its processes without rights are; the node's own
_CONFIG = """
ListenAddress {address}
HostKey {directory}/host
AuthorizedKeysFile {directory}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
"""


class SshServer:
    """Gives git, and nothing else, to whoever has a key; `url` is that of a repository.

    `access` is the content of a Secret: a key and what the server is known by.
    """

    def __init__(self, directory: Path, repository: Path) -> None:
        self._directory = directory
        public, host = (_new_key(directory / name) for name in ("key", "host"))
        command = r'command="git-shell -c \"$SSH_ORIGINAL_COMMAND\"",restrict'
        (directory / "authorized").write_text(f"{command} {public}\n")
        (directory / "config").write_text(_CONFIG.format(address=ADDRESS, directory=directory))
        self.access = {
            "ssh": (directory / "key").read_text(),
            "known_hosts": f"{ADDRESS} {host}\n",
        }
        self.url = f"ssh://root@{ADDRESS}{repository}"

    def start(self, cluster: ControlPlane) -> None:
        """Start it; it ends with the cluster's programs."""
        _EMPTY.mkdir(mode=0o755)
        # It wants a user of its own; only the node sees that there is one.
        users = self._directory / "passwd"
        users.write_text(f"{_PASSWD.read_text()}sshd:x:999:999::{_EMPTY}:/bin/false\n")
        subprocess.run(["mount", "--bind", str(users), str(_PASSWD)], check=True)
        root = debian.unpacked()
        flags = ("-D", "-e", "-f", str(self._directory / "config"))
        program = root / "usr/sbin/sshd"
        cluster.programs.start("sshd", [program, *flags], **debian.environment(root))


def _new_key(path: Path) -> str:
    """Write a key, and give its public part."""
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(argv, check=True)
    return path.with_suffix(".pub").read_text().strip()
