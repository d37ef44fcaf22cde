"""Whatever a text is: read in parts it gives what it gives as a whole, or the same error."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import PROJECT

from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.sharing import Sharing
from renderer.yamldoc.stream import read_stream
from renderer.yamldoc.writing import write
from yamldoc import samples

if TYPE_CHECKING:
    from collections.abc import Callable

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: shop
  name: shop
spec:
  replicas: 2
  template:
    metadata:
      annotations: {}
    spec:
      containers:
      - args:
        - serve
        - "yes"
        - - nested
          - list
        command:
        - |
          if true
          then
            key: value
          fi
        env:
        - name: A
          value: a text that is long enough to be folded, so that it goes on in a second line,
            which this is
        - name: B
          valueFrom:
            secretKeyRef:
              key: value
              name: shop
        image: shop:1.0
      - image: proxy:2
        name: proxy
      volumes: []
"""
# What may stand in a line, whole or not; `_lines` indents it.
_WORDS = """
a: 1|b:|b: 2|c: |-|c: >+|c: |2|- d|- e: 1|- f:|-|- - g|- - h: 1|"q": x|'s':|x: "open|close"|k: [1,
2]|{m: 1}|n: {o: 1|}|# comment|p: 1 # comment|? r|: t|u: &v w|*v|y: *v|!t z|<<: 1|yes:|no: 1|1:|~:
.inf|aa: .nan|plain text|bb: text: bad|---|--- cc|...|%YAML 1.1||ee: é|ff:  |@|gg: 'it''s'|- "hh
-kk:
""".replace("\n", "|").split("|")


def outcome(read: Callable[[bytes], list[Any]], text: str) -> str:
    """What comes of a text, with the types of numbers and the order of keys."""
    try:
        return repr(read(text.encode()))
    except YamlError as error:
        return f"{error.line}:{error.column}: {error.message}"


def check(*texts: str) -> None:
    for short in (0, 40, 200):
        reader = Sharing(short)
        for text in texts:
            assert outcome(reader.read_stream, text) == outcome(read_stream, text), text


_lines = st.builds(
    lambda indent, *words: " " * indent + "".join(words),
    st.sampled_from([0, 0, 0, 1, 2, 2, 2, 3, 4, 4, 6]),
    st.sampled_from(["", "", "", "- "]),
    st.sampled_from([*_WORDS, "\tll", "mm:\t1", "nn: 1\r", "oo: \x85pp", "qq: \u2028", "\ufeff"]),
)


@given(lines=st.lists(_lines, max_size=12), end=st.sampled_from(["", "\n", "\n\n", "\n  "]))
@settings(deadline=None, max_examples=1500)
def test_lines_in_any_order(lines: list[str], end: str) -> None:
    check("\n".join(lines) + end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1\n...\n  b: 1\n",
        "a: 1\n...\n%YAML 1.1\n---\nb: 1\n",
        "a:\n  b: 1\n...\nc: 1\n",
        "  a:\n    b: 1\n...\n  c: 1\n",
        "- a: 1\n...\n- b: 1\n",
        "a:\n- b: 1\n...\n- c: 1\n",
        "a:\n  b: 1\n---\n  c: 1\n",
        "...\na: 1\n",
        "---\na: 1\n",
        "{a: 1}\nb: 1\n",
        "a: 1\n&x {b: 1}\n",
        "a:\n  b:\n  text\n  c: 1\n",
        "a:\n  b: c\n d: 1\n",
        "a:\n    b:\n      c: 1\n  d: 1\n",
        "a:\n  - b\n c\n  - d\n",
        "a: |+\n  b\n\n\nc: >-\n  d\n",
        "a: |2\n   b\n  c\nd: 1\n",
        'a: "b\nc: d"\ne: 1\n',
        "a: 'b\nc: 1\nd: e'\n",
        "a: [1,\nb: 2]\nc: 3\n",
        "a: 1\na: 2\n",
        "a:\n  b: 1\na:\n  c: 1\n",
        "yes:\n  a: 1\n",
        "a:\n  b: 1\n? c\n: d\n",
        "a:\n  b: &x\n    c: 1\nd: *x\n",
        "a:\n  b: 1\u2028c:\n    d: 1\n",
        "a:\n  b: 1\rc: 1\n",
        "a:\n# b\n  c: 1\n # d\n",
        "a:\n- b: 1\n-\n  c: 1\n- - d\n  - e: 1\n",
    ],
)
def test_texts_that_do_not_fall_apart(text: str) -> None:
    check(text, f"k: 1\n{text}", text + text)


@given(edits=st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(-3, 3) | _lines)))
@settings(deadline=None, max_examples=500)
def test_an_object_edited_in_any_way(edits: list[tuple[int, int | str | None]]) -> None:
    lines = _DEPLOYMENT.splitlines()
    texts = [_DEPLOYMENT]
    for place, edit in edits:
        if not lines:
            break
        at = place % len(lines)
        if edit is None:
            del lines[at]
        elif isinstance(edit, str):
            lines.insert(at, edit)
        else:  # indented by more or less
            lines[at] = " " * edit + lines[at] if edit > 0 else lines[at][-edit:]
        texts.append("\n".join(lines) + "\n")
    check(*texts)


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=150)
def test_what_is_written(seed: int) -> None:
    random = Random(seed)
    data: dict[str, Any] = {f"k{number}": samples.value(random) for number in range(4)}
    others = {**data, "k1": samples.value(random)}, {"below": [data, {"a": data}]}
    check(*map(write, (data, *others)))


def test_all_files_of_the_project() -> None:
    files = [*PROJECT.glob("clusters/**/*.yaml"), *PROJECT.glob("gitops/**/*.yaml")]
    assert len(files) > 20
    check(*(file.read_text() for file in files))


def test_equal_parts_are_one() -> None:
    reader = Sharing()
    texts = [_DEPLOYMENT, _DEPLOYMENT.replace("replicas: 2", "replicas: 3")]
    (one,), (other,) = (reader.read_stream(text.encode()) for text in texts)
    assert one["metadata"] is other["metadata"]  # type: ignore[index, call-overload] # objects
    assert one["spec"] != other["spec"]  # type: ignore[index, call-overload] # objects
    assert one["spec"]["template"] is other["spec"]["template"]  # type: ignore[index, call-overload] # objects


@pytest.mark.parametrize("depth", [*range(90, 110), *range(196, 204)])
def test_depth(depth: int) -> None:
    nested: Any = 1
    for level in range(depth - 1):
        nested = [nested] if level % 3 else {"a": nested}
    below: Any = {"b": {"a": {"a": [{"a": [nested]}]}}}
    check(write({"k": nested}), write([nested]), write(below))
    check("".join(f"{' ' * level}a:\n" for level in range(depth)), "a:\n- " * 3 + "[" * depth)
    check("k:\n" + "".join(f"{' ' * level}- a:\n" for level in range(depth - 1)))


def test_a_full_memory_keeps_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renderer.yamldoc.sharing._MOST", 4 * len(_DEPLOYMENT))
    texts = [_DEPLOYMENT.replace("replicas: 2", f"replicas: {number}") for number in range(50)]
    check(*texts, *(_DEPLOYMENT.replace("shop", f"shop{number}") for number in range(20)))
    reader = Sharing()
    found: list[Any] = [reader.read_stream(text.encode())[0] for text in texts]
    assert all(one["spec"]["template"] is found[0]["spec"]["template"] for one in found)
