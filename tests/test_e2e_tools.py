"""What `make e2e-tools` says when something is missing; Go is played by small scripts here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import Result

ROOT = Path(__file__).parent.parent
NEW_ENOUGH = '[ "$1" = list ] && exit 0\n'
BUILDS = 'while [ "$1" != -o ]; do shift; done\n'


def make(tmp_path: Path, go: str | None, **environment: str) -> Result:
    """Run the builder with a `go` command that is this script; None is none."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    if go is not None:
        (programs / "go").write_text(f"#!/bin/sh\n{go}")
        (programs / "go").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", BUILDER.format(path=str(programs))],
        cwd=ROOT,
        env={"PATH": f"{programs}:/bin:/usr/bin", "XDG_CACHE_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
    )
    return Result(done.returncode, done.stdout, done.stderr)


# Go is looked for on PATH, and where its own installer puts it: not in a test.
BUILDER = """
import shutil, sys
from unittest.mock import patch
from e2e import tools
which = shutil.which
with patch.object(tools.shutil, "which", lambda name, path=None: which(name, path={path!r})):
    sys.exit(tools.main())
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
    assert f"go does not do for etcd: {said}\n  hint: install Go 1.26.0 or newer" in result.err


def test_a_build_fails(tmp_path: Path) -> None:
    result = make(tmp_path, f"{NEW_ENOUGH}echo first >&2; echo 'no space left' >&2; exit 1")
    assert result.code == 3
    error, hint = result.err.splitlines()[-2:]
    assert error.startswith("error: etcd v")
    assert error.endswith("could not be built: no space left")
    log = hint.partition("read ")[2].partition(",")[0]
    assert Path(log).read_text() == "first\nno space left\n"


def test_a_half_built_program_is_never_taken(tmp_path: Path) -> None:
    """Killed in the middle, the builder leaves nothing that looks like a program."""
    result = make(tmp_path, f"{NEW_ENOUGH}{BUILDS}echo half > $2; kill -9 $PPID; sleep 1; exit 0")
    assert result.code < 0
    again = make(tmp_path, f"{NEW_ENOUGH}{BUILDS}echo whole > $2; exit 3")
    assert "building etcd" in again.err
    assert not [*tmp_path.glob("renderer-e2e/etcd-*/etcd")]


def test_what_was_built_is_built_once(tmp_path: Path) -> None:
    script = f"{NEW_ENOUGH}{BUILDS}echo program > $2; [ $3 = go.etcd.io/etcd/server/v3 ]"
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
