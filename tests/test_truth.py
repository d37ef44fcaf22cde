"""docs/truth.md names tests that exist, and every one that proves something on real programs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PAGE = (PROJECT / "docs" / "truth.md").read_text()


def _named() -> set[str]:
    """The tests in the page; one without a file is in the file that was named before it."""
    named, file = set(), ""
    for path, test in re.findall(r"`(?:((?:tests|e2e)/[\w/]+\.py)(?:::)?)?(test_\w+)?`", PAGE):
        file = path or file
        if test:
            named.add(f"{file}::{test}")
    return named


def _functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_every_test_in_the_page_is_there() -> None:
    named = _named()
    assert len(named) > 50
    for one in sorted(named):
        file, _, test = one.partition("::")
        assert test in {function.name for function in _functions(PROJECT / file)}, one


def test_every_proof_is_in_the_page() -> None:
    proofs = {
        f"e2e/{path.name}::{function.name}"
        for path in (PROJECT / "e2e").glob("test_*.py")
        for function in _functions(path)
        if any("proves" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    assert len(proofs) > 30
    assert proofs - _named() == set()
