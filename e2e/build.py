"""Builds the programs that the e2e tests run, where they are not built yet: `make e2e-tools`.

With the argument `node` those of the tests on a real node: `make e2e-node-tools`.

Each is built beside its final place and renamed, so that what is at the final place is whole.
Of several at once one builds, and the others wait for it. What is killed leaves nothing running
and nothing half built.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.guard import Guard
from e2e.tools import (
    KUBERNETES,
    Files,
    Own,
    Program,
    Tool,
    cache,
    is_built,
    node_table,
    pinned_version,
    place,
    table,
)
from renderer.errors import EXIT_INTERRUPTED, ToolError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_HERE = Path(__file__).parent
_GO_VERSION = re.compile(r"^go\s+(\S+)$", re.MULTILINE)
_SECONDS_BETWEEN_LINES = 30
BUILDING = ".building-"
# What no Go module gives, by the packages of Debian and Ubuntu.
_INSTALLED = {"openssl": "openssl", "git": "git", "redis-server": "redis-server"}


def main(arguments: Sequence[str]) -> int:
    """Build what is missing, and say how it goes; `node`: what the tests on a node need."""
    try:
        _check_installed()
        tools = node_table() if "node" in arguments else table(os.environ.get(KUBERNETES, ""))
        if not all(map(is_built, tools)):
            with alone():
                build_missing(tools)
        _say(f"{len(tools)} tools are in {cache()}")
    except OSError as error:
        _fail(
            f"{error.filename or cache()}: {error.strerror}",
            "make room or give permission there; XDG_CACHE_HOME chooses another place",
        )
        return ToolError.exit_code
    except ToolError as error:
        _fail(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def build_missing(tools: Sequence[Tool]) -> None:
    """Build those tools that are not in the cache; raises `ToolError` at the first failure."""
    missing = [tool for tool in tools if not is_built(tool)]
    for number, tool in enumerate(missing, 1):
        _say(f"building {tool.name} {pinned_version(tool)} ({number} of {len(missing)})")
        started = time.monotonic()
        _build(tool, go_command(_HERE / tool.directory))
        _say(f"{tool.name} is built after {time.monotonic() - started:.0f} s")


def _check_installed() -> None:
    """Before a quarter of an hour is spent: what else `make e2e` needs."""
    missing = {name: package for name, package in _INSTALLED.items() if not shutil.which(name)}
    if missing:
        raise ToolError(
            f"the e2e tests need {', '.join(missing)}",
            hint=f"install it (Debian, Ubuntu: apt-get install {' '.join(missing.values())})",
        )


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Nobody else builds; what somebody has left who was stopped with the machine goes."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("somebody else is building: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in cache().glob(f"{BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _build(tool: Tool, go: str) -> None:
    with Guard(cache(), BUILDING) as guard:
        whole = guard.directory / "whole"
        whole.mkdir()
        if isinstance(tool, Files):
            _copy(guard, tool, go, whole)
        else:
            _compile(guard, tool, go, whole / tool.name)
        if place(tool).exists():  # damaged, else it would not be built
            shutil.rmtree(place(tool))
        whole.rename(place(tool))


def _compile(guard: Guard, tool: Program | Own, go: str, result: Path) -> None:
    ldflags = f"-s -w {tool.ldflags.format(version=pinned_version(tool))}"
    argv = [go, "build", "-trimpath", "-buildvcs=false"]
    package = tool.package if isinstance(tool, Program) else "."
    _run_go(guard, tool, [*argv, "-ldflags", ldflags, "-o", str(result), package])


def _copy(guard: Guard, tool: Files, go: str, result: Path) -> None:
    printed = _run_go(guard, tool, [go, "mod", "download", "-json", tool.module])
    source = Path(json.loads(printed)["Dir"])
    for pattern in tool.patterns:
        found = sorted(source.glob(pattern))
        if not found:
            raise ToolError(
                f"{tool.module} {pinned_version(tool)} has no {pattern}",
                hint="correct e2e/tools.py",
            )
        for path in found:
            shutil.copyfile(path, result / path.name)


def _run_go(guard: Guard, tool: Tool, argv: list[str]) -> str:
    """What a command of Go prints; every now and then a line says that it is still running."""
    log = guard.directory / "log"
    scratch = guard.directory / "go"
    scratch.mkdir()
    started = time.monotonic()
    with log.open("wb") as errors, tempfile.TemporaryFile(dir=scratch) as output:
        process = guard.start(
            argv,
            cwd=_HERE / tool.directory,
            env={**go_environment(), "GOTMPDIR": str(scratch)},
            stdout=output,
            stderr=errors,
        )
        while process.poll() is None:
            try:
                process.wait(_SECONDS_BETWEEN_LINES)
            except subprocess.TimeoutExpired:
                _say(f"{tool.name}: {time.monotonic() - started:.0f} s")
        output.seek(0)
        printed = output.read().decode()
    if process.returncode != 0:
        kept = log.rename(place(tool).with_suffix(".log"))
        raise ToolError(
            f"{tool.name} {pinned_version(tool)} could not be built: {_last_line(kept)}",
            hint=f"read {kept}, then: make e2e-tools (Go needs its module proxy, and 5 GB of disk)",
        )
    return printed


def go_command(directory: Path) -> str:
    """The go command, if there is one that is new enough for the go.mod of a directory."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")  # where Go installs
    found = _GO_VERSION.search((directory / "go.mod").read_text())
    wanted = found[1] if found else ""
    hint = f"install Go {wanted} or newer (https://go.dev/dl) and put its go command on PATH"
    if go is None:
        raise ToolError("Go is needed to build the programs for e2e tests", hint=hint)
    # In the directory of the go.mod: there Go says whether it is new enough.
    asked = subprocess.run(
        [go, "list", "-m"],
        cwd=directory,
        env=go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        last = asked.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ToolError(f"{go} does not do for {directory}: {last[0]}", hint=hint)
    return go


def go_environment() -> dict[str, str]:
    """Static programs, and no flags of the user's in them."""
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"


def _say(text: str) -> None:
    print(f"e2e-tools: {text}", file=sys.stderr, flush=True)


def _fail(message: str, hint: str) -> None:
    print(f"error: {message}\n  hint: {hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
