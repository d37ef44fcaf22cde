"""The control plane itself: what it is, where it listens, how it starts and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e import tools
from e2e.controlplane import ControlPlane, started
from e2e.programs import free_ports
from e2e.trees import ROOT
from renderer.errors import ToolError

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


@pytest.mark.proves("the control plane is the pinned version", "kube-apiserver")
def test_version(cluster: ControlPlane) -> None:
    version = json.loads(cluster.kubectl("version", "--output=json"))["serverVersion"]
    assert version["gitVersion"] == tools.version("kube-apiserver")


@pytest.mark.proves("the control plane listens on 127.0.0.1 only", *PROGRAMS)
def test_listens_on_the_loopback_interface(cluster: ControlPlane) -> None:
    addresses = {address for pid in processes(cluster.directory) for address in listening(pid)}
    assert addresses == {"0100007F"}  # 127.0.0.1 as the kernel writes it


@pytest.mark.proves("a port that is taken is replaced by another", *PROGRAMS)
def test_a_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []

    def first_a_taken_one(count: int) -> list[int]:
        asked.append(free_ports(count))
        return asked[-1] if len(asked) > 1 else [*asked[-1][:2], taken.getsockname()[1]]

    monkeypatch.setattr("e2e.controlplane.free_ports", first_a_taken_one)
    with socket.create_server(("127.0.0.1", 0)) as taken, started() as other:
        assert other.server.endswith(f":{asked[1][2]}")


@pytest.mark.proves("a program that does not start shows its reason", "kube-apiserver")
def test_a_program_does_not_start(cluster: ControlPlane) -> None:
    cluster.programs.start("wrong", [tools.find("kube-apiserver"), "--no-such-flag"])
    with pytest.raises(ToolError, match=r"(?s)wrong ended with code 1.*unknown flag"):
        cluster.wait_for("wrong", lambda: False)
    cluster.programs.end("wrong")


@pytest.mark.proves("nothing is left of a control plane when its user is killed", *PROGRAMS)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed(how: signal.Signals) -> None:
    script = (
        "import time\n"
        "from e2e.controlplane import started\n"
        "with started() as cluster:\n"
        "    print(cluster.directory, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as user:
        assert user.stdout
        directory = Path(user.stdout.readline().strip())
        assert len(processes(directory)) == len(PROGRAMS)
        user.send_signal(how)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (processes(directory) or directory.exists()):
        time.sleep(0.1)
    assert not processes(directory)
    assert not directory.exists()


def processes(directory: Path) -> list[int]:
    """The processes that run in a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(directory):
                found.append(int(entry.name))
        except OSError:  # it has ended, or is not ours
            continue
    return found


def listening(pid: int) -> list[str]:
    """The addresses on which a process listens, as the kernel writes them."""
    sockets = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(descriptor)
        sockets += [target[len("socket:[") : -1]] if target.startswith("socket:") else []
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    # https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html: 0A is LISTEN
    return [row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in sockets]
