"""An OCI archive: tars of root directories, and JSON that says how to run what is in them.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MEDIA = "application/vnd.oci.image"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Run(NamedTuple):
    """How a container of an image starts, where its manifest does not say otherwise."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = "0:0"
    directory: str = "/"
    environment: tuple[str, ...] = ()
    stop_signal: str = "SIGTERM"


class Layer(NamedTuple):
    """A tar of files that are laid over those of the layers before it."""

    path: Path
    digest: str

    @classmethod
    def of(cls, path: Path) -> Layer:
        """With the digest of what is in the file now."""
        with path.open("rb") as content:
            return cls(path, f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}")


def write_archive(output: IO[bytes], *, layers: Sequence[Layer], name: str, run: Run) -> None:
    """Write an archive that gives an image its full name (`example.com/name:tag`)."""
    config = _blob(
        {
            "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {
                "Entrypoint": run.entrypoint,
                "Cmd": run.command,
                "User": run.user,
                "WorkingDir": run.directory,
                "Env": run.environment,
                "StopSignal": run.stop_signal,
            },
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
    )
    manifest = _blob(
        {
            "schemaVersion": 2,
            "mediaType": f"{_MEDIA}.manifest.v1+json",
            "config": _descriptor("config.v1+json", config),
            "layers": [
                {
                    "mediaType": f"{_MEDIA}.layer.v1.tar",
                    "digest": layer.digest,
                    "size": layer.path.stat().st_size,
                }
                for layer in layers
            ],
        }
    )
    known = {"annotations": {"io.containerd.image.name": name}}
    index = {
        "schemaVersion": 2,
        "manifests": [{**_descriptor("manifest.v1+json", manifest), **known}],
    }
    with tarfile.open(fileobj=output, mode="w|") as tar:
        _add(tar, "oci-layout", _blob({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _blob(index))
        for blob in (config, manifest):
            _add(tar, f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}", blob)
        for layer in layers:
            tar.add(layer.path, f"blobs/sha256/{layer.digest.removeprefix('sha256:')}")


def _blob(value: Any) -> bytes:
    return json.dumps(value).encode()


def _descriptor(kind: str, blob: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    return {"mediaType": f"{_MEDIA}.{kind}", "digest": digest, "size": len(blob)}


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
