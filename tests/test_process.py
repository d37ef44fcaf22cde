"""The one door to other programs."""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from support import eventually, is_alive

from renderer import process
from renderer.errors import ToolError
from renderer.process import Command, Completed, run, run_all


def shell(script: str, *, timeout: float = 20) -> Completed:
    return run(["/bin/sh", "-c", script], cwd="/", env={}, timeout=timeout)


def gone(pid: int) -> bool:
    return eventually(lambda: not is_alive(pid))


def test_returns_what_was_printed_and_the_code() -> None:
    assert shell("printf out; printf err >&2; exit 7") == Completed(7, b"out", b"err")


def test_the_environment_is_exactly_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    found = run(["/usr/bin/env"], cwd="/", env={"A": "1"}, timeout=20)
    assert found.stdout == b"A=1\n"


def test_stdin_is_given_or_empty() -> None:
    data = os.urandom(1 << 20)
    assert run(["/bin/cat"], cwd="/", env={}, timeout=20, stdin=data).stdout == data
    assert run(["/bin/cat"], cwd="/", env={}, timeout=20).stdout == b""


def test_large_output_on_both_streams_does_not_block() -> None:
    found = shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo end")
    assert len(found.stdout) == 3000004
    assert len(found.stderr) <= process.MAX_ERRORS


def test_output_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MAX_OUTPUT", 1024 * 1024)
    with pytest.raises(ToolError) as caught:
        shell("cat /dev/zero")
    assert str(caught.value) == "/bin/sh printed more than 1 MiB and was stopped"


def test_missing_program() -> None:
    with pytest.raises(ToolError) as caught:
        run(["/nowhere/kubectl"], cwd="/", env={}, timeout=1)
    assert str(caught.value) == "/nowhere/kubectl is not installed"


def test_program_that_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no program")
    with pytest.raises(ToolError) as caught:
        run([str(tmp_path / "data")], cwd="/", env={}, timeout=1)
    assert str(caught.value) == f"cannot run {tmp_path}/data: permission denied"


def test_missing_directory() -> None:
    with pytest.raises(ToolError) as caught:
        run(["/bin/true"], cwd="/nowhere", env={}, timeout=1)
    assert str(caught.value) == "cannot run /bin/true: /nowhere is not a directory"


def test_a_program_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(ToolError) as caught:
        shell(f"sleep 60 & echo $! > {tmp_path}/child; wait", timeout=0.3)
    assert str(caught.value) == "/bin/sh did not finish within 0.3 s and was stopped"
    assert time.monotonic() - start < 10
    assert gone(int((tmp_path / "child").read_text()))


def test_a_program_that_closes_its_output_and_hangs_is_stopped() -> None:
    with pytest.raises(ToolError, match=r"did not finish within 0.3 s"):
        shell("exec >&- 2>&-; sleep 60", timeout=0.3)


def test_killed_by_a_signal() -> None:
    with pytest.raises(ToolError) as caught:
        shell("echo why >&2; kill -SEGV $$")
    assert str(caught.value) == "/bin/sh was killed (SIGSEGV): why"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit a child from outside")
def test_memory_limit() -> None:
    script = "import time; time.sleep(0.2); bytearray(1 << 30)"
    found = run([sys.executable, "-c", script], cwd="/", env={}, timeout=20, memory_limit=1 << 28)
    assert found.returncode == 1
    assert b"MemoryError" in found.stderr


@pytest.mark.usefixtures("heeded_signals")
def test_an_interrupt_kills_the_child(tmp_path: Path) -> None:
    def interrupt() -> None:
        while not (tmp_path / "child").exists():
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        shell(f"echo $$ > {tmp_path}/child; sleep 60")
    assert gone(int((tmp_path / "child").read_text()))


def test_several_run_at_once_and_each_gives_its_own_result(tmp_path: Path) -> None:
    def meet(one: str, other: str) -> str:
        return f"touch {one}; until [ -e {other} ]; do sleep 0.01; done; echo {one}"

    scripts = [meet("a", "d"), "exit 3", "kill -9 $$", meet("d", "a")]
    commands = [
        Command(["/bin/sh", "-c", script], str(tmp_path), {"PATH": "/bin:/usr/bin"}, 20)
        for script in scripts
    ]
    results = dict(run_all(commands, parallel=4))
    assert results[0] == Completed(0, b"a\n", b"")
    assert results[1] == Completed(3, b"", b"")
    assert isinstance(results[2], ToolError)
    assert results[3] == Completed(0, b"d\n", b"")


def test_whoever_stops_listening_leaves_nothing_running(tmp_path: Path) -> None:
    hanging = f"echo $$ > {tmp_path}/child; sleep 60"
    commands = [
        Command(["/bin/sh", "-c", script], "/", {}, 90) for script in (hanging, "sleep 0.2")
    ]
    with contextlib.closing(run_all(commands, parallel=2)) as results:
        assert next(results)[0] == 1
    assert gone(int((tmp_path / "child").read_text()))
