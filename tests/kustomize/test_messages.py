"""Real mistakes, and what the reader is told: the file and the cause, each once.

Each file in `mistakes/` begins with the whole message; the tree that causes it follows.
"""

from pathlib import Path
from typing import Any

import pytest

from renderer.errors import EXIT_NO, RenderError
from renderer.kustomize.engine import build
from renderer.kustomize.messages import shorten
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import Engine

MISTAKES = Path(__file__).parent / "mistakes"


@pytest.mark.parametrize("name", sorted(path.stem for path in MISTAKES.glob("*.txtar")))
def test_message(name: str, parse_tree: Any, write: Any, engine: Engine) -> None:
    text = (MISTAKES / f"{name}.txtar").read_text()
    repository = write(parse_tree(text))
    with pytest.raises(RenderError) as caught:
        build(engine, f"{repository}/overlays/a", Policy(repository))
    assert caught.value.exit_code == EXIT_NO
    assert str(caught.value) == text[: text.index("\n-- ")]


def test_what_is_not_understood_is_passed_on() -> None:
    said = "warming up\nerror: something: new in '/repo/overlays/a/x': entirely\n"
    assert shorten(said, "/repo/overlays/a", "/repo") == (
        "overlays/a: something: new in 'overlays/a/x': entirely"
    )


def test_a_message_without_an_error_is_passed_on_whole() -> None:
    assert shorten("Segmentation\nfault\n", "/repo/o", "/repo") == "o: Segmentation\nfault"
