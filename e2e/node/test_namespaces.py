"""A machine of its own leaves nothing behind, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from e2e.node import cgroups

SECONDS = 30
GONE = "a node is gone without a trace when its first process ends, also by ^C or kill"
# Says where it is, has a child that nobody waits for, and more control groups and mounts.
SCRIPT = """
mkdir /sys/fs/cgroup/memory/pods /sys/fs/cgroup/memory/pods/one 2>/dev/null
mount -t tmpfs none "$TMPDIR"
setsid sleep 1000 &
echo "$E2E_NODE_DIRECTORY"
sleep 1000
"""


@contextlib.contextmanager
def running() -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A machine, and its directory."""
    # Who runs this may ignore ^C, as a shell has it for what is in the background.
    env = ("env", "--default-signal=INT")
    argv = [*env, sys.executable, "-m", "e2e.node.namespaces", "sh", "-c", SCRIPT]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def left_by(directory: Path) -> list[str]:
    """What is there of a machine: its directory, control groups, processes."""
    groups = [one.parent / directory.name for one in cgroups.hierarchies()]
    found = [str(path) for path in (directory, *groups) if path.exists()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory).encode() in (process / "environ").read_bytes():
                found.append(str(process))
        except OSError:  # it has just ended
            continue
    return found


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.proves(GONE)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_by(number: signal.Signals) -> None:
    with running() as (process, directory):
        assert left_by(directory)
        process.send_signal(number)
        assert process.wait(SECONDS) != 0
        wait_until(lambda: not left_by(directory))


@pytest.mark.proves(GONE)
def test_the_first_process_is_killed() -> None:
    with running() as (process, directory):
        (first,) = (
            pid
            for pid in map(int, (entry.name for entry in Path("/proc").glob("[0-9]*")))
            if is_first(pid, directory)
        )
        os.kill(first, signal.SIGKILL)
        process.wait(SECONDS)
        wait_until(lambda: not left_by(directory))


def is_first(pid: int, directory: Path) -> bool:
    """Whether a process is the first of a machine's own."""
    try:
        own = str(directory).encode() in Path(f"/proc/{pid}/environ").read_bytes()
        numbers = Path(f"/proc/{pid}/status").read_text().split("NSpid:")[1].splitlines()[0].split()
    except OSError:
        return False
    return own and numbers[1:] == ["1"]


@pytest.mark.proves("a node writes no setting of the machine, and adds no mount or network to it")
def test_the_machine_is_left_alone() -> None:
    def seen() -> tuple[str, ...]:
        settings = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")
        texts = [Path("/proc/sys", name).read_text() for name in settings]
        paths = [oct(os.stat(path).st_mode) for path in ("/", "/tmp", "/run", "/dev/null")]
        links = sorted(os.listdir("/sys/class/net"))
        return (*texts, *paths, *links, Path("/proc/self/mountinfo").read_text())

    before = seen()
    script = (
        "echo 5 >/proc/sys/vm/swappiness;echo 7 >/proc/sys/kernel/panic; ip link add a0 type bridge"
    )
    argv = [sys.executable, "-m", "e2e.node.namespaces", "sh", "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Read-only file system" in done.stderr
    assert seen() == before
