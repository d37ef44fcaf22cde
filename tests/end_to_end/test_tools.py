"""What `make e2e-tools` says when something is missing; Go is played by small scripts here."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import PROJECT, Result, eventually, is_alive

NEW_ENOUGH = '[ "$1" = list ] && exit 0\n'
ONLY_ETCD = "[ $3 = go.etcd.io/etcd/server/v3 ]"
BUILDS = 'while [ "$1" != -o ]; do shift; done\n'


def command(tmp_path: Path, go: str | None, **environment: str) -> dict[str, Any]:
    """How to run the builder with a `go` command that is this script; None is none."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    scripts = dict.fromkeys(("openssl", "git", "redis-server"), "")
    for name, script in {**scripts, **({} if go is None else {"go": go})}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}")
        (programs / name).chmod(0o755)
    return {
        "args": [sys.executable, "-c", BUILDER.format(path=str(programs))],
        "cwd": PROJECT,
        "env": {
            "PATH": f"{programs}:/bin:/usr/bin",
            "XDG_CACHE_HOME": str(tmp_path),
            **environment,
        },
        "text": True,
    }


def make(tmp_path: Path, go: str | None, **environment: str) -> Result:
    """Run the builder."""
    done = subprocess.run(**command(tmp_path, go, **environment), capture_output=True)
    return Result(done.returncode, done.stdout, done.stderr)


# Go is looked for on PATH, and where its own installer puts it: not in a test.
BUILDER = """
import shutil, sys
from unittest.mock import patch
from e2e import build
which = shutil.which
with patch.object(build.shutil, "which", lambda name, path=None: which(name, path={path!r})):
    sys.exit(build.main(sys.argv[1:]))
"""


def test_go_is_missing(tmp_path: Path) -> None:
    result = make(tmp_path, None)
    assert result.code == 3
    assert result.err.splitlines()[-2:] == [
        "error: Go is needed to build the programs for e2e tests",
        "  hint: install Go 1.26.0 or newer (https://go.dev/dl) and put its go command on PATH",
    ]


def test_go_is_too_old(tmp_path: Path) -> None:
    said = "go: go.mod requires go >= 1.26.0 (running go 1.22.1; GOTOOLCHAIN=local)"
    result = make(tmp_path, f"echo '{said}' >&2; exit 1")
    assert result.code == 3
    assert (
        f"go does not do for {PROJECT}/e2e: {said}\n  hint: install Go 1.26.0 or newer"
        in result.err
    )


def test_a_build_fails(tmp_path: Path) -> None:
    result = make(tmp_path, f"{NEW_ENOUGH}echo first >&2; echo 'no space left' >&2; exit 1")
    assert result.code == 3
    error, hint = result.err.splitlines()[-2:]
    assert error.startswith("error: etcd v")
    assert error.endswith("could not be built: no space left")
    log = hint.partition("read ")[2].partition(",")[0]
    assert Path(log).read_text() == "first\nno space left\n"


def test_other_programs_are_missing(tmp_path: Path) -> None:
    """It is said before anything is built."""
    asked = command(tmp_path, NEW_ENOUGH)
    for name in ("git", "redis-server"):
        (tmp_path / "bin" / name).unlink()
    done = subprocess.run(**asked, capture_output=True)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "error: the e2e tests need git, redis-server",
        "  hint: install it (Debian, Ubuntu: apt-get install git redis-server)",
    ]


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "renderer-e2e").write_text("a file is in the way")
    result = make(tmp_path, NEW_ENOUGH)
    assert result.code == 3
    assert result.err.splitlines() == [
        f"error: {tmp_path}/renderer-e2e: File exists",
        "  hint: make room or give permission there; XDG_CACHE_HOME chooses another place",
    ]


@pytest.mark.usefixtures("heeded_signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_build_that_is_killed_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    go = f"{NEW_ENOUGH}{BUILDS}echo half > $2; sleep 60 & echo $! $$ > $XDG_CACHE_HOME/pids; wait"
    with subprocess.Popen(**command(tmp_path, go), stderr=subprocess.DEVNULL) as builder:
        pids = tmp_path / "pids"
        assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        assert len([*tmp_path.glob("renderer-e2e/.building-*/whole/etcd")]) == 1
        builder.send_signal(how)
    assert eventually(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()))
    assert eventually(lambda: [*(tmp_path / "renderer-e2e").iterdir()] == [lock(tmp_path)])


def test_of_two_builds_at_once_one_waits_for_the_other(tmp_path: Path) -> None:
    log = tmp_path / "log"
    go = f"{NEW_ENOUGH}{BUILDS}echo $3 >> {log}; sleep 1; echo whole > $2; chmod +x $2; {ONLY_ETCD}"
    one = subprocess.Popen(**command(tmp_path, go), stderr=subprocess.PIPE)
    assert eventually(log.exists)
    two = make(tmp_path, go)
    assert one.stderr
    with one:
        first = one.stderr.read()
    assert "etcd is built" in first
    assert two.err.startswith("e2e-tools: somebody else is building: waiting for it\n")
    assert log.read_text().splitlines().count("go.etcd.io/etcd/server/v3") == 1


def test_what_is_left_of_a_machine_that_stopped_goes(tmp_path: Path) -> None:
    left = tmp_path / "renderer-e2e" / ".building-before"
    left.mkdir(parents=True)
    make(tmp_path, f"{NEW_ENOUGH}exit 1")
    assert not left.exists()


@pytest.mark.parametrize("damage", ["no file", "empty", "not executable"])
def test_a_damaged_program_is_built_anew(tmp_path: Path, damage: str) -> None:
    go = f"{NEW_ENOUGH}{BUILDS}echo program > $2; chmod +x $2; {ONLY_ETCD}"
    make(tmp_path, go)
    (program,) = tmp_path.glob("renderer-e2e/etcd-*/etcd")
    program.unlink()
    if damage != "no file":
        program.write_text("" if damage == "empty" else "program\n")
        program.chmod(0o755 if damage == "empty" else 0o644)
    assert "etcd is built" in make(tmp_path, go).err
    assert program.read_text() == "program\n"


def test_what_was_built_is_built_once(tmp_path: Path) -> None:
    script = f"{NEW_ENOUGH}{BUILDS}echo program > $2; chmod +x $2; {ONLY_ETCD}"
    first = make(tmp_path, script)
    assert "etcd is built after" in first.err
    (program,) = tmp_path.glob("renderer-e2e/etcd-*/etcd")
    assert program.read_text() == "program\n"
    again = make(tmp_path, script)
    assert "etcd" not in again.err.splitlines()[0]


def test_an_unknown_kubernetes(tmp_path: Path) -> None:
    result = make(tmp_path, None, KUBERNETES="1.12")
    assert result.code == 3
    assert "error: there is no Kubernetes 1.12 among the tools" in result.err
    assert "KUBERNETES may be 1.35, 1.36" in result.err


def test_a_program_that_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e2e import tools
    from renderer.errors import ToolError

    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    with pytest.raises(ToolError, match=r"^kwok v\S+ is not built$") as caught:
        tools.find("kwok")
    assert caught.value.hint == "run: make e2e-tools"


def lock(tmp_path: Path) -> Path:
    return tmp_path / "renderer-e2e" / ".lock"
