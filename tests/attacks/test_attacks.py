"""What an attacker, or a careless colleague, puts into a repository: each case is a directory.

`case.txtar` has the format of tests/golden: what it shows, the world that it changes, the files
(`../NAME` is beside the repository), `command` and `expected`. A text cannot state everything that
can be hostile, nor can git keep it on every system: names that are no UTF-8, modes, pipes, files of
a gigabyte. `prepare.py` makes that; it runs in the directory that holds `repository`, and imports
what tests share.

`kind` says what would happen without us, as a name of held_off.KINDS.

`render` runs in a process of its own, and nothing may have changed afterwards, in the repository
or beside it, but what `changes` lists (one glob a line). `limits` are the seconds of CPU and the
MiB that it and what it starts may take; `never` lists texts that may not be printed.
To look at what a new one says: RENDER_GOLDEN=write pytest tests/attacks
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import NamedTuple

import pytest
from held_off import KINDS
from shop import command, snapshot
from support import TESTS, read_txtar, write_tree

CASES = sorted(Path(__file__).parent.glob("*/case.txtar"))
LIMITS = "20 s, 400 MiB"  # for most cases; they take a second and 120 MiB

_PATIENCE = 10  # how much longer than its seconds of CPU a case may take, on a busy machine
_LIMITS = re.compile(r"(\d+) s, (\d+) MiB\n?\Z")
_ENGINE = re.compile(r"\S+/kubectl\b")
_TIME = re.compile(r" in \d+\.\d\d s$", re.MULTILINE)

# Linux counts the memory of who starts a program as its own: this process, and not that of all
# tests, which may have grown.
_MEASURE = """
import os, sys

process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
code = os.waitstatus_to_exitcode(status)
took = usage.ru_utime + usage.ru_stime
os.write(int(sys.argv[1]), f"{took} {usage.ru_maxrss} {code}".encode())
"""
_KILLED = (inf, inf, -signal.SIGKILL)


class Ended(NamedTuple):
    """What a command said on stderr, and printed on stdout, and what it took."""

    said: str
    printed: str
    seconds: float
    mebibytes: float


def _kind(case: Path) -> str:
    return str(read_txtar(case)["kind"]).strip()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.parent.name, marks=pytest.mark.holds_off(_kind(case)))
        for case in CASES
    ],
)
def test_attack(case: Path, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    files = read_txtar(case)
    assert str(files.pop("kind")).strip() in KINDS
    typed, expected = str(files.pop("command")), str(files.pop("expected"))
    changes, never, limits = (
        str(files.pop(name, default))
        for name, default in (("changes", ""), ("never", ""), ("limits", LIMITS))
    )
    place = tmp_path / "place"
    repository = write_tree(place / "repository", files)
    preparation = case.with_name("prepare.py")
    if preparation.exists():
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        subprocess.run([sys.executable, preparation], cwd=place, env=environment, check=True)
    before = _contents(place)
    seconds, mebibytes = _limits(limits)

    ended = _run(typed, repository, seconds)
    record_property("seconds", ended.seconds)
    record_property("mebibytes", ended.mebibytes)
    if os.environ.get("RENDER_GOLDEN") == "write":
        text = case.read_text(encoding="utf-8")
        new = text.replace(f"-- expected --\n{expected}", f"-- expected --\n{ended.said}")
        case.write_text(new, encoding="utf-8")
        return
    assert ended.said == expected
    assert ended.seconds < seconds
    assert ended.mebibytes < mebibytes
    for text in never.splitlines():
        assert text not in ended.said + ended.printed
    after = _contents(place)
    different = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    allowed = changes.splitlines()
    assert not [path for path in different if not any(fnmatchcase(path, one) for one in allowed)]


def test_every_directory_is_a_case() -> None:
    directories = {path.parent for path in CASES}
    here = Path(__file__).parent
    assert directories == {path for path in here.iterdir() if path.is_dir() and path.name[0] != "_"}


def _contents(place: Path) -> Mapping[str, tuple[int, bytes]]:
    """The mode and the content, or the target, of everything below a directory."""
    found = snapshot(place).items()
    return {path: (mode, content) for path, (_, mode, _, content) in found}


def _limits(text: str) -> tuple[int, int]:
    """The seconds and MiB that a case may take."""
    found = _LIMITS.fullmatch(text)
    assert found, f"limits are written as {LIMITS}"
    return int(found[1]), int(found[2])


def _run(typed: str, repository: str, seconds: int) -> Ended:
    """Run `render` in its own process group, which is killed as a whole when its time is up."""
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as printed,
        tempfile.TemporaryFile() as measured,
    ):
        process = subprocess.Popen(
            [
                sys.executable,
                "-IS",
                "-c",
                _MEASURE,
                str(measured.fileno()),
                *command(*typed.split()),
            ],
            cwd=repository,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=said,
            pass_fds=[measured.fileno()],
            process_group=0,
        )
        timer = threading.Timer(seconds * _PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        process.wait()
        timer.cancel()
        texts = []
        for file in (said, printed):
            file.seek(0)
            text = file.read().decode("utf-8", "replace").replace(repository, "REPOSITORY")
            texts.append(_ENGINE.sub("KUBECTL", text))
        measured.seek(0)
        took, kibibytes, code = map(float, measured.read().split() or _KILLED)
    return Ended(
        f"exit {int(code)}\n{_TIME.sub(' in TIME', texts[0])}",
        texts[1],
        took,
        kibibytes / 1024,
    )
