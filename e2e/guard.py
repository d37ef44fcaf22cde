"""A temporary directory, and programs that end with whoever started them, however that ends.

    with Guard(parent, "prefix-") as guard:
        process = guard.start([program], cwd=guard.directory, env={}, stdout=log, stderr=log)

A process of its own, this file run as a program, is told of each process group. When the end
of its input comes without the word `done`, the starter is gone: it ends them and removes the
directory, and control groups of the same name. There is no moment in which something is there
and the guard does not know of it: it runs before the directory is made, and what becomes a
program waits until the guard was told.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CANNOT_START = 126  # as a shell has it
_OURSELVES = [sys.executable, "-I", "-S", __file__]
_DYING_SECONDS = 60  # on a machine that has much else to do


class Guard:
    """A directory that is gone when the block ends or this process is killed; so are programs.

    So are the control groups that have the directory's name, below the directories `groups`.
    """

    def __init__(self, parent: Path, prefix: str, groups: Sequence[Path] = ()) -> None:
        self.directory = parent / f"{prefix}{secrets.token_hex(8)}"
        self.groups = [path / self.directory.name for path in groups]
        self._running: list[subprocess.Popen[bytes]] = []
        self._process = subprocess.Popen(
            [*_OURSELVES, "watch", str(self.directory), *map(str, self.groups)],
            bufsize=0,
            stdin=subprocess.PIPE,
            start_new_session=True,  # ^C is for the starter; the guard waits for what it does
        )
        try:
            self.directory.mkdir(mode=0o700)
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdout: IO[bytes],
        stderr: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        """Start a program, by its path, in a process group of its own."""
        process = subprocess.Popen(
            [*_OURSELVES, "start", *map(str, argv)],
            cwd=cwd,
            env=env,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        self._running.append(process)
        self._tell(f"{process.pid}")
        _send(process, "start")
        assert process.stdin
        process.stdin.close()
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a program at once, with what it has started: what it has made is thrown away."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._running.remove(process)
        self._tell(f"-{process.pid}")  # another program may get the number

    def close(self) -> None:
        """End all programs, those started last first, and remove the directory."""
        for process in reversed([*self._running]):
            self.end(process)
        _remove(str(self.directory))
        _remove_groups(map(str, self.groups))
        self._tell("done")
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        _send(self._process, line)


def _send(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(f"{line}\n".encode())


def _watch(directory: str, control_groups: list[str]) -> None:
    """Wait for the end of input, then clean up if nobody else has."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        if line == "done\n":
            return
        number = int(line)
        groups ^= {abs(number)}
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    _remove(directory)
    _remove_groups(control_groups)


def _remove(directory: str) -> None:
    """Remove a directory of programs that are dying and may still make a file."""
    deadline = time.monotonic() + _DYING_SECONDS
    while os.path.exists(directory) and time.monotonic() < deadline:
        for path, names, _ in os.walk(directory):
            for name in names:  # Argo CD makes one that even its owner may not read
                _open(os.path.join(path, name))
        shutil.rmtree(directory, ignore_errors=True)


def _open(path: str) -> None:
    """Let its owner into a directory; a link to one may lead to any directory of the machine."""
    with contextlib.suppress(OSError):
        if not os.path.islink(path):
            os.chmod(path, 0o700)


def _remove_groups(groups: Iterable[str]) -> None:
    """Remove control groups, which are directories of the kernel, once all in them are dead."""
    deadline = time.monotonic() + _DYING_SECONDS
    for group in groups:
        while os.path.exists(group) and time.monotonic() < deadline:
            for path, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)


def _start(argv: list[str]) -> None:
    """Become a program when the word for it comes, and nothing when the starter is gone."""
    if not sys.stdin.readline():
        return
    try:
        os.execv(argv[0], argv)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        _watch(sys.argv[2], sys.argv[3:])
    else:
        _start(sys.argv[2:])
