"""Trees of files for tests, and the real engine.

`trees/*.txtar` are small kustomizations, one feature each, which the real engine builds at
`overlays/a`. Their format is that of Go's txtar, and links: what it shows on the first line,
then `-- PATH --` before the content of each file, or `-- PATH -> TARGET --` for a link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import Files, parse_txtar, write_tree

from renderer.findings import Finding
from renderer.kustomize.program import Engine, find_engine
from renderer.kustomize.refusal import explaining

TREES = Path(__file__).parent / "trees"
Write = Callable[[Files], str]


@dataclass(frozen=True)
class Tree:
    """A tree on disk: its name, where it is, the overlay in it, and what was written."""

    name: str
    repository: str
    root: str
    files: Mapping[str, str | Path]

    def write(self, directory: str) -> Tree:
        """Write the same tree elsewhere."""
        repository = write_tree(directory, self.files)
        return Tree(self.name, repository, f"{repository}/overlays/a", self.files)


@pytest.fixture(params=sorted(path.stem for path in TREES.glob("*.txtar")))
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """Every small kustomization in turn."""
    files = parse_txtar((TREES / f"{request.param}.txtar").read_text())
    empty = Tree(request.param, "", "", files)
    return empty.write(str(tmp_path / "repository"))


@pytest.fixture
def parse_tree() -> Callable[[str], dict[str, str | Path]]:
    """Read the files of a tree from its text."""
    return parse_txtar


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into this test's repository and return its path."""
    return lambda files: write_tree(str(tmp_path / "repository"), files)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine itself says where it refuses, for tests that are about no explanation."""
    texts: list[str] = []

    def explain(stderr: str, directory: str, _: object) -> list[Finding]:
        texts.append(stderr)
        return [Finding.error("kustomize-error", directory)]

    monkeypatch.setattr(explaining, "explain", explain)
    return texts


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that is shipped."""
    return find_engine(None)
