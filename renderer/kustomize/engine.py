"""Running the engine: one directory, or several at once, to what it printed or why not."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer import process
from renderer.errors import RenderError, ToolError
from renderer.findings import FindingsError
from renderer.kustomize.program import CLOSED, OFFLINE, Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from renderer.kustomize.policy import Policy

# Go reserves address space generously: the engine starts with 1 GiB of it, takes up to as much
# again for 12 MB of CustomResourceDefinitions (0.8 GB RSS), and an alias bomb takes more than all
# memory. In between there is room for thousands of manifests.
MEMORY_LIMIT: Final = 3 * 1024**3  # bytes of address space
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

# How Go's runtime ends that does not get what it reserves for itself.
_NO_MEMORY: Final = re.compile(r"fatal error: failed to reserve|failed to create new OS thread")
# A plain, double-quoted or single-quoted key at the beginning of a line.
_FIRST_KEY: Final = r"(\"[^\n]*\"|'[^\n]*'|-(?=\S)[^\n]*|[^\s\"'#&*!|>%@`{}\[\]-][^\n]*):( |\n|$)"


class Built(NamedTuple):
    """What the engine printed: its manifests, byte for byte, and what it warned of."""

    text: str
    warnings: tuple[str, ...]


def build(
    engine: Engine,
    directory: str,
    policy: Policy,
    *,
    meanwhile: Callable[[], None] | None = None,
) -> Built:
    """Compose one directory; the text is the engine's, byte for byte.

    `meanwhile` is called while it runs. Raises FindingsError (the input is wrong; each finding
    has its place) or ToolError (the engine hangs, crashes or prints what is not YAML).
    """
    ((_, result),) = build_all(engine, [directory], policy, parallel=1, meanwhile=meanwhile)
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
    commands = [_command(engine, directory, policy) for directory in directories]
    for index, completed in process.run_all(commands, parallel=parallel, meanwhile=meanwhile):
        if isinstance(completed, ToolError):
            yield index, _about(completed, directories[index], policy)
            continue
        try:
            yield index, _judge(engine, directories[index], policy, completed)
        except RenderError as error:
            yield index, error


def attempt(engine: Engine, directory: str, policy: Policy) -> tuple[int, str, str]:
    """Compose a directory that may well be refused: exit code, stdout, stderr, as they are.

    Raises ToolError where the engine hangs.
    """
    command = _command(engine, directory, policy)
    ((_, completed),) = process.run_all([command], parallel=1)
    if isinstance(completed, ToolError):
        raise completed
    out, errors = (text.decode("utf-8", "replace") for text in (completed.stdout, completed.stderr))
    return completed.returncode, out, errors


def _command(engine: Engine, directory: str, policy: Policy) -> process.Command:
    return process.Command(
        argv=_arguments(engine, directory, policy),
        cwd=policy.repository,
        env=_environment(policy, os.environ),
        timeout=policy.timeout,
        memory_limit=MEMORY_LIMIT,
    )


def _arguments(engine: Engine, directory: str, policy: Policy) -> list[str]:
    helm = ["--enable-helm"] if policy.allow_helm else []
    command = "kustomize" if engine.kind == "kubectl" else "build"
    return [engine.path, command, *helm, os.path.abspath(directory)]


def _environment(policy: Policy, ours: Mapping[str, str]) -> dict[str, str]:
    env = {**CLOSED, **_TUNING}
    if policy.allow_remote:
        env = {name: value for name, value in env.items() if name not in OFFLINE}
        env["GIT_TERMINAL_PROMPT"] = "0"  # a question that nobody can answer would hang
    passed = _REMOTE if policy.allow_remote else _HELM if policy.allow_helm else ()
    given = {name: ours[name] for name in passed if name in ours}
    return env | given | ({"PATH": process.search_path()} if "PATH" in given else {})


def _judge(engine: Engine, directory: str, policy: Policy, completed: process.Completed) -> Built:
    from renderer.kustomize.messages import warnings

    errors = completed.stderr.decode("utf-8", "replace")
    if completed.returncode == 1:
        from renderer.kustomize.refusal.explaining import explain

        raise FindingsError(explain(errors, directory, policy))
    if completed.returncode != 0:
        _refuse_crash(errors, directory, policy)
        raise _about(_crash(engine, completed.returncode, errors), directory, policy)
    try:
        text = completed.stdout.decode("utf-8")
    except UnicodeDecodeError:
        raise _about(_garbage(engine), directory, policy) from None
    if not _is_stream_of_mappings(text):
        raise _about(_garbage(engine), directory, policy)
    return Built(text, warnings(errors))


def _refuse_crash(errors: str, directory: str, policy: Policy) -> None:
    """Raise FindingsError where what crashes the engine can be told."""
    if "panic:" in errors and "out of memory" not in errors:
        from renderer.kustomize.refusal.explaining import explain_crash

        findings = explain_crash(directory, policy)
        if findings:
            raise FindingsError(findings)


def _crash(engine: Engine, code: int, errors: str) -> ToolError:
    """Tell a crash by its first telling line; a Go stack is of no use to anyone here."""
    lines = [line for line in errors.splitlines() if line.startswith(("panic:", "fatal error:"))]
    if "out of memory" in errors or "cannot allocate memory" in errors:
        return ToolError(
            f"{engine.path} needed more than {MEMORY_LIMIT // 1024**3} GiB of memory",
            hint="look for what copies a mapping into itself again and again, or is very large",
        )
    if _NO_MEMORY.search(errors):
        return ToolError(
            f"{engine.path} cannot have the memory that it needs to start",
            hint="see ulimit -v, or the limits of the container",
        )
    what = f"crashed ({lines[0]})" if lines else f"ended with the unexpected code {code}"
    return ToolError(
        f"{engine.path} {what}",
        hint="this is a defect of kustomize, usually met by a field of the wrong type",
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
