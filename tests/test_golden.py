"""Repositories with one defect each, and the message in full that a person gets for it.

`command` is what is typed, `expected` is `exit CODE` and then all that stderr says.
To look at what a new one says: RENDER_GOLDEN=write pytest tests/test_golden.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support import Repository, read_txtar

GOLDEN = Path(__file__).parent / "golden"
_ARCHIVES = sorted(GOLDEN.glob("*.txtar"))
_TIME = re.compile(r" in \d+\.\d\d s$", re.MULTILINE)


@pytest.mark.parametrize("archive", _ARCHIVES, ids=lambda path: path.stem)
def test_message(archive: Path, repository: Repository) -> None:
    files = read_txtar(archive)
    command, expected = str(files.pop("command")), str(files.pop("expected"))
    repository.write(files)
    before = repository.files()
    result = repository.run(*command.split())
    said = _TIME.sub(" in TIME", result.err).replace(str(repository.path), "REPOSITORY")
    actual = f"exit {result.code}\n{said}"
    if os.environ.get("RENDER_GOLDEN") == "write":
        text = archive.read_text()
        archive.write_text(text.replace(f"-- expected --\n{expected}", f"-- expected --\n{actual}"))
        return
    assert actual == expected
    if result.code:
        assert repository.files() == before, "a failed render must not write"
