"""buildah of Debian's packages, as if it were installed, with a store of images of its own.

What is run there sees the packages over /usr, in namespaces that are gone with it, together with
every mount: nothing is installed or mounted on the machine of the tests. That takes root.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

from e2e.node import debian
from e2e.node.images import AIRFLOW
from e2e.node.kept import command
from e2e.node.oci import Layer, write_archive
from e2e.node.roots import root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from e2e.guard import Guard
    from e2e.registry import Registry

BASE = AIRFLOW.full_name
"""The name of what `Builder.load_base` loads."""

_PRIVATE = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_LAY_OVER = 'mount -t overlay -o "lowerdir=$0/usr:/usr" packages /usr && exec "$@"'
_MOST_SECONDS = 600
# Nobody is asked for what is not in the store.
_REGISTRIES = "".join(
    f'[[registry]]\nlocation = "{one}"\nblocked = true\n' for one in ("docker.io", "e2e.test")
)
_STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{0}/images"\nrunroot = "{0}/run"\n'
# The official image lets its user install packages.
_WRITABLE = ("opt/venv/bin", "opt/venv/lib/python3.11/site-packages")
_USER = 50000

Ran = subprocess.CompletedProcess[str]


class Builder:
    """A machine with buildah: a home, a store without images, and what it trusts."""

    def __init__(self, guard: Guard, name: str, registry: Registry) -> None:
        self._guard = guard
        self._packages = debian.unpacked(("buildah",))
        self.directory = guard.directory / name
        configuration = self.directory / ".config/containers"
        trusted = configuration / "certs.d" / registry.address
        trusted.mkdir(parents=True)
        (self.directory / "runtime").mkdir(mode=0o700)
        (trusted / "ca.crt").write_text(registry.certificate.read_text())
        (configuration / "policy.json").write_text(
            '{"default": [{"type": "insecureAcceptAnything"}]}'
        )
        (self.directory / "registries.conf").write_text(_REGISTRIES)
        (self.directory / "storage.conf").write_text(_STORAGE.format(self.directory))

    def run(self, argv: Sequence[str | Path], cwd: Path | None = None, **more: str) -> Ran:
        """Run a program to its end, with what it needs of the environment and `more`."""
        private: list[str | Path] = [
            command("unshare"),
            *_PRIVATE,
            command("bash"),
            "-c",
            _LAY_OVER,
            self._packages,
        ]
        logs = [self.directory / name for name in ("stdout", "stderr")]
        with logs[0].open("wb") as output, logs[1].open("wb") as errors:
            process = self._guard.start(
                [*private, *argv],
                cwd=cwd or self.directory,
                env={**self._environment(), **more},
                stdout=output,
                stderr=errors,
            )
            try:
                code = process.wait(_MOST_SECONDS)
            finally:
                self._guard.end(process)
        return Ran([*argv], code, *(log.read_text(errors="replace") for log in logs))

    def buildah(self, *arguments: str | Path) -> str:
        """What buildah prints; it must succeed."""
        ran = self.run(["buildah", *arguments])
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def load_base(self) -> None:
        """Have the Airflow of the node in the store, with what the official image has besides."""
        top, archive = self.directory / "top.tar", self.directory / "base.tar"
        with tarfile.open(top, "w") as tar:
            for name in _WRITABLE:
                entry = tarfile.TarInfo(name)
                entry.type, entry.mode, entry.uid = tarfile.DIRTYPE, 0o775, _USER
                tar.addfile(entry)
        # pip takes what has an address, and asks no index.
        more = (f"AIRFLOW_VERSION={AIRFLOW.tag}", "PIP_NO_INDEX=1")
        variables = (*AIRFLOW.run.environment, *more)
        layers = [one for one in (root(AIRFLOW), Layer.of(top)) if one]
        with archive.open("wb") as output:
            run = AIRFLOW.run._replace(environment=variables)
            write_archive(output, layers=layers, name=BASE, run=run)
        self.buildah("pull", "--quiet", f"oci-archive:{archive}")
        archive.unlink()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),
            "XDG_RUNTIME_DIR": str(self.directory / "runtime"),
            "LC_ALL": "C.UTF-8",
            "CONTAINERS_STORAGE_CONF": str(self.directory / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self.directory / "registries.conf"),
            "BUILDAH_ISOLATION": "chroot",
        }
