"""docs/ARCHITECTURE.md speaks of what is there: every folder, and nouns that exist."""

from __future__ import annotations

import ast
import re

from support import PROJECT

PAGE = (PROJECT / "docs" / "ARCHITECTURE.md").read_text()
CODE = PROJECT / "renderer"
_NOUN = re.compile(r"^\| (\w+) \| .+ \| `([\w/]+)` \|$", re.MULTILINE)


def test_every_folder_has_its_words() -> None:
    folders = {path.parent.name for path in CODE.glob("*/__init__.py")}
    assert len(folders) > 10
    assert {folder for folder in folders if f"**`{folder}/`**" not in PAGE} == set()


def test_every_noun_is_a_class_where_the_page_says() -> None:
    nouns = _NOUN.findall(PAGE)
    assert len(nouns) > 15
    for noun, module in nouns:
        folder = CODE / module
        file = folder / "__init__.py" if folder.is_dir() else CODE / f"{module}.py"
        tree = ast.parse(file.read_text())
        classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        assert noun in classes, f"{module} has no {noun}"
