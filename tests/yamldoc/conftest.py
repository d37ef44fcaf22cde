"""The fixture that all these tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from yamldoc.judge import Judge

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(tmp_path)
