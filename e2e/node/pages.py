"""What a person copies from a page of docs/: commands to type, blocks to write into an overlay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def commands(page: Path, heading: str) -> str:
    """The first block for a shell below a heading of the third level."""
    pattern = rf"^### {re.escape(heading)}$.*?^```sh\n(.*?)^```$"
    found = re.search(pattern, page.read_text(), re.DOTALL | re.MULTILINE)
    assert found, f"{page.name} has no commands below {heading}"
    return found[1]


def blocks(page: Path, heading: str) -> dict[str, str]:
    """The blocks for files of an overlay below a heading of the second level, by their files.

    Those that only some overlays want are left out.
    """
    section = re.search(
        rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page.read_text(), re.DOTALL | re.MULTILINE
    )
    assert section, f"{page.name} has no heading {heading}"
    pattern = r"^```yaml\n# ([\w.-]+)\n(.*?)^```$"
    return dict(re.findall(pattern, section[1], re.DOTALL | re.MULTILINE))
