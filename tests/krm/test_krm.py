"""`render krm` fed directly with what kustomize sends; e2e/test_krm.py runs it in kustomize."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from krm.resource_lists import OURS, Object, config, recorded, resource_list
from shop import shop
from support import TESTS, UNCHECKED, Repository, Result, read_txtar, write_tree

from renderer.kustomize.name_hash import split_hash
from renderer.yamldoc.reading import read_stream
from renderer.yamldoc.writing import write

_RUNTIME = re.compile(
    r"internal\.config\.kubernetes\.io/|config\.kubernetes\.io/(index|path)$|.*\.io/id$"
)

Call = Callable[..., Result]


def oracle_tree(repository: Repository, name: str) -> None:
    repository.write(read_txtar(TESTS / "oracle_trees" / f"{name}.txtar"))


def items_of(result: Result) -> list[Object]:
    assert result.code == 0, result.err
    (data,) = read_stream(result.out)
    assert isinstance(data, dict)
    assert (data["apiVersion"], data["kind"]) == ("config.kubernetes.io/v1", "ResourceList")
    return list(data["items"])  # type: ignore[arg-type] # a list, as kustomize will find too


def built(repository: Repository, source: str) -> list[Object]:
    return read_stream(repository.render("build", source).out)  # type: ignore[return-value] # objects


def runtime(item: Object) -> Object:
    """The annotations by which kustomize finds an object again."""
    found = item["metadata"].get("annotations", {})
    return {key: value for key, value in found.items() if _RUNTIME.match(key)}


def bare(item: Object) -> Object:
    """An object without them."""
    about = dict(item["metadata"])
    foreign = runtime(item)
    kept = {key: value for key, value in about.pop("annotations", {}).items() if key not in foreign}
    return {**item, "metadata": {**about, "annotations": kept} if kept else about}


def unhashed(objects: list[Object]) -> list[str]:
    """The objects as texts, sorted, with names that kustomize has not hashed yet."""
    texts = {one["metadata"]["name"]: split_hash(one) for one in objects}
    text = "\0".join(write(one) for one in objects)
    for name, stem in texts.items():
        if stem:
            text = text.replace(name, stem)
    return sorted(text.split("\0"))


def test_generator_gives_the_objects_of_build(repository: Repository, call: Call) -> None:
    repository.write(shop())
    repository.write({"wrapper/kustomization.yaml": "generators: [render.yaml]\n"})
    expected = built(repository, "overlays/a")
    asked = config("Render", cluster="a")
    assert items_of(call(resource_list(asked), "wrapper")) == expected
    # kustomize hands over the configuration itself as an object: it is none of the cluster's
    assert items_of(call(resource_list(asked, asked), "wrapper")) == expected
    by_source = config("Render", source="../overlays/a")
    assert items_of(call(resource_list(by_source), "wrapper")) == expected


def test_generator_under_transformers_loses_nothing(repository: Repository, call: Call) -> None:
    repository.write(shop())
    there = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "there"}}
    items = items_of(call(resource_list(config("Render", cluster="a"), there)))
    assert items == [there, *built(repository, "overlays/a")]


def test_generator_of_a_plain_kustomization(repository: Repository, call: Call) -> None:
    repository.write(shop())
    result = call(resource_list(config("Render", source="base")))
    assert items_of(result) == built(repository, "base")
    assert " sets the 2 parameters declared here: " in result.err


def test_generator_of_a_plain_kustomization_says_what_kustomize_does_not(
    repository: Repository, call: Call
) -> None:
    patch = "- {op: replace, path: /data/absent, value: x}"
    repository.write(
        {
            "web/kustomization.yaml": "resources: [settings.yaml]\npatches:\n"
            f"- target: {{kind: ConfigMap}}\n  patch: '{patch}'\n",
            "web/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
            "data: {LEVEL: info}\n",
        }
    )
    result = call(resource_list(config("Render", source="web")))
    assert items_of(result) == built(repository, "web")
    assert "ConfigMap a has no /data/absent, and kustomize adds it [absent-field]" in result.err


def test_transformer_keeps_what_kustomize_needs(repository: Repository, call: Call) -> None:
    oracle_tree(repository, "hashes")
    source = recorded("hashes", parameters={"host": "changed"})
    given_list: Any
    (given_list,) = read_stream(source)
    items = items_of(call(source))
    assert [*map(runtime, items)] == [*map(runtime, given_list["items"])]
    (changed,) = (one for one in items if one["metadata"]["name"] == "config")
    assert changed["data"]["HOST"] == "changed"


def test_declarations_are_used_once(repository: Repository, call: Call) -> None:
    """An outer Cluster, to which they come too, would write their defaults over the values."""
    oracle_tree(repository, "hashes")
    items = items_of(call(recorded("hashes", parameters={"host": "changed"})))
    patch = [{"op": "add", "path": "/data/MORE", "value": "1"}]
    patches = [{"target": {"kind": "ConfigMap", "name": "config"}, "patch": patch}]
    (outer,) = (
        one["data"]
        for one in items_of(call(resource_list(config("Cluster", patches=patches), *items)))
        if one["metadata"]["name"] == "config"
    )
    assert (outer["HOST"], outer["MORE"]) == ("changed", "1")
    again = call(resource_list(config("Cluster", parameters={"host": "again"}), *items))
    assert (again.code, again.out) == (1, "")
    assert "unknown parameter host" in again.err


@pytest.mark.parametrize(("value", "found"), [("true", "old"), ("", "old"), ("false", "new")])
def test_local_config_passes(value: str, found: str, repository: Repository, call: Call) -> None:
    """kustomize leaves it out of its output, so `render build` does not see it."""
    repository.write(shop())
    patch = [{"op": "replace", "path": "/data/a", "value": "new"}]
    asked = config("Cluster", patches=[{"target": {"kind": "ConfigMap"}, "patch": patch}])
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}}
    annotations = {"config.kubernetes.io/local-config": value}
    local = {**item, "metadata": {"name": "y", "annotations": annotations}, "data": {"a": "old"}}
    before, after = items_of(call(resource_list(asked, local, item)))
    assert before == {**local, "data": {"a": found}}
    assert after["data"] == {"a": "new"}


def test_what_is_generated_is_final(repository: Repository, call: Call) -> None:
    """kustomize would hash and merge what carries its orders."""
    orders = {
        "kustomize.config.k8s.io/needs-hash": "true",
        "kustomize.config.k8s.io/behavior": "merge",
    }
    about = {"name": "x", "namespace": "shop", "annotations": {**orders, "other": "kept"}}
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {"a": "1"}}
    repository.write({**shop(), "overlays/a/x.json": json.dumps(item)})
    repository.write({"overlays/a/kustomization.yaml": "resources: [../../base, x.json]\n"})
    for spec in ({"cluster": "a"}, {"source": "overlays/a"}):
        items = items_of(call(resource_list(config("Render", **spec))))
        (found,) = (one for one in items if one["metadata"]["name"] == "x")
        assert found["metadata"]["annotations"] == {"other": "kept"}


def test_patch_of_all_annotations_keeps_what_kustomize_needs(
    repository: Repository, call: Call
) -> None:
    oracle_tree(repository, "hashes")
    patch = [{"op": "add", "path": "/metadata/annotations", "value": {"mine": "1"}}]
    patches = [{"target": {"kind": "ConfigMap", "name": "config"}, "patch": patch}]
    items = items_of(call(recorded("hashes", parameters={"host": "h"}, patches=patches)))
    (changed,) = (one for one in items if one["metadata"]["name"] == "config")
    annotations = changed["metadata"]["annotations"]
    assert annotations["mine"] == "1"
    assert annotations["internal.config.kubernetes.io/needsHashSuffix"] == "enabled"


def test_what_kustomize_adds_is_no_field_to_patch(repository: Repository, call: Call) -> None:
    """As in `render build`, where the object has no annotations."""
    oracle_tree(repository, "hashes")
    patch = [{"op": "remove", "path": "/metadata/annotations/config.k8s.io~1id"}]
    patches = [{"target": {"kind": "Deployment"}, "patch": patch}]
    result = call(recorded("hashes", parameters={"host": "h"}, patches=patches))
    assert (result.code, result.out) == (1, "")
    assert "Cluster a /spec/patches/0/patch/0: error: /metadata/annotations is not" in result.err


def test_other_annotations_pass(repository: Repository, call: Call) -> None:
    repository.write(shop())
    annotations = {"config.kubernetes.io/path": "x.yaml", "other.example.com/plugin": "kept"}
    about = {"name": "x", "annotations": annotations, "labels": {"renderer.gitops/skipped": "$(x)"}}
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about}
    (result,) = items_of(call(resource_list(config("Cluster"), item)))
    assert result["metadata"] == {"name": "x", "annotations": annotations}


def test_rest_of_the_list_passes(repository: Repository, call: Call) -> None:
    repository.write(shop())
    before = [{"message": "of another function"}]
    result = call(resource_list(config("Render", cluster="a"), results=before))
    (data,) = read_stream(result.out)
    assert isinstance(data, dict)
    assert data["results"] == before
    assert data["functionConfig"] == config("Render", cluster="a")


def test_patch_files_are_relative_to_the_kustomization(repository: Repository, call: Call) -> None:
    oracle_tree(repository, "operations")
    text = "- {op: replace, path: /spec/none, value: 1}\n"
    repository.write({"wrapper/patch.yaml": text, "wrapper/kustomization.yaml": ""})
    patches = [{"target": {"kind": "Thing"}, "path": "patch.yaml"}]
    source = recorded("operations", patches=patches)
    assert [one["spec"]["none"] for one in items_of(call(source, "wrapper"))] == [1]
    assert call(source).code == 1


def test_silent_skip_is_warned_of(repository: Repository, call: Call) -> None:
    """Also where a placeholder shows it to people: an API server takes that."""
    repository.write(shop())
    parameters = yaml.safe_load(repository.files()["base/parameters.yaml"])
    about: Object = {"name": "web"}
    env = [{"name": "HOST", "value": "$(web.host)"}]
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"name": "web", "env": env}]}}}
    item = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec}
    asked = config("Cluster", parameters={"web.host": "h"})
    repository.write({"render.toml": UNCHECKED})
    result = call(resource_list(asked, parameters, item))
    assert "or render check, that this function was skipped [silent-skip]" in result.err
    assert "$(web.host)" not in write(items_of(result)[0])
    about["labels"] = {"renderer.gitops/skipped": "$(skipped)"}
    marked = call(resource_list(asked, parameters, item))
    assert (marked.err, marked.out.count("skipped")) == ("", 0)


_NAMES_BY_CONTENT = {
    "embed": {"annotations": {"renderer.gitops/embed": "map/key"}},
    "name-hash": {"annotations": {"renderer.gitops/name-hash": "true"}},
}


@pytest.mark.parametrize("case", [*_NAMES_BY_CONTENT])
def test_names_by_content_are_refused(case: str, repository: Repository, call: Call) -> None:
    repository.write(shop())
    about = {"name": "x", **_NAMES_BY_CONTENT[case]}
    item = {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": {}}
    result = call(resource_list(config("Cluster"), item))
    assert (result.code, result.out) == (1, "")
    assert "[needs-generator]\n  in Pod x\n  hint: use the generator" in result.err


def test_final_hash_is_not_left_wrong(repository: Repository, call: Call) -> None:
    """A ConfigMap that another generator has named by its content, and that a patch changes."""
    oracle_tree(repository, "hashes")
    (item,) = (
        one
        for one in built(repository, "overlays/untouched")
        if one["metadata"]["name"].startswith("config-more-")
    )
    patch = [{"op": "add", "path": "/data/NEW", "value": "1"}]
    patches = [{"target": {"kind": "ConfigMap", "name": "config-more"}, "patch": patch}]
    result = call(resource_list(config("Cluster", patches=patches), item))
    assert (result.code, result.out) == (1, "")
    assert "its name ends with the hash of its content, which has changed" in result.err


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=40)
_KEYS = st.sampled_from(["a", "b", "c/d", "e~f", "10", "é", "with space"])
_VALUES = st.recursive(
    st.one_of(_TEXT, st.booleans(), st.none(), st.integers(-(2**53), 2**53)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)


def _add(*steps: str, value: Any) -> Object:
    path = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return {"op": "add", "path": path, "value": value}


@settings(max_examples=30)
@given(
    host=_TEXT,
    password=st.none() | _TEXT,
    data=st.dictionaries(_KEYS, _TEXT, max_size=4),
    fields=st.dictionaries(_KEYS, _VALUES, max_size=4),
    annotations=st.none() | st.dictionaries(_KEYS, _TEXT, max_size=3),
)
def test_transformer_equals_build(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    password: str | None,
    data: dict[str, str],
    fields: dict[str, Any],
    annotations: dict[str, str] | None,
) -> None:
    patches = [_add("data", key, value=text) for key, text in data.items()]
    workload = [_add("spec", key, value=value) for key, value in fields.items()]
    if annotations is not None:
        workload.append(_add("metadata", "annotations", value=annotations))
    spec = {
        "parameters": {"host": host, **({"password": password} if password else {})},
        "patches": [
            {"target": {"kind": kind, "name": name}, "patch": patch}
            for kind, name, patch in (
                ("ConfigMap", "config", patches),
                ("Deployment|CronJob", "", workload),
            )
            if patch
        ],
    }
    files = read_txtar(TESTS / "oracle_trees" / "hashes.txtar")
    files = {path: text for path, text in files.items() if not path.startswith("overlays/")}
    files["overlays/a/kustomization.yaml"] = "resources: [../../base]\n"
    files["overlays/a/cluster.yaml"] = json.dumps(config("Cluster", **spec), ensure_ascii=False)
    path = tmp_path_factory.mktemp("generated")
    write_tree(path, {**files, "render.toml": UNCHECKED})
    repository = Repository(path)
    source = recorded("hashes", **spec)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source)))
    items = [one for one in items_of(repository.run("krm")) if one["apiVersion"] != OURS]
    assert sorted(write(bare(one)) for one in items) == unhashed(built(repository, "overlays/a"))


@pytest.mark.parametrize("spec", [{"namePrefix": "second-"}, {"namespaces": {"shop": "b"}}])
def test_transformer_cannot_name_objects(spec: Object, repository: Repository, call: Call) -> None:
    oracle_tree(repository, "hashes")
    refused = call(recorded("hashes", parameters={"host": "h"}, **spec))
    assert (refused.code, refused.out) == (1, "")
    assert "kustomize makes them afterwards [needs-generator]" in refused.err
