"""Text in trees: a line of it is a line of the file, and every reader gets the same string."""

from __future__ import annotations

import difflib
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from renderer.yamldoc.emitter import style
from renderer.yamldoc.reading import read_stream
from renderer.yamldoc.slots import SlottedText
from renderer.yamldoc.writing import SharedWriter, write

if TYPE_CHECKING:
    from yamldoc.judge import Judge

_PIECES = (
    *("a", "word", "  ", " ", "\t", "\r\n", "\n", "\n\n", "\r", "\x85", "\u2028", "\u2029", "\xa0"),
    *(
        "é",
        "\U0001f600",
        '"',
        "\\",
        "\\n",
        "#",
        ": ",
        "- ",
        "---",
        "...",
        "%",
        "'",
        "$(x)",
        "{{ x }}",
    ),
    *(
        "\x00",
        "\x1b",
        "\ufeff",
        "x" * 90,
        "many words in one line, more than fit " * 4,
        '{"a": "b"}',
    ),
)


def _is_quoted(text: str) -> bool:
    return "\n" in text and style(text) == '"'


def _text(random: Random) -> str:
    return "".join(random.choice(_PIECES) for _ in range(random.randint(1, 12)))


@pytest.mark.parametrize("seed", range(4))
def test_everybody_reads_the_same_string(judge: Judge, seed: int) -> None:
    """kustomize loses U+0085 whatever the style; so it is asked about other texts alone."""
    random = Random(seed)
    data: Any = {f"k{index}": _text(random) for index in range(200)}
    nested: Any = {
        "spec": {**data, "list": [{"in": one} for one in data.values()], "long" * 40: data}
    }
    text = write(nested, lines=True)
    spec = text.partition("spec:\n")[2]
    assert read_stream(text) == [nested]
    assert yaml.safe_load(text) == nested
    assert judge.kubectl_reads(spec) == nested["spec"]
    kept: Any = {key: one for key, one in data.items() if _is_quoted(one) and "\x85" not in one}
    assert len(kept) > 50
    spec = write({"spec": kept}, lines=True).partition("spec:\n")[2]
    assert judge.spec(spec) == write({"spec": kept}).partition("spec:\n")[2]


@pytest.mark.parametrize("seed", range(3))
def test_a_manifest_that_is_text_in_another_is_read_as_it_was(judge: Judge, seed: int) -> None:
    """What is embedded in a ConfigMap: each reads the string, and then the manifest in it."""
    random = Random(seed)
    specs: list[Any] = [{"command": [_text(random), _text(random)]} for _ in range(100)]
    inner = [write({"spec": one}, lines=True) for one in specs]
    data: Any = {f"k{index}": one for index, one in enumerate(inner)}
    text = write({"spec": data}, lines=True)
    for read in (read_stream(text)[0], yaml.safe_load(text)):
        assert read == {"spec": data}
    assert judge.kubectl_reads(text.partition("spec:\n")[2]) == data
    assert [yaml.safe_load(one)["spec"] for one in inner] == specs
    joined = write({"spec": {"all": specs}}, lines=True).partition("spec:\n")[2]
    assert judge.kubectl_reads(joined) == {"all": specs}


@pytest.mark.parametrize("seed", range(3))
def test_no_line_is_lost_or_ends_with_a_space(seed: int) -> None:
    random = Random(seed)
    for _ in range(300):
        text = "".join(
            random.choice(("a ", " b", "\tc", "\n", "\r\n", "\U0001f600")) for _ in range(9)
        )
        written = write({"text": text}, lines=True)
        assert all(line == line.rstrip() for line in written.split("\n"))
        if "\n" in text and '"' in written:
            assert written.count("\n") == 1 + len(text.removesuffix("\n").split("\n"))


def test_a_changed_word_changes_a_line() -> None:
    script = "".join(f"echo {number} \n  if  x{number}; then\t\n\n" for number in range(30))
    before, after = (
        write({"data": {"run.sh": one}}, lines=True).splitlines()
        for one in (script, script.replace("echo 15", "echo fifteen and more"))
    )
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert changed == ["-     echo 15 \\n\\", "+     echo fifteen and more \\n\\"]


def test_all_writers_agree() -> None:
    base: Any = {"data": {"a": "x", "b": "one \ntwo\r\n"}}
    other: Any = {"data": {"a": " three\nfour \n", "b": base["data"]["b"]}}
    text = write(other, lines=True)
    assert text == (
        'data:\n  a: "\\\n    \\ three\\n\\\n    four \\n"\n'
        '  b: "\\\n    one \\n\\\n    two\\r\\n"\n'
    )
    assert SharedWriter(base).write(other) == text
    assert SlottedText(base, [("data", "a")]).fill([other["data"]["a"]]) == text
