"""Programs beside a test: they are watched, and nothing of them is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.controlplane import started
from e2e.programs import PortTakenError, Programs, free_ports
from renderer.errors import ToolError

ROOT = Path(__file__).parent.parent
SHELL = "/bin/sh"


def test_the_block_ends_the_programs_and_removes_the_directory() -> None:
    with Programs() as programs:
        programs.start("sleep", [SHELL, "-c", "sleep 60 & echo $! $$; wait"])
        log = programs.directory / "sleep.log"
        programs.wait_for("output", lambda: bool(log.read_text()))
        pids = [int(word) for word in log.read_text().split()]
        assert all(is_alive(pid) for pid in pids)
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert not programs.directory.exists()


def test_a_program_that_dies_shows_the_end_of_its_log() -> None:
    with Programs() as programs:
        programs.start("fine", [SHELL, "-c", "echo innocent; sleep 60"])
        programs.start("etcd", [SHELL, "-c", "seq 100; echo the reason >&2; exit 4"])
        with pytest.raises(ToolError) as caught:
            programs.wait_for("miracle", lambda: False)
    assert caught.value.message.startswith("etcd ended with code 4; its last lines:\n87\n")
    assert caught.value.message.endswith("\n100\nthe reason")


def test_waiting_has_a_limit() -> None:
    with Programs() as programs:
        programs.start("slow", [SHELL, "-c", "echo still busy; sleep 60"])
        with pytest.raises(ToolError, match=r"(?s)no miracle after 0.5 s.*slow:\nstill busy"):
            programs.wait_for("miracle", lambda: False, seconds=0.5)


def test_a_port_that_is_taken_has_an_error_of_its_own() -> None:
    listen = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1])))"
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)), Programs() as programs:
        programs.start("server", [sys.executable, "-c", listen, str(port)])
        with pytest.raises(PortTakenError, match=r"(?i)address already in use"):
            programs.wait_for("server", lambda: False)


def test_of_the_environment_only_path_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/of/the/user")
    with Programs() as programs:
        environment = programs.environment(MORE="1")
        home = str(programs.directory / "home")
    assert environment == {"PATH": os.environ["PATH"], "HOME": home, "MORE": "1"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_the_test_run_is_killed(how: signal.Signals) -> None:
    script = (
        "from e2e.programs import Programs\n"
        "with Programs() as programs:\n"
        "    programs.start('sleep', ['/bin/sh', '-c', 'sleep 60 & echo $! $$; wait'])\n"
        "    log = programs.directory / 'sleep.log'\n"
        "    programs.wait_for('output', lambda: bool(log.read_text()))\n"
        "    print(programs.directory, log.read_text(), flush=True)\n"
        "    programs.wait_for('the signal', lambda: False, seconds=60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdout
        directory, *pids = run.stdout.readline().split()
        assert len(pids) == 2
        run.send_signal(how)
        run.wait()
    assert eventually(lambda: not any(is_alive(int(pid)) for pid in pids))
    assert eventually(lambda: not Path(directory).exists())


def test_a_control_plane_without_openssl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="openssl is needed") as caught, started():
        pass
    assert caught.value.hint.startswith("install it")


def test_a_control_plane_that_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ToolError, match=r"etcd v.* is not built") as caught, started():
        pass
    assert caught.value.hint == "run: make e2e-tools"


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(fact: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()
