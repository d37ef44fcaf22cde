"""Programs that run beside a test: each has a log, and none outlives the test run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TAIL, _WIDTH = 15, 300  # lines of a log that are shown, and characters of each
_PORT_TAKEN = "address already in use"


class PortTakenError(ToolError):
    """A program ended because another one has its port: start again with other ports."""


class Programs:
    """A temporary directory, and programs that run in it until the block ends.

    `directory` holds a log for each program (`<name>.log`) and the `home` directory that they
    get as HOME; of the caller's environment they see only PATH. Also when this process is killed,
    they are ended and the directory is removed.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="renderer-e2e-"))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", Path(__file__).with_name("guard.py"), self.directory],
            stdin=subprocess.PIPE,
            start_new_session=True,  # ^C is for us; it waits until we have ended the others
        )
        (self.directory / "home").mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a program."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory / "home"), **more}

    def start(self, name: str, argv: Sequence[str | Path], **environment: str) -> None:
        """Start a program in the background; a second one of the same name is an error."""
        assert name not in self._running, f"{name} is already running"
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                argv,
                cwd=self.directory,
                env=self.environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = process
        self._tell_guard(str(process.pid))

    def end(self, name: str) -> None:
        """End one program."""
        _kill(self._running.pop(name))

    def check(self) -> None:
        """Raise `ToolError` with the last lines of its log when a program has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is None:
                continue
            tail = self.tail(name)
            kind = PortTakenError if _PORT_TAKEN in tail.lower() else ToolError
            raise kind(
                f"{name} ended with code {process.returncode}; its last lines:\n{tail}",
                hint="the lines above say why",
            )

    def tail(self, name: str) -> str:
        """The last lines of a program's log."""
        lines = (self.directory / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(line[:_WIDTH] for line in lines[-_TAIL:])

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Ask again and again until `ready`, at most so many seconds; then `ToolError`."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                logs = "\n".join(f"{name}:\n{self.tail(name)}" for name in self._running)
                raise ToolError(
                    f"no {what} after {seconds:g} s; the programs' last lines:\n{logs}",
                    hint="is the machine overloaded?",
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """End all programs, those started last first, and remove the directory."""
        while self._running:
            _kill(self._running.popitem()[1])
        shutil.rmtree(self.directory, ignore_errors=True)
        self._tell_guard("done")
        assert self._guard.stdin
        self._guard.stdin.close()
        self._guard.wait()

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now; another program may still be faster."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """At once, with what it has started itself: what a test has made is thrown away."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
