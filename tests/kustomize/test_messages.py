"""Real mistakes, and what the reader is told: the file, line and column, in our words.

Each file below `mistakes/` begins with the whole message; the tree that causes it follows. That
the message is given at all shows that the real engine refused the tree.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from renderer.errors import EXIT_NO
from renderer.findings import FindingsError
from renderer.kustomize.engine import build
from renderer.kustomize.messages import follow
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import Engine
from renderer.kustomize.refusal.explaining import explain

MISTAKES = Path(__file__).parent / "mistakes"
CASES = sorted(str(path.relative_to(MISTAKES)) for path in MISTAKES.glob("*/*.txtar"))


@pytest.mark.parametrize("case", CASES)
def test_message(case: str, parse_tree: Any, write: Any, engine: Engine) -> None:
    text = (MISTAKES / case).read_text()
    repository = write(parse_tree(text))
    with pytest.raises(FindingsError) as caught:
        build(engine, f"{repository}/overlays/a", Policy(repository))
    assert caught.value.exit_code == EXIT_NO
    assert str(caught.value) == text[: text.index("\n-- ")]


@pytest.mark.parametrize("case", CASES)
def test_the_expected_message_has_a_rule_a_place_and_no_value(case: str) -> None:
    message = (MISTAKES / case).read_text().partition("\n-- ")[0]
    for line in message.splitlines():
        assert re.match(r"\S+: error: .* \[[a-z-]+\]$|  (in|hint:) .", line), line
    assert "s3cr3t" not in message
    assert "kustomize-error" not in message


def test_what_is_not_understood_is_one_line_without_values(write: Any) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [s.yaml]\n",
            "overlays/a/s.yaml": "kind: Secret\nmetadata: {name: a}\nstringData: {k: s3cr3t}\n",
        }
    )
    said = (
        f"# Warning: this\nError: something new at '{repository}/overlays/a/s.yaml' with s3cr3t"
        ' of v1.[noGrp]/a.[noNs]: map[string]interface {}{"a": 1}\nand more\n'
    )
    (finding,) = explain(said, f"{repository}/overlays/a", Policy(repository))
    assert str(finding) == (
        "overlays/a/kustomization.yaml: error: kustomize refuses it: something new at"
        " 'overlays/a/s.yaml' with <hidden> of v1/a [kustomize-error]"
    )


def test_a_message_without_an_error_is_followed_as_a_whole() -> None:
    assert follow("Segmentation\nfault\n", "/repo/o") == ("/repo/o", "Segmentation\nfault")


def test_nothing_said_is_said(write: Any) -> None:
    repository = write({"overlays/a/kustomization.yaml": "namePrefix: a-\n"})
    (finding,) = explain("", f"{repository}/overlays/a", Policy(repository))
    assert str(finding) == (
        "overlays/a/kustomization.yaml: error: kustomize refuses it and does not say why"
        " [kustomize-error]"
    )
