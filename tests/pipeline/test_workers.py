"""Work in several processes fails as it would in one."""

from __future__ import annotations

import os
import signal

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
