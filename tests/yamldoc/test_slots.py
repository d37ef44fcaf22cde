"""A text with slots is the text that the writer gives for the changed document."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from renderer.yamldoc.slots import SlottedText
from renderer.yamldoc.writing import write

_STRINGS = st.one_of(
    st.text(max_size=120),
    st.text("ab \n\t:#-'\"{}[]", max_size=40),
    st.sampled_from(["", "yes", "1e3", "- a", "slot0of1z", "a\n", "a\n\n", "\na", "word " * 30]),
)
_SCALARS = st.one_of(_STRINGS, st.none(), st.booleans(), st.integers(-(2**60), 2**60))
_KEYS = st.one_of(st.sampled_from(["a", "b", "key", "with space", "k" * 130]), st.text(max_size=5))
_DOCUMENTS = st.dictionaries(
    _KEYS,
    st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=4)
            | st.dictionaries(_KEYS, inner, min_size=1, max_size=4)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


def _leaves(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if not isinstance(node, (dict, list)) or not node:
        return [path] if not isinstance(node, (dict, list)) else []
    items = node.items() if isinstance(node, dict) else enumerate(node)
    return [leaf for key, value in items for leaf in _leaves(value, (*path, key))]


def _put(data: Any, path: tuple[str | int, ...], value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


@given(_DOCUMENTS, st.data())
def test_filled_text_is_what_the_writer_gives(
    document: dict[str, Any], data: st.DataObject
) -> None:
    leaves = _leaves(document)
    paths = data.draw(st.lists(st.sampled_from(leaves), unique=True, max_size=5)) if leaves else []
    try:
        slotted = SlottedText(document, paths)
    except ValueError:
        return  # the caller then uses the writer itself
    for _ in range(2):
        values = [data.draw(_SCALARS) for _ in paths]
        changed = deepcopy(document)
        for path, value in zip(paths, values, strict=True):
            _put(changed, path, value)
        assert slotted.fill(values) == write(changed, lines=True)


def test_slots_are_used_for_ordinary_documents() -> None:
    document: Any = {"spec": {"replicas": 1, "env": [{"name": "A", "value": "x"}, "plain"]}}
    paths = [("spec", "env", 0, "value"), ("spec", "replicas"), ("spec", "env", 1)]
    text = SlottedText(document, paths).fill(["a: b", 7, "two\nlines\n"])
    assert text == (
        "spec:\n  env:\n  - name: A\n    value: 'a: b'\n  - |\n    two\n    lines\n  replicas: 7\n"
    )
