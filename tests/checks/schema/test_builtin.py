"""Manifests of Kubernetes' own kinds against their schemas."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import PROJECT

from checks.schema.samples import DEPLOYMENT, check, manifest, of
from renderer.checks import KUBERNETES
from renderer.checks.schema import Schemas
from renderer.checks.schema.definitions import definitions_of
from renderer.patching.draft import Draft
from renderer.patching.operations import Operation
from renderer.patching.pointing import format_path, parse_pointer
from renderer.yamldoc.reading import read_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kubernetes.manifests import Manifest

INVALID = "invalid-manifest"
UNKNOWN = "unknown-manifest-field"
CONTAINER = "/spec/template/spec/containers/0"


def changed(old: str, new: str) -> str:
    assert old in DEPLOYMENT
    return DEPLOYMENT.replace(old, new)


@pytest.mark.parametrize("minor", KUBERNETES)
def test_the_committed_trees_are_fine(minor: str) -> None:
    schemas = Schemas(minor)
    count = 0
    for path in (PROJECT / "clusters").rglob("*.yaml"):
        for document in read_documents(path.read_bytes()):
            count += 1
            assert schemas.check(of(document.data)) == []
    assert count > 100


def test_an_unknown_field_and_the_nearest_name() -> None:
    text = changed("  replicas: 2", "  replica: 2")
    hint = "did you mean replicas?"
    assert check(text) == [(UNKNOWN, "/spec/replica", "unknown field replica", hint)]


@pytest.mark.parametrize(
    ("old", "new", "field", "message", "hint"),
    [
        ("replicas: 2", "replicas: '2'", "/replicas", "this is a string, not an integer", "take"),
        ("replicas: 2", "replicas: 2.5", "/replicas", "this is a number, not an integer", ""),
        ("replicas: 2", "replicas: {}", "/replicas", "this is a mapping, not an integer", ""),
        ("replicas: 2", "replicas: -1", "/replicas", "this number must be at least 0", ""),
        ("replicas: 2", "replicas: 3000000000", "/replicas", "the number does not fit", ""),
        ('"true"', "true", "/env/0/value", "this is a boolean, not a string", "put it in quotes"),
        ("500m", "half", "/resources/limits/cpu", "a quantity is a number with a suffix", ""),
        ("Always", "always", "/imagePullPolicy", "this value is none of Always", "did you mean Al"),
        (", containerPort: 8080", "", "/ports/0", "the required field containerPort is", "add con"),
        ("8080", "80800", "/ports/0/containerPort", "this number must be between 1 and 65535", ""),
        (
            "labels: {app: web}\ns",
            "labels: {app: -}\ns",
            "/labels/app",
            "a label value is lett",
            "",
        ),
        ("name: web\n  labels", "name: Web\n  labels", "/metadata/name", "a name here is low", ""),
    ],
)
def test_an_invalid_value(old: str, new: str, field: str, message: str, hint: str) -> None:
    ((rule, where, what, how),) = check(changed(old, new))
    assert rule == INVALID
    assert where.endswith(field)
    assert what.startswith(message)
    assert how.startswith(hint)
    assert bool(how) is bool(hint)


def test_null_is_as_good_as_nothing() -> None:
    assert check(changed("replicas: 2", "replicas: null")) == []
    assert check(changed("  labels: {app: web}\nspec", "  creationTimestamp: null\nspec")) == []
    ((_, field, message, _),) = check(
        changed("selector:\n    matchLabels: {app: web}", "selector: null")
    )
    assert (field, message) == ("/spec", "the required field selector is missing")


def test_a_key_that_stands_twice() -> None:
    text = changed(
        "containerPort: 8080}",
        "containerPort: 8080}\n        - {name: other, containerPort: 8080, protocol: TCP}",
    )
    ((rule, field, message, _),) = check(text)
    assert (rule, field) == (INVALID, f"{CONTAINER}/ports/1")
    assert message == "this containerPort and protocol is also in item 0 of the list"


def test_null_in_a_list_is_an_item_without_fields() -> None:
    text = changed("      - name: web\n", "      - null\n      - name: web\n")
    ((_, field, message, _),) = check(text)
    assert (field, message) == (CONTAINER, "null is not a mapping")
    text = DEPLOYMENT.replace("        env:", "        args: [null]\n        env:")
    assert check(text) == []


def test_status_is_dropped_but_must_be_readable() -> None:
    assert check(f"{DEPLOYMENT}status: {{conditions: [{{}}]}}") == []
    ((rule, field, *_),) = check(f"{DEPLOYMENT}status: {{replicas: many}}")
    assert (rule, field) == (INVALID, "/status/replicas")
    ((rule, field, *_),) = check(f"{DEPLOYMENT}status: {{replica: 1}}")
    assert (rule, field) == (UNKNOWN, "/status/replica")


@pytest.mark.parametrize(
    ("version", "kind", "hint"),
    [
        ("extensions/v1beta1", "Ingress", "use apiVersion: networking.k8s.io/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", "use apiVersion: policy/v1"),
        ("batch/v1beta1", "CronJob", "use apiVersion: batch/v1"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "use apiVersion: autoscaling/v2"),
        ("policy/v1beta1", "PodSecurityPolicy", "label the namespaces for Pod Security instead"),
        ("apps/v1", "Deploymint", "did you mean Deployment?"),
        ("v1", "Deployment", "use apiVersion: apps/v1"),
    ],
)  # fmt: skip
def test_a_version_that_is_not_served(version: str, kind: str, hint: str) -> None:
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{anything: 1}}"
    message = f"Kubernetes 1.36 does not serve {version} {kind}"
    assert check(text) == [("unserved-version", "/apiVersion", message, hint)]


@pytest.mark.parametrize(
    "version", ["kustomize.config.k8s.io/v1beta1", "example.com/v1", "snapshot.storage.k8s.io/v1"]
)
def test_nothing_is_said_about_unknown_groups(version: str) -> None:
    assert check(f"apiVersion: {version}\nkind: Thing\nmetadata: {{name: a}}\nx: 1") == []


def test_a_minor_version_is_chosen() -> None:
    text = "apiVersion: scheduling.k8s.io/v1alpha2\nkind: Workload\nmetadata: {name: a}\nspec: {}"
    assert "unserved-version" in {rule for rule, *_ in check(text, Schemas("1.34"))}
    assert "unserved-version" not in {rule for rule, *_ in check(text, Schemas("1.36"))}


def test_encrypted_values_are_not_judged() -> None:
    text = """\
apiVersion: v1
kind: Secret
metadata: {name: a}
data: {password: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}
sops: {mac: "ENC[x]", version: 3.9.0}
"""
    assert check(text) == []
    assert [field for _, field, *_ in check(text.replace("\ndata:", "\ndato:"))] == ["/dato"]


CANARY = "c4n4ry"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(CANARY),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, JSON, JSON, st.sampled_from(["data", "stringData", "type", "immutable"]))
def test_no_value_of_a_secret_is_printed(one: Any, other: Any, third: Any, field: str) -> None:
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    data |= {"data": {"a": one, "b": CANARY}, "stringData": {"a": other}, field: third}
    for finding in Schemas().check(of(data)):
        assert CANARY not in finding.message + finding.hint


KINDS = [
    (version, kind) for version, kinds in definitions_of("1.36").served.items() for kind in kinds
]


@given(st.sampled_from(KINDS), st.data())
def test_any_value_anywhere_has_a_verdict(kind: tuple[str, str], data: st.DataObject) -> None:
    """No value of JSON makes the check fail, and the object stays as it was."""
    fields = definitions_of("1.36")[definitions_of("1.36").served[kind[0]][kind[1]]]["properties"]
    names = st.sampled_from(sorted(fields)) | st.text(max_size=3)
    value = {**data.draw(st.dictionaries(names, JSON, max_size=4)), "metadata": {"name": "a"}}
    value |= {"apiVersion": kind[0], "kind": kind[1]}
    before = json.dumps(value)
    Schemas().check(of(value))
    assert json.dumps(value) == before


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(child, (dict, list)):
            yield from _paths(child, (*path, key))


def _mappings(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if isinstance(value, dict) else []
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(child, (dict, list)):
            found += _mappings(child, (*path, key))
    return found


@given(st.data())
def test_an_unknown_field_is_found_wherever_it_is(data: st.DataObject) -> None:
    original = manifest(DEPLOYMENT).data
    free = ("labels", "matchLabels", "limits")
    places = [one for one in _mappings(original) if not (one and one[-1] in free)]
    place = data.draw(st.sampled_from(places))
    value = copy.deepcopy(original)
    container: Any = value
    for step in place:
        container = container[step]
    container["zzz"] = data.draw(JSON)
    (finding,) = Schemas().check(of(value))
    assert (finding.rule, finding.field) == (UNKNOWN, format_path((*place, "zzz")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replicas"), "two"),
        (("spec", "template", "spec", "containers", 0, "imag"), "x"),
        (("spec", "template", "spec", "containers", 0, "ports"), [{}]),
        (("spec", "template", "spec", "containers"), None),
        (("spec", "selector"), None),
        (("metadata", "labels"), {"-": "x"}),
    ],
)
def test_what_is_known_of_a_manifest_changes_no_verdict(path: tuple[Any, ...], value: Any) -> None:
    """The draft shares all but the way to its change with the manifest that was looked at."""
    base = manifest(DEPLOYMENT)
    draft = Draft(base)
    draft.put(path, value)
    touched = base._replace(data=draft.data)
    schemas = Schemas()
    for _ in range(2):
        assert schemas.check(touched, base) == Schemas().check(touched) != []
    assert schemas.check(base, base) == []


def _damaged(base: Manifest, data: st.DataObject) -> Manifest:
    draft = Draft(base)
    for _ in range(data.draw(st.integers(0, 3))):
        paths = [*_paths(draft.data)]
        path = data.draw(st.sampled_from(paths))
        match data.draw(st.sampled_from(["put", "drop", "add", "remove"])):
            case "put":
                draft.put(path, data.draw(JSON))
            case "drop" if isinstance(path[-1], str):
                draft.drop(path)
            case "add" if isinstance(path[-1], int):
                draft.apply(
                    Operation("add", parse_pointer(format_path(path)), value=data.draw(JSON))
                )
            case "remove" if isinstance(path[-1], int):
                draft.apply(Operation("remove", parse_pointer(format_path(path))))
    return base._replace(data=draft.data)


@given(st.data())
def test_what_is_shared_with_a_base_changes_no_verdict(data: st.DataObject) -> None:
    """Also where the base itself is wrong, which then may be so in what they share."""
    base = _damaged(manifest(DEPLOYMENT), data)
    touched = _damaged(base, data)
    assert Schemas().check(touched, base) == Schemas().check(touched)
