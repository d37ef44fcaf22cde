"""What differs in an object, against the rules of Kubernetes and against itself."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.changes.fields import compare
from renderer.changes.model import ABSENT, FieldChange, Item, Place, Reordered
from renderer.checks.schema import Schemas
from renderer.checks.schema.shape import NO_SHAPE, Shape
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.yamldoc.stream import read_stream

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    spec:
      initContainers:
      - {name: wait, image: wait:1}
      - {name: migrate, image: web:1}
      containers:
      - name: web
        image: web:1
        args: [serve, --port=80, --quiet]
        env:
        - {name: A, value: "1"}
        - {name: B, value: "2"}
        ports:
        - {containerPort: 53, protocol: UDP}
        - {containerPort: 53}
        resources: {requests: {cpu: "1", memory: 1Gi}}
      volumes:
      - {name: data, emptyDir: {}}
"""


def shape_of(data: dict[str, Any]) -> Shape:
    ref = object_ref(data)
    return Schemas().shape(Manifest(ref, data, ref.name))


def told(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [
        f"{one.field}: {shown(one.old)} -> {shown(one.new)}"
        for one in compare(old, new, shape_of(new))
    ]


def shown(value: Any) -> str:
    if value is ABSENT:
        return "-"
    return " ".join(map(str, value.order)) if isinstance(value, Reordered) else str(value)


def edited(text: str, old: str, new: str) -> tuple[dict[str, Any], dict[str, Any]]:
    assert text.count(old) == 1
    (before,), (after,) = read_stream(text), read_stream(text.replace(old, new))
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    return before, after


CONTAINER = "/spec/template/spec/containers/[name=web]"


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("replicas: 2", "replicas: 3", ["/spec/replicas: 2 -> 3"]),
        ("  replicas: 2\n", "", ["/spec/replicas: 2 -> -"]),
        ("replicas: 2", "replicas: null", ["/spec/replicas: 2 -> -"]),
        ("replicas: 2", "replicas: 2\n  paused: null", []),  # a Go struct takes it for nothing
        ("        image: web:1", "        image: web:2", [f"{CONTAINER}/image: web:1 -> web:2"]),
        ('cpu: "1", memory: 1Gi', "memory: 1024Mi, cpu: 1000m", []),
        ('cpu: "1"', 'cpu: "2"', [f"{CONTAINER}/resources/requests/cpu: 1 -> 2"]),
        # A protocol that is left out is TCP: these are two ports.
        (
            "- {containerPort: 53}\n",
            "- {containerPort: 53, name: dns}\n",
            [f"{CONTAINER}/ports/[containerPort=53,protocol=TCP]/name: - -> dns"],
        ),
        (
            "serve, --port=80, --quiet",
            "serve, --verbose, --port=81, --quiet",
            [f"{CONTAINER}/args/1: --port=80 -> --verbose", f"{CONTAINER}/args/2: - -> --port=81"],
        ),
        # In the template of a Pod another order is another template, which rolls it.
        (
            '- {name: A, value: "1"}\n        - {name: B, value: "2"}',
            '- {name: B, value: "2"}\n        - {name: A, value: "1"}',
            [f"{CONTAINER}/env: [name=A] [name=B] -> [name=B] [name=A]"],
        ),
        (
            "- {name: data, emptyDir: {}}",
            "- {name: data, emptyDir: null}",
            ["/spec/template/spec/volumes/[name=data]/emptyDir: {} -> -"],
        ),
    ],
)
def test_fields_are_compared_as_the_api_server_does(old: str, new: str, changes: list[str]) -> None:
    assert told(*edited(DEPLOYMENT, old, new)) == changes


def test_the_order_of_items_with_keys_counts_only_where_it_is_run() -> None:
    service = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
  - {name: http, port: 80}
  - {name: https, port: 443}
"""
    old, new = edited(
        service,
        "- {name: http, port: 80}\n  - {name: https, port: 443}",
        "- {name: https, port: 443}\n  - {name: http, port: 80}",
    )
    assert told(old, new) == []


def test_lists_of_unknown_kinds_are_compared_by_name() -> None:
    old = {"apiVersion": "x/v1", "kind": "X", "spec": {"users": [{"name": "a"}, {"name": "b"}]}}
    new = {"apiVersion": "x/v1", "kind": "X", "spec": {"users": [{"name": "b"}, {"name": "c"}]}}
    assert told(old, new) == [
        "/spec/users/[name=a]: {'name': 'a'} -> -",
        "/spec/users/[name=c]: - -> {'name': 'c'}",
    ]


def test_null_is_a_value_in_custom_resources() -> None:
    old = {"apiVersion": "x/v1", "kind": "X", "spec": {"a": None}}
    assert told(old, {"apiVersion": "x/v1", "kind": "X", "spec": {}}) == ["/spec/a: None -> -"]


def test_durations_mean_what_they_say() -> None:
    interval = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"}
    shape = Shape({"properties": {"interval": interval}}, {}, custom=True)
    assert compare({"interval": "1m30s"}, {"interval": "90s"}, shape) == []
    (change,) = compare({"interval": "1m30s"}, {"interval": "91s"}, shape)
    assert change.new == "91s"


@pytest.mark.parametrize(
    ("name", "old", "new", "fields"),
    [
        ("airflow.cfg", "[core]\nslots = 1\n", "[core]\n# more\nslots = 2\n", ["/core/slots"]),
        ("a.json", '{"a": 1,\n "b": 2}', '{"b": 2,\n "a": 3}', ["/a"]),
        ("pod.yaml", "a:\n- name: x\n  b: 1\n", "a:\n- name: x\n  b: 2\n", ["/a/[name=x]/b"]),
        ("a.env", "A=1\nB=2\n", "B=2\nA=3\n", ["/A"]),
        ("a.toml", f"a = {'1' * 5000}\n", f"a = {'2' * 5000}\n", None),
        ("a.toml", "[a]\nb = 1\n", "[a]\nb = 2\n", ["/a/b"]),
        ("a.yaml", "a: 1 # one\n", "a: 1 # two\n", []),
        ("run.sh", "a=1\n", "a=2\n", None),
        ("a.yaml", "a: [\n", "a: 1\n", None),
        ("a.json", '{"a": 1,\n"a": 2}', '{"a": 1,\n"a": 3}', None),  # which of them counts?
    ],
)
def test_texts_are_compared_as_what_they_say(
    name: str, old: str, new: str, fields: list[str] | None
) -> None:
    (change,) = compare({"data": {name: old}}, {"data": {name: new}}, NO_SHAPE)
    assert (change.old, change.new) == (old, new)
    assert (change.inside and [one.field for one in change.inside.fields]) == fields


SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b", "x\ny"])
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"x": SCALARS}),
    max_size=4,
    unique_by=lambda item: item["name"],
)
VALUES = st.recursive(
    SCALARS | NAMED,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["metadata", "spec", "template"]), VALUES)


def as_json(data: Any) -> str:
    """For Python, 1 is true."""
    return json.dumps(data, sort_keys=True)


def applied(data: Any, changes: list[FieldChange]) -> Any:
    """What a person would get who carries the changes out on the old object."""
    holder = {"": copy.deepcopy(data)}
    for change in changes:
        if change.old is not ABSENT and change.new is not ABSENT:
            if isinstance(change.new, Reordered):
                continue
            _set(holder, change)
    gone = [one for one in changes if one.new is ABSENT]
    for change in sorted(gone, key=lambda one: (len(one.path), one.at or 0), reverse=True):
        parent = _walk(holder[""], change.path[:-1], old=True)
        del parent[_index(parent, change.path[-1], old=True)]
    for change in changes:
        if isinstance(change.new, Reordered):
            parent = _walk(holder[""], change.path, old=True)
            order = [_index(parent, item, old=True) for item in change.new.order]
            parent[:] = [parent[index] for index in order]
    come = [one for one in changes if one.old is ABSENT]
    for change in sorted(come, key=lambda one: (len(one.path), one.at or 0)):
        parent = _walk(holder[""], change.path[:-1], old=False)
        if isinstance(parent, dict):
            parent[str(change.path[-1])] = change.new
        else:
            assert change.at is not None
            parent.insert(change.at, change.new)
    return holder[""]


def _set(holder: dict[str, Any], change: FieldChange) -> None:
    parent = _walk(holder[""], change.path[:-1], old=True)
    parent[_index(parent, change.path[-1], old=True)] = change.new


def _walk(node: Any, path: Any, *, old: bool) -> Any:
    for step in path:
        node = node[_index(node, step, old=old)]
    return node


def _index(node: Any, step: Any, *, old: bool) -> Any:
    if isinstance(step, Item):
        ((name, value),) = step.key
        return next(i for i, one in enumerate(node) if one[name] == value)
    if isinstance(step, Place):
        return step.old if old else step.new
    return step


@settings(deadline=None, max_examples=400)
@given(OBJECTS, OBJECTS)
def test_carrying_the_changes_out_gives_the_new_object(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    changes = compare(old, new, NO_SHAPE)
    assert as_json(applied(old, changes)) == as_json(new)
    assert bool(changes) == (as_json(old) != as_json(new))


@settings(deadline=None, max_examples=400)
@given(OBJECTS, OBJECTS)
def test_the_way_back_is_the_mirror(old: dict[str, Any], new: dict[str, Any]) -> None:
    back = [one.mirrored for one in compare(new, old, NO_SHAPE)]
    key = lambda one: repr((one.field, one))  # noqa: E731 # used twice, and short
    assert sorted(compare(old, new, NO_SHAPE), key=key) == sorted(back, key=key)


@settings(deadline=None)
@given(OBJECTS)
def test_the_order_of_keys_never_counts(data: dict[str, Any]) -> None:
    def turned(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: turned(node[key]) for key in reversed(node)}
        return [turned(one) for one in node] if isinstance(node, list) else node

    assert compare(data, turned(data), NO_SHAPE) == []
