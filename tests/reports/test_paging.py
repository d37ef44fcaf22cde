"""A pager gets what is longer than the terminal, and only on one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

LONG = "".join(f"line {number}\n" for number in range(30))
SHORT = "one\ntwo\n"
_PRINT = "from renderer.reports.paging import print_long; print_long({!r}, may_page={})"


@pytest.fixture
def keeper(tmp_path: Path) -> Path:
    """A pager that keeps what it gets, and what LESS says, in files beside it."""
    program = tmp_path / "keep it"
    program.write_text('#!/bin/sh\ncat > "$0.$1"\necho "$LESS" > "$0.less"\n')
    program.chmod(0o755)
    return program


def shown(text: str, *, directory: Path, may_page: bool = True, **environment: str) -> str:
    """What a terminal with 24 lines shows after a text was printed."""
    ours = {name: value for name, value in os.environ.items() if name not in ("LESS", "PAGER")}
    reading, writing = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", _PRINT.format(text, may_page)],
        cwd=directory,
        env={**ours, "LINES": "24", **environment},
        stdout=writing,
        check=True,
    )
    os.close(writing)
    found = b""
    while True:
        try:
            found += os.read(reading, 1 << 16)
        except OSError:  # how Linux says that nobody writes any more
            os.close(reading)
            return found.decode().replace("\r\n", "\n")


def test_a_long_text_goes_to_the_pager(keeper: Path, tmp_path: Path) -> None:
    assert shown(LONG, directory=tmp_path, PAGER=f"'{keeper}' kept") == ""
    assert Path(f"{keeper}.kept").read_text() == LONG


def test_less_is_asked_as_git_asks_it(keeper: Path, tmp_path: Path) -> None:
    pager = f"'{keeper}' kept"
    assert shown(LONG, directory=tmp_path, PAGER=pager) == ""
    assert Path(f"{keeper}.less").read_text() == "FRX\n"
    assert shown(LONG, directory=tmp_path, PAGER=pager, LESS="-M") == ""
    assert Path(f"{keeper}.less").read_text() == "-M\n"


@pytest.mark.parametrize(
    ("text", "may_page", "pager"),
    [
        (SHORT, True, "'{keeper}' kept"),
        (LONG, False, "'{keeper}' kept"),
        (LONG, True, ""),
        (LONG, True, "  "),
        (LONG, True, "'{keeper} kept"),
        (LONG, True, "no-such-program-is-there"),
        (LONG, True, os.devnull),
    ],
)
def test_what_is_not_paged_is_printed(
    keeper: Path, tmp_path: Path, text: str, may_page: bool, pager: str
) -> None:
    named = pager.format(keeper=keeper)
    assert shown(text, directory=tmp_path, may_page=may_page, PAGER=named) == text
    assert not Path(f"{keeper}.kept").exists()


def test_a_pager_is_no_program_of_where_we_are(keeper: Path, tmp_path: Path) -> None:
    """As one in a repository, where PATH has a directory without a beginning."""
    keeper.rename(tmp_path / "keep")
    path = f".:{os.environ['PATH']}"
    assert shown(LONG, directory=tmp_path, PAGER="keep kept", PATH=path) == LONG
    assert not (tmp_path / "keep.kept").exists()


def test_a_pager_that_ends_early_is_no_error(tmp_path: Path) -> None:
    assert shown(LONG * 400, directory=tmp_path, PAGER="true") == ""


def test_nothing_is_paged_in_a_pipe(keeper: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT.format(LONG, True)],
        env={**os.environ, "LINES": "24", "PAGER": f"'{keeper}' kept"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == LONG
    assert not Path(f"{keeper}.kept").exists()
