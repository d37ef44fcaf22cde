"""Operations are RFC 6902's, as jsonpatch understands them; selections are kustomize's."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from patching.generated import DOCUMENTS, manifest_of, operation_of, operations

from renderer.errors import RenderError
from renderer.kustomize.engine import build
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import find_engine
from renderer.patching.draft import Draft
from renderer.patching.operations import Operation, OperationError, same
from renderer.patching.pointing import PointerError, parse_pointer
from renderer.patching.selecting import Select


def _theirs(document: Any, operation: dict[str, Any]) -> Any:
    """jsonpatch's result; None where it refuses."""
    try:
        return jsonpatch.JsonPatch([operation]).apply(deepcopy(document))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError):
        return None


def _is_stricter(document: Any, operation: dict[str, Any]) -> bool:
    """Where we refuse on purpose and jsonpatch does not: see the tests below."""
    if operation["op"] == "test":
        found = jsonpatch.JsonPointer(operation["path"]).get(document, None)
        return not same(found, operation["value"])  # Python says that 1 equals true and 1.0
    return False


@settings(max_examples=600)
@given(st.data())
def test_operations_are_those_of_jsonpatch(data: st.DataObject) -> None:
    document = data.draw(DOCUMENTS)
    draft = Draft(manifest_of(document))
    before = deepcopy(document)
    for _ in range(data.draw(st.integers(1, 5))):
        current = deepcopy(draft.data)
        operation = data.draw(operations(current))
        expected = _theirs(current, operation)
        try:
            changed = draft.apply(operation_of(operation))
        except (PointerError, OperationError):
            assert expected is None or _is_stricter(current, operation), operation
            assert same(draft.data, current), "a refused operation must change nothing"
        else:
            assert expected is not None, operation
            assert same(draft.data, expected), operation
            if operation["op"] != "test":
                assert changed or same(current, expected), operation
    assert same(document, before), "the base manifest must never change"


@settings(max_examples=300)
@given(st.data())
def test_unchanged_subtrees_are_shared(data: st.DataObject) -> None:
    """Writing hundreds of clusters from one stack is fast because only the way is copied."""
    document: dict[str, Any] = {
        "kept": data.draw(DOCUMENTS),
        "list": [{}, {"x": {}}],
        **data.draw(DOCUMENTS),
    }
    draft = Draft(manifest_of(document))
    draft.apply(Operation("replace", parse_pointer("/list/1/x"), value=[1]))
    assert draft.data["kept"] is document["kept"]
    assert draft.data["list"][0] is document["list"][0]
    for key in document.keys() - {"list"}:
        assert draft.data[key] is document[key]
    assert draft.is_changed


def test_a_written_value_is_a_copy() -> None:
    """One patch is applied to many manifests, and a later one may reach into its value."""
    value = {"inner": [1]}
    drafts = [Draft(manifest_of({"a": 1})) for _ in range(2)]
    for draft in drafts:
        draft.apply(Operation("replace", parse_pointer("/a"), value=value))
    drafts[0].apply(Operation("add", parse_pointer("/a/inner/-"), value=2))
    assert drafts[0].data == {"a": {"inner": [1, 2]}}
    assert drafts[1].data == {"a": {"inner": [1]}}
    assert value == {"inner": [1]}
    drafts[0].apply(Operation("copy", parse_pointer("/b"), source=parse_pointer("/a")))
    drafts[0].apply(Operation("remove", parse_pointer("/b/inner/0")))
    assert drafts[0].data == {"a": {"inner": [1, 2]}, "b": {"inner": [2]}}


_CONTAINERS = {
    "c": [{"name": "a"}, {"name": "git-sync", "x": {"y": 1}}, {"name": "a"}],
    "m": {"list": [1]},
}


@pytest.mark.parametrize(
    ("op", "path", "message"),
    [
        ("replace", "/d", "/d is not there"),
        ("replace", "/c/3", "/c/3 is not there: the list has 3 items"),
        ("replace", "/c/-", "/c is a list, and '-' is not a place in it"),
        ("remove", "/c/-", "/c is a list, and '-' is not a place in it"),
        ("remove", "/m/a", "/m/a is not there"),
        ("add", "/c/4", "/c/4 is not there: the list has 3 items"),
        ("add", "/c/01", "/c is a list, and '01' is not a place in it"),
        ("add", "/c/-1", "/c is a list, and '-1' is not a place in it"),
        ("add", "/x/y", "/x is not there"),
        ("add", "/m/list/2", "/m/list/2 is not there: the list has 1 item"),
        ("replace", "/c/[name=a]/x", "/c/[name=a] means 2 items"),
        ("replace", "/c/[name=b]/x", "/c/[name=b] is not there"),
        ("replace", "/c/[name=git-sync]/x/y/z", "/c/1/x/y is a number, so it has no field z"),
        ("replace", "/m/[name=a]", "/m is a mapping, not a list: [name=a]"),
        ("replace", "/c/name", "/c is a list, and 'name' is not a place in it"),
    ],
)
def test_refusals(op: str, path: str, message: str) -> None:
    draft = Draft(manifest_of(_CONTAINERS))
    with pytest.raises((PointerError, OperationError)) as caught:
        draft.apply(Operation(op, parse_pointer(path), value=1))
    assert str(caught.value) == message
    assert draft.data is _CONTAINERS


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "the path '' does not begin with a slash"),
        ("spec", "the path 'spec' does not begin with a slash"),
        ("/a~2b", "'a~2b' holds a ~ that is neither ~0 nor ~1"),
        ("/a~", "'a~' holds a ~ that is neither ~0 nor ~1"),
    ],
)
def test_bad_pointers(path: str, message: str) -> None:
    with pytest.raises(PointerError) as caught:
        parse_pointer(path)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("/[name=git-sync]/x/y", {"name": "git-sync", "x": {"y": 5}}),
        ("/[port=8080]/x/y", {"port": 8080, "x": {"y": 5}}),
        ("/[on=true]/x/y", {"on": True, "x": {"y": 5}}),
        ("/[name=a=b]/x/y", {"name": "a=b", "x": {"y": 5}}),
        ("/[name=c~1d]/x/y", {"name": "c/d", "x": {"y": 5}}),
        ("/[name=]/x/y", {"name": "", "x": {"y": 5}}),
    ],
)
def test_items_by_key(steps: str, expected: dict[str, Any]) -> None:
    items = [{"x": {"y": 0}}, {**expected, "x": {"y": 4}}, "text", None]
    draft = Draft(manifest_of({"list": items}))
    draft.apply(Operation("replace", parse_pointer(f"/list{steps}"), value=5))
    assert draft.data["list"][1] == expected


def test_a_key_with_brackets_is_not_a_step_by_key() -> None:
    draft = Draft(manifest_of({"[a]": 1, "b": {"[c]": 2}}))
    draft.apply(Operation("replace", parse_pointer("/b/[c]"), value=3))
    assert draft.data["b"] == {"[c]": 3}


@pytest.mark.parametrize(
    ("value", "there"),
    [(True, "a number"), (1.0, "another number"), ("1", "a number"), (None, "a number")],
)
def test_a_test_tells_types_apart(value: Any, there: str) -> None:
    draft = Draft(manifest_of({"a": 1}))
    with pytest.raises(OperationError, match=f"test failed: /a is {there}"):
        draft.apply(Operation("test", parse_pointer("/a"), value=value))


_LABELS: list[dict[str, str]] = [
    {},
    {"app": "web"},
    {"app": "web", "tier": "front"},
    {"app": "db", "tier": ""},
    {"app.kubernetes.io/name": "web", "n": "5"},
    {"n": "10", "app": "Web"},
    {"n": "-1", "tier": "front"},
    {"n": "x", "in": "notin"},
]
_KEY = st.sampled_from(["app", "tier", "n", "app.kubernetes.io/name", "in", "absent"])
_WORD = st.sampled_from(["web", "db", "front", "", "5", "notin", "Web"])
_SPACE = st.sampled_from(["", " ", "  "])
_REQUIREMENTS = st.one_of(
    st.builds("{1}{0}{1}{2}{1}{3}".format, _KEY, _SPACE, st.sampled_from(["=", "==", "!="]), _WORD),
    st.builds(
        lambda key, op, values, gap: f"{key} {op} ({gap}{f'{gap},{gap}'.join(values)}{gap})",
        _KEY,
        st.sampled_from(["in", "notin"]),
        st.lists(_WORD.filter(bool), min_size=1, max_size=3),
        _SPACE,
    ),
    st.builds("{}{}{}".format, st.sampled_from(["", "!"]), _SPACE, _KEY),
    st.builds("{0}{1}{2}{1}{3}".format, _KEY, _SPACE, st.sampled_from("<>"), st.integers(0, 11)),
)
_SELECTORS = st.lists(_REQUIREMENTS, min_size=1, max_size=3).map(",".join)


def _marked(directory: Path, objects: list[dict[str, Any]], targets: list[dict[str, str]]) -> Any:
    """The places of the targets that select each object, as kustomize says."""
    patches = [
        {"target": target, "patch": f'[{{"op": "add", "path": "/hit{place}", "value": 1}}]'}
        for place, target in enumerate(targets)
    ]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "all.yaml").write_text(yaml.safe_dump_all(objects))
    order = {"order": "fifo"}
    content = {"resources": ["all.yaml"], "patches": patches, "sortOptions": order}
    (directory / "kustomization.yaml").write_text(json.dumps(content))
    text = build(find_engine(None), str(directory), Policy(str(directory))).text
    return [
        {int(key[3:]) for key in data if key.startswith("hit")} for data in yaml.safe_load_all(text)
    ]


@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(_SELECTORS, min_size=25, max_size=25))
def test_label_selectors_are_those_of_kustomize(
    tmp_path_factory: pytest.TempPathFactory, selectors: list[str]
) -> None:
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"m{place}", "labels": labels, "annotations": labels},
        }
        for place, labels in enumerate(_LABELS)
    ]
    targets = [
        {("labelSelector", "annotationSelector")[place % 2]: text}
        for place, text in enumerate(selectors)
    ]
    selects = [
        Select(label_selector=text) if place % 2 == 0 else Select(annotation_selector=text)
        for place, text in enumerate(selectors)
    ]
    expected = _marked(tmp_path_factory.mktemp("labels"), objects, targets)
    for data, hits in zip(objects, expected, strict=True):
        ours = {place for place, one in enumerate(selects) if one.matches(manifest_of(data))}
        assert ours == hits, [selectors[place] for place in ours ^ hits]


_OBJECTS = [
    ("v1", "ConfigMap", "a", "one"),
    ("v1", "ConfigMap", "b", None),
    ("v1", "ConfigMap", "a-b", "default"),
    ("v1", "Namespace", "one", None),
    ("apps/v1", "Deployment", "a", "one"),
    ("apps/v1beta1", "Deployment", "old", "one"),
    ("example.com/v1", "Thing", "a", None),
    ("example.com/v1", "Thing", "b", "one"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "system:a", None),
    ("rbac.authorization.k8s.io/v1", "Role", "a.b", "two"),
]
_TARGETS = [
    {"kind": "ConfigMap"},
    {"kind": "Config.*"},
    {"kind": "Config"},
    {"name": "a"},
    {"name": "a|b"},
    {"name": "a.b"},
    {"name": "^a$"},
    {"name": "a.*"},
    {"name": "^(a|b)"},
    {"namespace": "one"},
    {"namespace": "default"},
    {"namespace": "one|two"},
    {"namespace": "_non_namespaceable_"},
    {"namespace": ".+", "kind": "Thing"},
    {"group": "apps"},
    {"group": "", "kind": "Namespace"},
    {"group": "example.com", "version": "v1"},
    {"version": "v1"},
    {"version": "v1.*"},
    {"group": ".*k8s.*"},
    {"kind": "(?i)configmap"},
    {"name": "system:a"},
    {"name": "(?i)A-B"},
    {"kind": "ConfigMap", "name": ""},
]


def test_targets_are_those_of_kustomize(tmp_path: Path) -> None:
    objects = []
    for api_version, kind, name, namespace in _OBJECTS:
        about = {"name": name, **({"namespace": namespace} if namespace else {})}
        objects.append({"apiVersion": api_version, "kind": kind, "metadata": about})
    expected = _marked(tmp_path, objects, _TARGETS)
    selects = [Select(**target) for target in _TARGETS]
    actual = [
        {place for place, one in enumerate(selects) if one.matches(manifest_of(data))}
        for data in objects
    ]
    assert actual == expected


@pytest.mark.parametrize(
    "selector",
    [
        "a=b=c",
        "a in b",
        "a in (b",
        "=b",
        "a,,b",
        "a b",
        "a in ()x",
        "!",
        "a>b",
        "a>-1",
        "-a",
        "a=b c",
        "a~b",
    ],
)
def test_both_refuse_a_bad_selector(selector: str, tmp_path: Path) -> None:
    assert [*Select(label_selector=selector).problems()]
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    with pytest.raises(RenderError):
        _marked(tmp_path, [data], [{"labelSelector": selector}])
