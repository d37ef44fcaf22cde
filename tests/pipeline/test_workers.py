"""Work in several processes fails as it would in one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from renderer.errors import RenderError, ToolError
from renderer.findings import Finding, FindingsError
from renderer.pipeline.workers import spread


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError("maximum recursion depth exceeded"),
        ValueError("of ours"),
        OSError(28, "No space left on device", "clusters/a"),
        RenderError("said well", hint="do this"),
        FindingsError([Finding.error("bad-yaml", "no YAML")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_raised_in_a_process_is_raised_here(
    error: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    def work(item: int) -> int:
        if item == 2:
            raise error
        return item

    with pytest.raises(type(error)) as caught:
        list(spread([1, 2, 3, 4], work, 2))
    assert str(caught.value) == str(error)
    assert "test_workers.py" in "".join(caught.value.__notes__)  # RENDER_TRACEBACK shows it
    assert capfd.readouterr() == ("", "")


def test_a_result_that_cannot_be_sent() -> None:
    with pytest.raises((AttributeError, TypeError)):
        list(spread([1, 2], lambda _: lambda: None, 2))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGKILL, "a process of the renderer was killed (SIGKILL)"),
        (signal.SIGSEGV, "a process of the renderer was killed (signal 11)"),
    ],
)
def test_a_process_that_is_killed(number: signal.Signals, message: str) -> None:
    with pytest.raises(ToolError) as caught:
        list(spread([1, 2], lambda _: os.kill(os.getpid(), number), 2))
    assert caught.value.message == message


_INTERRUPTED = """
import os, pathlib, signal, sys, time
from renderer import interrupts
from renderer.pipeline.workers import spread

there = pathlib.Path(sys.argv[1])
parent = os.getpid()

def work(item):
    there.write_text("half")
    try:
        os.kill(parent, signal.SIGTERM)
        time.sleep(60)
    finally:
        there.unlink()

interrupts.heed()
try:
    list(spread([1], work, 1))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_a_process_tidies_up_when_the_first_is_asked_to_end(tmp_path: Path) -> None:
    half = tmp_path / "half"
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, half],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")
    assert not half.exists()
