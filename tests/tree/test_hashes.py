"""Files that change by nothing but hashes in names: what counts as such, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.kustomize.name_hash import name_hash
from renderer.tree.hashes import paths_changed_by_hashes
from renderer.tree.planning import Change

_ONE, _TWO = "2456789bcd", "fghkmt2456"


def _map(name: str, value: str, namespace: str = "shop") -> bytes:
    return (
        f"# Cluster: a\napiVersion: v1\ndata:\n  x: |\n    {value}\nkind: ConfigMap\n"
        f"metadata:\n  annotations:\n    name: other\n  name: {name}\n  namespace: {namespace}\n"
    ).encode()


def _reader(name: str, more: str = "") -> bytes:
    return f"kind: Pod\nmetadata:\n  name: web\nspec:\n  configMap: {name}\n{more}".encode()


_RENAMED = Change("shop/configmap-a.yaml", _map(f"a-{_ONE}", "red"), _map(f"a-{_TWO}", "blue"))


def _is_by_hashes(old: bytes, new: bytes, *others: Change) -> bool:
    found = paths_changed_by_hashes([Change("shop/pod-web.yaml", old, new), _RENAMED, *others])
    assert found <= {"shop/pod-web.yaml"}
    return bool(found)


def test_a_reader_of_what_is_renamed() -> None:
    assert _is_by_hashes(_reader(f"a-{_ONE}"), _reader(f"a-{_TWO}"))
    assert _is_by_hashes(_reader(f"[a-{_ONE}, 'a-{_ONE}']"), _reader(f"[a-{_TWO}, 'a-{_TWO}']"))
    # One that is itself named by its content, and whose content is a reference.
    assert _is_by_hashes(_map(f"b-{_TWO}", f"a-{_ONE}"), _map(f"b-{_ONE}", f"a-{_TWO}"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_reader(f"a-{_ONE}", "x: 1\n"), _reader(f"a-{_TWO}", "x: 2\n")),
        (_reader(f"a-{_ONE}"), _reader(f"b-{_TWO}")),
        (_reader(f"a-{_ONE}"), _reader("a")),
        (_reader(f"a-{_ONE}"), _reader("a-")),
        (_reader(f"c-{_ONE}"), _reader(f"c-{_TWO}")),  # nothing of this name is among the changes
        (_reader(f"a-{_ONE}"), _reader("a-fffffffff2")),  # not what it is called now
        (_reader(f"a-{_ONE}"), _reader(f"a-{_TWO}").replace(b"\n", b"\r\n")),
        (_reader(f"a-{_ONE}"), b""),
    ],
)
def test_more_than_hashes(old: bytes, new: bytes) -> None:
    assert not _is_by_hashes(old, new)


def test_names_that_only_look_like_hashes() -> None:
    renamed = Change("shop/configmap-c.yaml", _map("c-replicated", "1"), _map("c-relocated2", "2"))
    assert not _is_by_hashes(_reader("c-replicated"), _reader("c-relocated2"), renamed)


def test_added_and_removed_files_are_more_than_hashes() -> None:
    alone = [
        Change("shop/configmap-a.yaml", _map(f"a-{_ONE}", "red"), None),
        Change("shop/configmap-b.yaml", None, _map(f"a-{_TWO}", "red")),
        Change("shop/pod-web.yaml", _reader(f"a-{_ONE}"), _reader(f"a-{_TWO}")),
    ]
    assert paths_changed_by_hashes(alone) == set()


def test_hashes_are_those_that_names_get() -> None:
    for number in range(50):
        data = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"x": str(number)}}
        renamed = Change("x", _map(f"a-{_ONE}", "1"), _map(f"a-{name_hash(data)}", "2"))
        reader = Change("y", _reader(f"a-{_ONE}"), _reader(f"a-{name_hash(data)}"))
        assert paths_changed_by_hashes([renamed, reader]) == {"y"}


_NAMES = [f"{stem}-" for stem in ("a", "b", "a-b", "web.a")]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*_NAMES, "x: ", "\n", "a", "-", '"'])),
    st.booleans(),
    st.integers(0, 2**16),
)
def test_generated_readers(parts: list[str], other: bool, place: int) -> None:
    """Equal but for renamed names, and with one other character, which is never missed."""
    renamed = [
        Change(f"{stem}.yaml", _map(f"{stem}{_ONE}", "1"), _map(f"{stem}{_TWO}", "2"))
        for stem in _NAMES
    ]
    parts = ["y", *parts]
    old, new = (
        [f"{part}{digits}" if part in _NAMES else part for part in parts] for digits in (_ONE, _TWO)
    )
    if other:
        chosen = place % len(parts)
        new[chosen] = "!" * len(new[chosen])
    changes = [*renamed, Change("reader.yaml", "".join(old).encode(), "".join(new).encode())]
    assert paths_changed_by_hashes(changes) == (set() if other else {"reader.yaml"})
