"""Makes the root file systems of images, and keeps them: `python -m e2e.node.roots`.

Debian's packages are installed by mmdebstrap, which mounts, so in namespaces of its own. Wheels
are downloaded here and installed there without a network. Nothing resets the times of files:
Python would not believe its compiled modules, and compile all of Airflow at every start.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import sys
import tarfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from e2e import tools
from e2e.node import debian
from e2e.node.images import IMAGES, SUITE, Image
from e2e.node.kept import command, kept, run
from e2e.node.oci import Layer, write_archive

if TYPE_CHECKING:
    from e2e.guard import Guard

_FILES = Path(__file__).parent / "image_files"
_LAYER, _DIGEST = "layer.tar", "digest"
_PRIVATE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
# Wheels for the Python of SUITE, whatever Python runs this.
_WHEELS = ("--only-binary=:all:", "--python-version=3.11", "--implementation=cp")
_PLATFORMS = ("manylinux_2_28", "manylinux2014", "manylinux_2_17", "manylinux_2_12", "manylinux1")


def root(image: Image) -> Layer | None:
    """The layer with what is installed in an image, made if it is not in the cache."""
    if not image.packages:
        return None
    wheels = image.wheels.read_text() if image.wheels else ""
    recipe = (SUITE, image.packages, image.before, image.commands, wheels)
    # First: who makes something keeps others from it, and so may make one thing at a time.
    make = functools.partial(_make, image, debian.unpacked())
    place = kept(f"root-{image.name}", recipe, make)
    return Layer(place / _LAYER, (place / _DIGEST).read_text())


def write_image(image: Image, output: IO[bytes], scratch: Path) -> None:
    """Write the archive of an image; a directory is for what is thrown away."""
    top = scratch / f"{image.name}.tar"
    with tarfile.open(top, "w") as tar:
        for source, target in image.files:
            _add(tar, _FILES / source, target)
        for name in image.programs:
            _add(tar, _program(name), name)
    roots = [root(one) for one in (image, image.over) if one]
    layers = filter(None, (*roots, Layer.of(top)))
    write_archive(output, layers=[*layers], name=image.full_name, run=image.run)


def _add(tar: tarfile.TarFile, source: Path, target: str) -> None:
    entry = tar.gettarinfo(source, target)
    entry.mode, entry.uid, entry.gid = 0o755, 0, 0
    with source.open("rb") as content:
        tar.addfile(entry, content)


def _make(image: Image, packages: Path, guard: Guard, whole: Path) -> None:
    directory = guard.directory / "root"
    _install_packages(image, packages, guard, directory)
    if image.wheels:
        _install_wheels(image.wheels, guard, directory)
    flags = ("--numeric-owner", "--sort=name", "--one-file-system")
    argv: list[str | Path] = [command("tar"), *flags, "-C", directory, "-cf", whole / _LAYER, "."]
    run(guard, "tar", argv, _environment())
    (whole / _DIGEST).write_text(Layer.of(whole / _LAYER).digest)


def _install_packages(image: Image, packages: Path, guard: Guard, directory: Path) -> None:
    argv: list[str | Path] = [
        *(packages / "usr/bin/mmdebstrap", "--mode=root", "--variant=minbase"),
        f"--include={','.join(image.packages)}",
        f"--keyring={packages / 'usr/share/keyrings'}",
        "--aptopt=APT::Sandbox::User root",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        *(f'--essential-hook=chroot "$1" sh -c "{one}"' for one in image.before),
        *(f'--customize-hook=chroot "$1" sh -c "{one}"' for one in image.commands),
    ]
    environment = {**_environment(), **debian.environment(packages)}
    _run_private(guard, f"mmdebstrap {image.name}", [*argv, SUITE, directory], environment)


def _install_wheels(requirements: Path, guard: Guard, directory: Path) -> None:
    wheels = directory / "wheels"
    platforms = [f"--platform={name}_{platform.machine()}" for name in _PLATFORMS]
    pinned = ("--no-deps", "--require-hashes", "--requirement")
    download: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "download",
        *_WHEELS,
        *platforms,
        "--dest",
        wheels,
    ]
    run(guard, "pip download", [*download, *pinned, requirements], _environment())
    shutil.copy(requirements, wheels)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    inside: list[str | Path] = [command("chroot"), directory]
    venv = [*inside, "python3", "-m", "venv", "/opt/venv"]
    _run_private(guard, "python3 -m venv", venv, environment)
    install: list[str | Path] = [
        *inside,
        "/opt/venv/bin/pip",
        "install",
        "--no-index",
        "--find-links=/wheels",
    ]
    install += [*pinned, f"/wheels/{requirements.name}"]
    _run_private(guard, "pip install", install, environment)
    # The pins are for the newest 3.11: what an older one needs besides would only show later.
    _run_private(guard, "pip check", [*inside, "/opt/venv/bin/pip", "check"], environment)
    shutil.rmtree(wheels)


def _run_private(
    guard: Guard, what: str, argv: list[str | Path], environment: dict[str, str]
) -> None:
    """Run a command whose mounts and processes are gone with it."""
    run(guard, what, [command(_PRIVATE[0]), *_PRIVATE[1:], *argv], environment)


def _program(name: str) -> Path:
    """A program of the node, from a Go module or a package of Debian."""
    if any(name == tool.name for tool in tools.node_table()):
        return tools.find(name)
    return debian.unpacked() / "usr/bin" / name


def _environment() -> dict[str, str]:
    """The user's: apt and pip read from it how to reach their indexes."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


if __name__ == "__main__":
    for each in IMAGES:
        root(each)
