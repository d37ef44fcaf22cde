"""Objects of no sense are no reason to fail: the base of a change may hold anything."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impacts.stated import cases
from impacts.stated import objects as cluster_of
from renderer.changes.comparing import Comparer, FilePair
from renderer.checks.schema import Schemas
from renderer.impacts.judging import judge
from renderer.impacts.model import ClusterObjects, Sides
from renderer.impacts.validity import Validity
from renderer.kubernetes.manifests import Manifest

FILES = (
    *("admission.txt", "encryption.txt", "exposure.txt", "gates.txt", "granting.txt"),
    *("invalid.txt", "network.txt", "nodes.txt", "outage.txt", "pods.txt", "pruning.txt"),
    *("rbac.txt", "remounting.txt"),
)
_COMPARER = Comparer(Schemas())
STRANGE: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, -1, True, 1.5, "", "x", "*", "100%", [], [None], ["x"], [[]], [{}], {}, {"x": None}]
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path, *(one for key, value in items for one in places(value, (*path, key)))]


def cluster(objects: list[Manifest]) -> ClusterObjects:
    return ClusterObjects(lambda: objects)


def replaced(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy: Any = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("file", FILES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_fails(file: str, data: st.DataObject) -> None:
    objects = [*cluster_of(cases(file)[0].old).all]
    index = data.draw(st.integers(0, len(objects) - 1))
    one = objects[index]
    path = data.draw(
        st.sampled_from(
            [path for path in places(one.data) if path and path[0] not in ("kind", "apiVersion")]
        )
    )
    if path[:1] == ("metadata",) and path[1:] in ((), ("name",), ("namespace",)):
        return
    strange = Manifest(one.ref, replaced(one.data, path, data.draw(STRANGE)), one.stem)
    others = [*objects[:index], strange, *objects[index + 1 :]]
    for before, after, was, now in (
        (one, strange, objects, others),
        (strange, one, others, objects),
    ):
        old, new = (json.dumps(side.data).encode() for side in (before, after))
        changes = _COMPARER.changes([FilePair("c", "a.yaml", old, new)])
        sides = Sides(cluster(was), cluster(now), "1.36", Validity())
        for judged in judge(changes, sides):
            assert judged.consequences
