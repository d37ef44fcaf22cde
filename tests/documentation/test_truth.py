"""docs/truth.md has every promise of the README, tests that exist, and every proof of e2e/."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from support import PROJECT

PAGE = (PROJECT / "docs" / "truth.md").read_text()
README = (PROJECT / "README.md").read_text()


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
        f"{path.relative_to(PROJECT)}::{function.name}"
        for path in (PROJECT / "e2e").rglob("test_*.py")
        for function in _functions(path)
        if any("proves" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    assert len(proofs) > 30
    assert proofs - _named() == set()


def _plain(markdown: str) -> str:
    """Its words: no emphasis, links by their texts, and one space between words."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", markdown.replace("**", ""))
    return " ".join(text.split())


def _promises() -> set[str]:
    """What sets render apart, point by point, and what each command does."""
    points = re.search(r"What sets it apart.*?:\n\n(.*?)\n\n", README, re.DOTALL)
    assert points
    rows = re.findall(r"^\| `render .*?` \| (.*) \|$", README, re.MULTILINE)
    return {_plain(one) for one in [*re.split(r"^- ", points[1], flags=re.MULTILINE)[1:], *rows]}


def test_every_promise_of_the_readme_is_in_the_page_in_its_words() -> None:
    table = PAGE.partition("| README | test |")[2].partition("\n\n")[0]
    quoted = [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()[2:]]
    assert len(_promises()) > 12
    assert _promises() - {*quoted} == set()
    words = _plain(README)
    assert [one for one in quoted if one not in words] == []


def test_the_renderer_knows_nothing_of_airflow() -> None:
    files = [*(PROJECT / "renderer").rglob("*.py")]
    assert len(files) > 100
    assert [path for path in files if "airflow" in path.read_text().lower()] == []
