"""Keys and certificates for the programs of a control plane, by openssl."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from renderer.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

_NEW_KEY = ("-newkey", "rsa:2048", "-nodes")
_DAYS = ("-days", "7")


def write_self_signed(certificate: Path, names: str) -> None:
    """Write a certificate that verifies itself and signs others; its key is beside it (.key).

    `names` are those of its server: `IP:127.0.0.1,DNS:localhost`.
    """
    openssl(
        *("req", "-x509", *_NEW_KEY, *_DAYS),
        *("-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={names}"),
        *("-keyout", str(certificate.with_suffix(".key")), "-out", str(certificate)),
    )


def write_signed(certificate: Path, *, subject: str, names: str, authority: Path) -> None:
    """Write a certificate (for a server or a client) that another one verifies, and its key."""
    request, extensions = certificate.with_suffix(".csr"), certificate.with_suffix(".ext")
    extensions.write_text(f"subjectAltName={names}\n")
    key = str(certificate.with_suffix(".key"))
    openssl("req", "-new", *_NEW_KEY, "-subj", subject, "-keyout", key, "-out", str(request))
    openssl(
        *("x509", "-req", *_DAYS, "-in", str(request), "-extfile", str(extensions)),
        *("-CA", str(authority), "-CAkey", str(authority.with_suffix(".key"))),
        *("-CAcreateserial", "-out", str(certificate)),
    )


def openssl(*arguments: str) -> None:
    """Run openssl; raises `ToolError` when it fails."""
    command = shutil.which("openssl")
    if command is None:
        raise ToolError(
            "openssl is needed for the certificates of a control plane",
            hint="install it (Debian, Ubuntu: apt-get install openssl)",
        )
    done = subprocess.run(
        [command, *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no message"]
        raise ToolError(
            f"openssl {arguments[0]} failed: {said[-1]}",
            hint="is its version 1.1.1 or newer?",
        )
