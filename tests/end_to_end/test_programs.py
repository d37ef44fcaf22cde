"""Programs beside a test: they are watched, and nothing of them is left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import PROJECT, eventually, is_alive

from e2e.controlplane import started
from e2e.programs import PortTakenError, Programs, free_ports
from renderer.errors import ToolError

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


def test_a_directory_that_nobody_may_read_is_removed_too() -> None:
    with Programs() as programs:
        programs.start("argocd", [SHELL, "-c", "mkdir -p a/b && touch a/b/c && chmod 300 a/b a"])
        assert eventually(lambda: mode(programs.directory / "a") == 0o300)
        programs.end("argocd")
    assert not programs.directory.exists()


def test_a_link_to_a_directory_elsewhere_does_not_open_that(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with Programs() as programs:
        (programs.directory / "run").symlink_to(tmp_path)
    assert not programs.directory.exists()
    assert mode(tmp_path) == 0o755


def test_a_program_that_dies_shows_the_end_of_its_log() -> None:
    with Programs() as programs:
        programs.start("fine", [SHELL, "-c", "echo innocent; sleep 60"])
        programs.start("etcd", [SHELL, "-c", "seq 100; echo the reason >&2; exit 4"])
        with pytest.raises(ToolError) as caught:
            programs.wait_for("miracle", lambda: False)
    assert caught.value.message.startswith("etcd ended with code 4; its last lines:\n87\n")
    assert caught.value.message.endswith("\n100\nthe reason")


def test_of_a_panic_the_reason_is_shown_and_not_the_stack() -> None:
    with Programs() as programs:
        programs.start("etcd", [SHELL, "-c", "printf 'panic: no space\\n\\ngoroutine 1'; seq 99"])
        with pytest.raises(ToolError, match=r"its last lines:\npanic: no space$"):
            programs.wait_for("miracle", lambda: False)


@pytest.mark.parametrize("content", ["", "not a program"])
def test_a_damaged_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "renderer-e2e" / "etcd-1" / "etcd"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    path.chmod(0o755)
    with Programs() as programs:
        programs.start("etcd", [path])
        with pytest.raises(
            ToolError, match=rf"its last lines:\n{path}: Exec format error$"
        ) as caught:
            programs.wait_for("miracle", lambda: False)
    assert caught.value.hint.endswith(f"To build it anew: rm -r {path.parent} && make e2e-tools")


def test_a_program_that_dies_in_silence() -> None:
    with Programs() as programs:
        programs.start("etcd", [SHELL, "-c", "kill -SEGV $$"])
        with pytest.raises(ToolError, match="etcd ended with code -11") as caught:
            programs.wait_for("miracle", lambda: False)
    assert caught.value.hint == f"was it killed, or is it damaged? Install {SHELL} anew"


def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with Programs() as programs:
        programs.start("etcd", [SHELL, "-c", "exit 1"])
        with pytest.raises(ToolError) as caught:
            programs.wait_for("miracle", lambda: False)
    assert caught.value.hint.startswith(f"there is no room in {programs.directory.parent};")


def test_a_temporary_directory_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(ToolError, match="a control plane cannot be started") as caught, started():
        pass
    assert caught.value.hint.startswith(f"is there room in {tmp_path}/missing?")


def test_waiting_has_a_limit() -> None:
    with Programs() as programs:
        programs.start("slow", [SHELL, "-c", "echo still busy; sleep 60"])
        with pytest.raises(ToolError, match=r"(?s)no miracle after 2 s.*slow:\nstill busy"):
            programs.wait_for("miracle", lambda: False, seconds=2)


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
        home = str(programs.directory)
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
        cwd=PROJECT,
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


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0
