"""Every test has a repository of its own, and a cache that all tests of a run share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests, and the tests out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    path = tmp_path / "repository"
    path.mkdir()
    return Repository(path)
