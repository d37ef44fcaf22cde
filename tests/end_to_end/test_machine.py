"""What a machine lacks for a Kubernetes node is said before anything is built."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from e2e.node import cgroups, machine
from renderer.errors import ToolError


def lacking() -> str:
    with pytest.raises(ToolError) as caught:
        machine.check()
    assert caught.value.hint
    return caught.value.message


def test_who_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "  - root: it mounts" in lacking()


def test_programs_and_all_else_are_listed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "ip" else name)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said = lacking()
    assert "ip (Debian, Ubuntu: apt-get install iproute2)" in said
    assert "root: " in said


def test_controllers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(cgroups, "hierarchies", list)
    assert "the cgroup controllers cpu, cpuset, memory, pids" in lacking()


def test_version_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where `cpu` and `cpuacct` are one hierarchy, and this process is in groups below the top."""
    point = tmp_path / "cpu,cpuacct"
    proc = {
        "mountinfo": f"33 25 0:28 /docker/1 {point} rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
        f"34 25 0:29 / {tmp_path / 'systemd'} rw - cgroup cgroup rw,name=systemd\n"
        f"35 25 0:30 / {tmp_path / 'unified'} rw - cgroup2 cgroup2 rw\n",
        "cgroup": "4:cpu,cpuacct:/docker/1/shell\n1:name=systemd:/\n0::/\n",
    }
    for name, text in proc.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(cgroups, "_PROCESS", tmp_path)
    assert cgroups.version_1() == [
        cgroups.Hierarchy(("cpu", "cpuacct"), "cpu,cpuacct", point / "shell"),
        cgroups.Hierarchy(("name=systemd",), "none,name=systemd", tmp_path / "systemd"),
    ]
