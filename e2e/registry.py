"""A registry of images on the loopback interface, with TLS and a password."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from e2e.certificates import write_self_signed
from e2e.programs import Programs, free_ports
from e2e.tools import find

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

USER, PASSWORD = "dags", "5eed"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_HASHED = "$2b$05$Y.2QL2Kjp4jo1K/fPq6WPOGnfsxPtNxL6FlUNoUVlDmYmUPex/6JO"  # by bcrypt


class Registry(NamedTuple):
    """Where it answers (`127.0.0.1:PORT`), and the certificate that verifies it."""

    address: str
    certificate: Path

    def tags(self, name: str) -> list[str]:
        """The tags of a repository: none, where it is not there."""
        try:
            answer = json.loads(self._get(f"/v2/{name}/tags/list"))
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.NOT_FOUND:
                raise
            return []
        return answer["tags"] or []

    def digest(self, name: str, tag: str) -> str:
        """That of the manifest of an image."""
        return f"sha256:{hashlib.sha256(self._get(f'/v2/{name}/manifests/{tag}')).hexdigest()}"

    def _get(self, path: str) -> bytes:
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        url = f"https://{self.address}{path}"
        headers = {"Authorization": f"Basic {known}", "Accept": _MANIFEST}
        request = urllib.request.Request(url, headers=headers)
        context = ssl.create_default_context(cafile=str(self.certificate))
        with urllib.request.urlopen(request, context=context) as answer:
            content: bytes = answer.read()
        return content


@contextlib.contextmanager
def running() -> Generator[Registry]:
    """An empty registry; raises `ToolError` where it is not built or does not start."""
    with Programs() as programs:
        (port,) = free_ports(1)
        registry = Registry(f"127.0.0.1:{port}", programs.directory / "registry.crt")
        write_self_signed(registry.certificate, "IP:127.0.0.1")
        users = programs.directory / "users"
        users.write_text(f"{USER}:{_HASHED}\n")
        key = registry.certificate.with_suffix(".key")
        tls = {"certificate": str(registry.certificate), "key": str(key)}
        configuration = programs.directory / "configuration.yaml"
        configuration.write_text(
            json.dumps(
                {
                    "version": 0.1,
                    "storage": {"filesystem": {"rootdirectory": str(programs.directory)}},
                    "http": {"addr": registry.address, "tls": tls},
                    "auth": {"htpasswd": {"realm": "registry", "path": str(users)}},
                }
            )
        )
        argv: list[str | Path] = [find("registry"), "serve", configuration]
        programs.start("registry", argv, OTEL_TRACES_EXPORTER="none")
        programs.wait_for("registry", lambda: _answers(port))
        yield registry


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
