"""Who wrote what, whatever has moved since."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patching.generated import DOCUMENTS, manifest_of, operation_of, operations

from renderer.findings import Location
from renderer.patching.draft import Draft
from renderer.patching.ledger import Origin
from renderer.patching.operations import Operation, OperationError, same
from renderer.patching.pointing import Path, PointerError, format_path, parse_pointer, resolve


class _Leaf(NamedTuple):
    """A scalar or an empty container, and the number of the operation that wrote it, if any."""

    value: Any
    writer: int | None


def _tagged(value: Any, writer: int | None) -> Any:
    """A document with a leaf in the place of each scalar and each empty container."""
    if isinstance(value, dict) and value:
        return {key: _tagged(child, writer) for key, child in value.items()}
    if isinstance(value, list) and value:
        return [_tagged(child, writer) for child in value]
    return _Leaf(value, writer)


def _plain(node: Any) -> Any:
    if isinstance(node, _Leaf):
        return node.value
    if isinstance(node, dict):
        return {key: _plain(child) for key, child in node.items()}
    return [_plain(child) for child in node]


def _taken(node: Any, writer: int) -> Any:
    """What is moved or copied: who writes it there is who wrote it, else who moves it."""
    if isinstance(node, _Leaf):
        return node if node.writer is not None else _Leaf(node.value, writer)
    if isinstance(node, dict):
        return {key: _taken(child, writer) for key, child in node.items()}
    return [_taken(child, writer) for child in node]


def _leaves(node: Any, path: Path = ()) -> list[tuple[Path, _Leaf]]:
    if isinstance(node, _Leaf):
        return [(path, node)]
    items = node.items() if isinstance(node, dict) else enumerate(node)
    return [one for key, child in items for one in _leaves(child, (*path, key))]


class _Model:
    """A document whose leaves know who wrote them: slow and plain."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.root = {key: _tagged(value, None) for key, value in document.items()}

    def apply(self, operation: Operation, writer: int) -> None:
        if operation.op == "test":
            return
        if operation.op == "remove":
            self._take(operation.pointer, remove=True)
            return
        if operation.source:
            taken = self._take(operation.source, remove=operation.op == "move")
            self._write("add", operation.pointer, _taken(taken, writer))
        else:
            value = _tagged(operation.value, writer)
            self._write(operation.op, operation.pointer, value)

    def _container(self, pointer: Any, *, adding: bool) -> tuple[Any, Any]:
        path = resolve(_plain(self.root), pointer, adding=adding)
        node: Any = self.root
        holder, last = None, None
        for step in path[:-1]:
            holder, last = node, step
            node = node[step]
        if isinstance(node, _Leaf):  # an empty container gets its first key or item
            node = holder[last] = type(node.value)()  # type: ignore[index]
        return node, path[-1]

    def _take(self, pointer: Any, *, remove: bool) -> Any:
        container, key = self._container(pointer, adding=False)
        return container.pop(key) if remove else container[key]

    def _write(self, op: str, pointer: Any, value: Any) -> None:
        container, key = self._container(pointer, adding=op == "add")
        if op == "add" and isinstance(container, list):
            container.insert(key, value)
        elif not (isinstance(container, dict) and key not in container) and same(
            _plain(container[key]), _plain(value)
        ):
            return  # it writes what is there already
        else:
            container[key] = value


def _where(writer: int | None) -> Location | None:
    return None if writer is None else Location("cluster.yaml", writer, 1)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_the_ledger_names_who_wrote_each_leaf(data: st.DataObject) -> None:
    document = {"list": [1, {"a": [2, 3]}], **data.draw(DOCUMENTS)}
    draft, model = Draft(manifest_of(document)), _Model(document)
    for number in range(1, data.draw(st.integers(2, 8))):
        operation = operation_of(data.draw(operations(draft.data)))
        operation = operation._replace(location=_where(number))
        try:
            written = draft.apply(operation)
        except (PointerError, OperationError):
            continue
        if written:
            model.apply(operation, number)
        assert same(_plain(model.root), draft.data)
        for path, leaf in _leaves(model.root):
            if not isinstance(leaf.value, (dict, list)):
                assert draft.location(format_path(path)) == _where(leaf.writer), (path, operation)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_patch_takes_away_what_a_parameter_owns(data: st.DataObject) -> None:
    """Whatever is inserted and moved around it, its field is owned, and no other."""
    document = {"list": [0, {"a": [0, "mine"]}, 0], **data.draw(DOCUMENTS)}
    draft = Draft(manifest_of(document))
    draft.put(("list", 1, "a", 1), "mine", Origin(_where(99), ("p", "q")))
    for _ in range(data.draw(st.integers(1, 6))):
        operation = operation_of(data.draw(operations(draft.data)))
        try:
            if not draft.owners(operation):
                draft.apply(operation)
        except (PointerError, OperationError):
            continue
        owned = [
            path
            for path, _ in _leaves(_tagged(draft.data, None))
            if path and draft.owners(Operation("remove", parse_pointer(format_path(path))))
        ]
        assert len(owned) == 1
        assert draft.value(owned[0]) == "mine"
        assert draft.location(format_path(owned[0])) == _where(99)


_BASE: dict[str, Any] = {"c": [{"name": "a"}, {"name": "b", "x": {"y": 1}}], "m": {"k": 1, "l": 2}}


@pytest.mark.parametrize(
    ("operations", "field", "expected"),
    [
        # An item that is inserted shifts those behind it, at every depth below them.
        (["replace /c/1/x/y 2", "add /c/0 {}"], "/c/2/x/y", 1),
        (["replace /c/1/x/y 2", "add /c/0 {}"], "/c/1/name", None),
        (["replace /c/1/x/y 2", "add /c/- {}"], "/c/1/x/y", 1),
        (["replace /c/1/x/y 2", "add /c/- {}"], "/c/2", 2),
        (["replace /c/1/x/y 2", "remove /c/0"], "/c/0/x/y", 1),
        (["replace /c/1/x/y 2", "remove /c/0"], "/c/0/name", None),
        # What was removed is no part of what came to stand in its place.
        (["replace /c/0/name z", "remove /c/0"], "/c/0/name", None),
        (["remove /c/1", "remove /c/0"], "/c", 2),
        (["remove /c/1"], "/c/0", None),
        (["remove /m/k"], "/m/k", 1),
        (["remove /m/k"], "/m", 1),
        (["remove /m/k"], "/m/l", None),
        (["remove /m/k", "add /m/k 1"], "/m/k", 2),
        # Of a container it is what came or went, not what has changed further below.
        (["replace /c/1/x/y 2"], "/c/1", None),
        (["add /c/1/x/z 2"], "/c/1/x", 1),
        (["add /c/1/x/z 2"], "/c/1", None),
        # A container as a whole: what is below it was written with it, or later.
        (["replace /c/1/x/y 2", "replace /c/1/x {}"], "/c/1/x/y", 2),
        (["replace /m {}", "add /m/n 1"], "/m/n", 2),
        (["replace /m {}", "add /m/n 1"], "/m/o", 1),
        # What is moved or copied was said where it was written; the base's, where it is moved.
        (["replace /c/1/x/y 2", "move /c/1/x /m/x"], "/m/x/y", 1),
        (["replace /c/1/x/y 2", "move /c/1/x /m/x"], "/c/1/x", 2),
        (["add /c/1/x/z 2", "copy /c/1/x /m/x"], "/m/x/z", 1),
        (["add /c/1/x/z 2", "copy /c/1/x /m/x"], "/m/x/y", 2),
        (["add /c/1/x/z 2", "copy /c/1/x /m/x"], "/c/1/x/y", None),
        (["replace /c/1/x {}", "copy /c/1 /c/0"], "/c/0/x", 1),
        (["replace /c/1/x {}", "copy /c/1 /c/0"], "/c/2/x", 1),
        (["replace /c/1/x {}", "copy /c/1 /c/0"], "/c/0/name", 2),
        (["replace /c/1/name z", "move /c/1 /c/0"], "/c/0/name", 1),
        (["replace /c/1/name z", "move /c/1 /c/0"], "/c/1/name", None),
        (["replace /m {}", "move /m /c/0/m"], "/c/0/m", 1),
        # Nothing is written where it stood there already.
        (["replace /m/k 1"], "/m/k", None),
        (["test /m/k 1"], "/m/k", None),
    ],
)
def test_locations(operations: list[str], field: str, expected: int | None) -> None:
    draft = Draft(manifest_of(_BASE))
    for number, text in enumerate(operations, 1):
        op, path, *rest = text.split()
        given_value: Any = {"{}": {}, "1": 1, "2": 2}.get(rest[0], rest[0]) if rest else None
        if op in ("move", "copy"):
            operation = Operation(op, parse_pointer(rest[0]), source=parse_pointer(path))
        else:
            operation = Operation(op, parse_pointer(path), value=given_value)
        draft.apply(operation._replace(location=_where(number)))
    assert draft.location(field) == _where(expected)


def test_what_follows_from_others_is_said_where_these_are() -> None:
    """A name by content in a value that a patch wrote; and in one of the base."""
    draft = Draft(manifest_of({"a": {"name": "x"}, "b": {"name": "x"}}))
    value = {"name": "x", "y": 1}
    draft.apply(Operation("replace", parse_pointer("/a"), _where(1), value=value))
    for key in ("a", "b"):
        draft.put((key, "name"), "x-hash")
    assert draft.location("/a/name") == _where(1)
    assert draft.location("/b/name") is None


def test_scalars_are_known_as_long_as_nothing_else_changes() -> None:
    draft = Draft(manifest_of(_BASE))
    assert draft.scalars == {}
    draft.put(("m", "k"), 5, Origin(_where(1)))
    draft.put(("c", 0, "name"), "z")
    assert draft.scalars == {("m", "k"): 5, ("c", 0, "name"): "z"}
    assert draft.changes == ((("m", "k"), int, 5), (("c", 0, "name"), str, "z"))


def test_scalars_are_not_all_once_something_else_has_changed() -> None:
    draft = Draft(manifest_of(_BASE))
    draft.put(("m", "k"), 5, Origin(_where(1)))
    draft.put(("m", "l"), {}, Origin(_where(2)))
    assert draft.scalars is None
    assert draft.changes is None
