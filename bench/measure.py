"""Runs programs and measures them: wall time, CPU of all their processes, memory together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

_SAMPLE = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Cost:
    """What a run took, in seconds; `memory` is the peak of the PSS of all processes, in bytes."""

    wall: float
    cpu: float
    memory: int = 0


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of several runs, of wall time and CPU each for itself."""
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs))


def binary(name: str) -> str:
    """A program that is installed beside this Python."""
    return os.path.join(os.path.dirname(sys.executable), name)


class Runner:
    """Runs programs in a directory, with a cache directory of their own."""

    def __init__(self, directory: str, cache: str) -> None:
        self.directory = directory
        self.environment = {
            "PATH": os.defpath,
            "HOME": cache,
            "XDG_CACHE_HOME": cache,
            "LC_ALL": "C.UTF-8",
        }

    def start(
        self, argv: Sequence[str], said: IO[bytes], stdin: str = os.devnull
    ) -> subprocess.Popen[bytes]:
        with open(stdin, "rb") as given:
            return subprocess.Popen(
                argv,
                cwd=self.directory,
                env=self.environment,
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,  # a file: a pipe that nobody reads would fill
                start_new_session=True,  # how its processes are known
            )

    def text(self, argv: Sequence[str]) -> str:
        done = subprocess.run(
            argv, cwd=self.directory, env=self.environment, capture_output=True, check=True
        )
        return done.stdout.decode()

    def run(
        self,
        argv: Sequence[str],
        watch: Callable[[int], int] | None = None,
        stdin: str = os.devnull,
    ) -> Cost:
        """Runs a program to its end; `watch` tells the memory of its session in bytes."""
        os.sync()  # what earlier runs wrote is their cost
        with tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            process = self.start(argv, said, stdin)
            peak = 0
            while watch and not _has_ended(process.pid):
                peak = max(peak, watch(process.pid))
                time.sleep(_SAMPLE)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                text = said.read().decode("utf-8", "replace")
                raise SystemExit(f"{argv} failed ({process.returncode}): {text[-2000:]}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def can_watch() -> bool:
    return os.path.exists("/proc/self/smaps_rollup")


def session_memory(session: int) -> int:
    """The proportional set size of all processes of a session: shared pages count once."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if _session(name) == session:
                    total += _proportional(name)
            except (OSError, ValueError, IndexError):
                continue  # it has just ended
    return total


def _session(process: str) -> int:
    with open(f"/proc/{process}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[3])


def _proportional(process: str) -> int:
    with open(f"/proc/{process}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return 0
