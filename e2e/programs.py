"""Programs that run beside a test: each has a log, and none outlives the test run."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from e2e.guard import CANNOT_START, Guard
from e2e.tools import remedy
from renderer.errors import ToolError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

_TAIL, _WIDTH = 15, 600  # lines of a log that are shown, and characters of each
_LITTLE_ROOM = 100 * 1024 * 1024  # bytes on the disk; etcd takes 64 MiB for its log alone
_STACK = "\ngoroutine "  # what Go prints of a panic after its reason
_PORT_TAKEN = "address already in use"


class PortTakenError(ToolError):
    """A program ended because another one has its port: start again with other ports."""


class Programs:
    """A temporary directory, and programs that run in it until the block ends.

    `directory` holds a log for each program (`<name>.log`), which gets it as HOME and sees only
    PATH of the caller's environment. Also when this process is killed, the programs are ended and
    the directory is removed.
    """

    def __init__(self) -> None:
        self._guard = Guard(Path(tempfile.gettempdir()), "renderer-e2e-")
        self.directory = self._guard.directory
        self._running: dict[str, tuple[Path, subprocess.Popen[bytes]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a program."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), **more}

    def start(self, name: str, argv: Sequence[str | Path], **environment: str) -> None:
        """Start a program in the background; a second one of the same name is an error."""
        assert name not in self._running, f"{name} is already running"
        with (self.directory / f"{name}.log").open("ab") as log:
            process = self._guard.start(
                argv,
                cwd=self.directory,
                env=self.environment(**environment),
                stdout=log,
                stderr=log,
            )
        self._running[name] = Path(argv[0]), process

    def end(self, name: str) -> None:
        """End one program."""
        self._guard.end(self._running.pop(name)[1])

    def check(self) -> None:
        """Raise `ToolError` with the last lines of its log when a program has ended by itself."""
        for name, (path, process) in self._running.items():
            if process.poll() is None:
                continue
            tail = self.tail(name)
            kind = PortTakenError if _PORT_TAKEN in tail.lower() else ToolError
            raise kind(
                f"{name} ended with code {process.returncode}; its last lines:\n{tail}",
                hint=self._hint(path, process),
            )

    def tail(self, name: str) -> str:
        """The last lines of a program's log, without the stack of a panic."""
        text = (self.directory / f"{name}.log").read_text(errors="replace")
        lines = text.partition(_STACK)[0].splitlines()
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
        self._guard.close()

    def _hint(self, path: Path, process: subprocess.Popen[bytes]) -> str:
        if shutil.disk_usage(self.directory).free < _LITTLE_ROOM:
            return f"there is no room in {self.directory.parent}; TMPDIR chooses another place"
        if process.returncode == CANNOT_START or process.returncode < 0:
            return f"was it killed, or is it damaged? {remedy(path)}"
        return "the lines above say why"


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now; another program may still be faster."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
