"""What kustomize does with patches without a word: what is said of it, and what is not."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import PROJECT, Files, write_tree

from renderer.cache import Cache
from renderer.findings import Finding
from renderer.kustomize.closure import ClosureReader, Policy
from renderer.kustomize.engine import build
from renderer.kustomize.program import Engine
from renderer.kustomize.silent import reading
from renderer.kustomize.silent.reading import SilentReader

K = "overlays/a/kustomization.yaml"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  paused: false
  template:
    spec:
      containers:
      - {name: web, image: web}
      - {name: proxy, image: proxy, tty: true}
"""
APP = """\
apiVersion: example.com/v1
kind: App
metadata: {name: web}
spec:
  parts:
  - {name: main, image: main, size: 1}
  - {name: proxy, image: proxy}
  hosts: [a, b]
"""
SHORT = "apiVersion: example.com/v1\nkind: App\nmetadata: {name: web}\n"
MAIN = SHORT + "spec: {parts: [{name: main, image: two}]}\n"


def definition(more: str) -> dict[str, Any]:
    """The definition of App, with what it says of its list of parts."""
    parts = {"type": "array", **json.loads(more)}
    schema = {"properties": {"spec": {"properties": {"parts": parts}}}}
    version = {"name": "v1", "schema": {"openAPIV3Schema": schema}}
    return {"spec": {"versions": [version]}}


def look(repository: str, *definitions: dict[str, Any]) -> list[Finding]:
    """What is found in overlays/a, whatever is kept."""
    policy = Policy(repository)
    closure = ClosureReader(policy, None).read(f"{repository}/overlays/a")
    return [*SilentReader(policy, None, lambda _: [*definitions]).look(closure).findings]


def kustomization(*patches: dict[str, Any], **others: Any) -> str:
    return json.dumps({"resources": ["web.yaml", "app.yaml"], "patches": [*patches], **others})


def replace(path: str, *, name: str = "web", more: str = "") -> dict[str, Any]:
    text = f"- {{op: replace, path: {path}, value: 1}}\n{more}"
    return {"target": {"kind": "Deployment", "name": name}, "patch": text}


def said(files: Files) -> list[str]:
    full = {"overlays/a/web.yaml": WEB, "overlays/a/app.yaml": APP, **files}
    with tempfile.TemporaryDirectory() as directory:
        return [one.message for one in look(write_tree(f"{directory}/repository", full))]


REPLICA = "Deployment web has no /spec/replica, and kustomize adds it"
CONTAINER = "/spec/template/spec/containers"


@pytest.mark.parametrize(
    ("kustomize", "expected"),
    [
        pytest.param(kustomization(replace("/spec/replica")), [REPLICA], id="typo"),
        pytest.param(kustomization(replace("/spec/replica", name="w.*")), [REPLICA], id="pattern"),
        pytest.param(
            kustomization(replace("/spec/replica"), namePrefix="a-", images=[{"name": "web"}]),
            [REPLICA],
            id="nothing-else-adds-it",
        ),
        pytest.param(
            kustomization(replace(f"{CONTAINER}/0/stdin")),
            [f"Deployment web has no {CONTAINER}/0/stdin, and kustomize adds it"],
            id="in-a-list",
        ),
        pytest.param(kustomization(replace("/spec/paused")), [], id="it-is-there"),
        pytest.param(kustomization(replace(f"{CONTAINER}/0/tty")), [], id="in-another-item"),
        pytest.param(kustomization(replace("/spec/a/b")), [], id="its-parent-is-not-there"),
        pytest.param(kustomization(replace("/metadata/labels")), [], id="kustomize-makes-it"),
        pytest.param(
            kustomization(replace("/spec/replicas"), replicas=[{"name": "web", "count": 2}]),
            [],
            id="replicas",
        ),
        pytest.param(
            kustomization(
                replace("/spec/replica", more="- {op: add, path: /spec/replica, value: 2}")
            ),
            [],
            id="same-patch-adds-it",
        ),
        pytest.param(
            kustomization({"patch": WEB.replace("paused", "replica")}, replace("/spec/replica")),
            [],
            id="another-patch-adds-it",
        ),
        pytest.param(
            kustomization(
                replace("/spec/replica", more="- {op: copy, from: /metadata, path: /spec/a}")
            ),
            [],
            id="something-is-copied",
        ),
        pytest.param(
            kustomization(replace("/spec/replica", name="\\p{Greek}|web")), [], id="unclear-pattern"
        ),
        pytest.param(kustomization(replace("/spec/replica", name="wbe")), [], id="no-object"),
        pytest.param(
            kustomization(replace("/spec/replica"), transformers=["prefix.yaml"]),
            [REPLICA],
            id="a-transformer",
        ),
        pytest.param(
            kustomization(replace("/spec/replica"), transformers=["value.yaml"]),
            [],
            id="a-transformer-that-adds-it",
        ),
        pytest.param(
            kustomization(replace("/spec/replica"), configurations=["images.yaml"]),
            [REPLICA],
            id="a-configuration",
        ),
        pytest.param(
            kustomization(replace("/spec/replica"), configurations=["labels.yaml"]),
            [],
            id="a-configuration-that-adds-it",
        ),
        pytest.param(
            kustomization(transformers=["patch.yaml"]), [REPLICA], id="a-patch-transformer"
        ),
    ],
)  # fmt: skip
def test_a_replace_of_what_is_not_there(kustomize: str, expected: list[str]) -> None:
    head = "apiVersion: builtin\nmetadata: {name: a}\n"
    plugins = {
        "overlays/a/prefix.yaml": f"{head}kind: PrefixTransformer\nprefix: a-\n",
        "overlays/a/value.yaml": f"{head}kind: ValueAddTransformer\ntargetFilePath: web.yaml\n"
        "targets: [{fieldPath: spec/replica}]\n",
        "overlays/a/patch.yaml": f"{head}kind: PatchTransformer\n"
        "target: {kind: Deployment}\npatch: '- {op: replace, path: /spec/replica, value: 2}'\n",
    }
    configurations = {
        "overlays/a/images.yaml": "images: [{path: spec/image}]\n",
        "overlays/a/labels.yaml": "commonLabels: [{path: spec/replica/labels, create: true}]\n",
    }
    assert said({K: kustomize, **plugins, **configurations}) == expected


def test_a_component_patches_what_others_list() -> None:
    component = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"
    files = {
        K: "resources: [web.yaml]\ncomponents: [../../c]\n",
        "c/kustomization.yaml": component + "patches:\n- path: p.yaml\n"
        "  target: {kind: Deployment}\n",
        "c/p.yaml": "- op: replace\n  path: /spec/replica\n  value: 1\n",
    }
    assert said(files) == [REPLICA]


GONE = "App web gets this list in place of its spec.parts (overlays/a/app.yaml:6:3): "


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(MAIN, [GONE + "proxy is gone"], id="gone"),
        pytest.param(MAIN.replace("main", "other"), [GONE + "main, proxy are gone"], id="all"),
        pytest.param(SHORT + "spec: {parts: [{name: proxy}, {name: main}]}", [], id="all-named"),
        pytest.param(SHORT + "spec: {parts: []}", [], id="emptied"),
        pytest.param(SHORT + "spec: {hosts: [c]}", [], id="no-names"),
        pytest.param(SHORT + "spec: {$patch: replace, parts: [{name: main}]}", [], id="replace"),
        pytest.param(SHORT + "spec: {parts: [{name: main, $patch: delete}]}", [], id="directive"),
        pytest.param(MAIN.replace("example.com", "example.org"), [], id="another-group"),
        pytest.param(
            WEB.replace("- {name: proxy, image: proxy, tty: true}", ""), [], id="kubernetes"
        ),
    ],
)
def test_a_list_that_is_replaced(patch: str, expected: list[str]) -> None:
    assert said({K: kustomization({"path": "p.yaml"}), "overlays/a/p.yaml": patch}) == expected


def test_a_list_of_a_kind_that_openapi_describes() -> None:
    kustomize = kustomization({"path": "p.yaml"}, openapi={"path": "schema.json"})
    files = {K: kustomize, "overlays/a/p.yaml": MAIN, "overlays/a/schema.json": "{}"}
    assert said(files) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            '{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}',
            [GONE + "proxy is gone; main loses size"],
        ),
        ('{"x-kubernetes-list-type": "atomic"}', []),
        ("{}", [GONE + "proxy is gone"]),
    ],
)
def test_the_definition_says_what_is_meant(
    write: Callable[[Files], str], more: str, expected: list[str]
) -> None:
    repository = write(
        {
            K: kustomization({"path": "p.yaml"}),
            "overlays/a/web.yaml": WEB,
            "overlays/a/app.yaml": APP,
            "overlays/a/p.yaml": MAIN,
        }
    )
    assert [one.message for one in look(repository, definition(more))] == expected


def test_features_of_kustomize_are_fine(tree: Any) -> None:
    assert look(tree.repository) == []


def test_the_shipped_overlays_are_fine() -> None:
    policy = Policy(str(PROJECT))
    silent = SilentReader(policy, None, lambda _: [])
    closures = ClosureReader(policy, None)
    overlays = sorted(path.parent for path in PROJECT.glob("overlays/*/kustomization.yaml"))
    assert overlays
    said = [silent.look(closures.read(str(path))) for path in overlays]
    assert [one for silent in said for one in silent.findings] == []


def test_what_was_fine_is_not_read_again(
    write: Callable[[Files], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = write({K: "resources: [web.yaml]\n", "overlays/a/web.yaml": WEB})
    policy, cache = Policy(repository), Cache(str(tmp_path / "cache"))
    closure = ClosureReader(policy, cache).read(f"{repository}/overlays/a")
    assert SilentReader(policy, cache, lambda _: []).look(closure).findings == ()
    monkeypatch.setattr(reading, "listed", None)
    assert SilentReader(policy, cache, lambda _: []).look(closure).findings == ()


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "replace"]), st.sampled_from(["a", "b", "c/d", "aa"])),
    min_size=1,
    max_size=4,
)


@given(
    there=st.sets(st.sampled_from(["a", "b", "c/d", "aa"])),
    patches=st.lists(OPERATIONS, max_size=3),
)
@settings(deadline=None)
def test_what_is_called_absent_was_absent(
    there: set[str], patches: list[list[tuple[str, str]]]
) -> None:
    """Soundness: whatever order of operations makes a key, nothing false is said of it."""
    data = json.dumps(dict.fromkeys(sorted(there | {"x"}), "0"))
    target = {"kind": "Thing", "name": "t"}
    texts = [
        "".join(
            f"- {{op: {op}, path: /data/{key.replace('/', '~1')}, value: n}}\n" for op, key in one
        )
        for one in patches
    ]
    kustomize = {
        "resources": ["t.yaml"],
        "patches": [{"target": target, "patch": text} for text in texts],
    }
    known = set(there)
    absent = set()
    for op, key in (one for patch in patches for one in patch):
        if op == "replace" and key not in known:
            absent.add(key.replace("/", "~1"))
        known.add(key)
    thing = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: t}}\ndata: {data}\n"
    found = said({K: json.dumps(kustomize), "overlays/a/t.yaml": thing})
    named = {message.split()[4].removeprefix("/data/").rstrip(",") for message in found}
    assert named <= absent
    if sum(map(len, patches)) == 1:
        assert named == absent


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5))
@settings(deadline=None)
def test_every_key_that_stands_twice_is_found(keys: list[str]) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
    text += "".join(f"  {key}: '{index}'\n" for index, key in enumerate(keys))
    files = {
        K: json.dumps({"resources": ["a.yaml"], "patches": [{"path": "p.yaml"}]}),
        "overlays/a/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "overlays/a/p.yaml": text,
    }
    assert len(said(files)) == len(keys) - len(set(keys))


@pytest.mark.parametrize(
    ("patch", "counts"),
    [
        ("apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {k: one, k: two}\n", "first"),
        ("- {op: add, path: /data, value: {k: none}, value: {k: two}}\n", "last"),
        ("- {op: add, path: /data/k, value: one, value: two}\n", "last"),
    ],
)
def test_the_engine_takes_the_one_that_the_hint_says(
    write: Callable[[Files], str], engine: Engine, patch: str, counts: str
) -> None:
    thing = "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {x: y}\n"
    patches = [{"patch": patch, "target": {"kind": "A"}}]
    kustomize = json.dumps({"resources": ["a.yaml"], "patches": patches})
    repository = write({K: kustomize, "overlays/a/a.yaml": thing})
    text = build(engine, f"{repository}/overlays/a", Policy(repository)).text
    assert ("k: one\n" in text, "k: two\n" in text) == (counts == "first", counts == "last")
    (finding,) = look(repository)
    assert f"kustomize takes the {counts} of the two" in finding.hint


PLUGIN = "apiVersion: builtin\nkind: {}\nmetadata: {{name: a}}\n{}"
TWICE = "- {op: add, path: /spec/replicas, value: 1, value: 2}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"overlays/a/t.yaml": PLUGIN.format("PatchTransformer", "path: p.yaml\n")}
            | {"overlays/a/p.yaml": MAIN},
            ("overlays/a/p.yaml", 4, "replaced-list"),
            id="path",
        ),
        pytest.param(
            {
                "overlays/a/t.yaml": PLUGIN.format(
                    "PatchTransformer", f"target: {{kind: Deployment}}\npatch: |\n  {TWICE}"
                )
            },
            ("overlays/a/t.yaml", 6, "duplicate-key"),
            id="inline",
        ),
        pytest.param(
            {
                "overlays/a/t.yaml": PLUGIN.format(
                    "PatchJson6902Transformer",
                    f"target: {{kind: Deployment}}\njsonOp: |-\n  {TWICE}",
                )
            },
            ("overlays/a/t.yaml", 6, "duplicate-key"),
            id="json",
        ),
        pytest.param(
            {
                "overlays/a/t.yaml": PLUGIN.format(
                    "PatchStrategicMergeTransformer", "paths: [p.yaml]\n"
                )
            }
            | {"overlays/a/p.yaml": MAIN},
            ("overlays/a/p.yaml", 4, "replaced-list"),
            id="merge",
        ),
    ],
)
def test_patches_of_transformers(files: Files, expected: tuple[str, int, str]) -> None:
    full = {"overlays/a/web.yaml": WEB, "overlays/a/app.yaml": APP, **files}
    listed = {K: "resources: [web.yaml, app.yaml]\ntransformers: [t.yaml]\n"}
    text = "".join(f"  {line}\n" for line in str(files["overlays/a/t.yaml"]).splitlines())
    inline = {K: f"resources: [web.yaml, app.yaml]\ntransformers:\n- |\n{text}"}
    for kustomize in (listed, inline):
        with tempfile.TemporaryDirectory() as directory:
            repository = write_tree(f"{directory}/repository", {**full, **kustomize})
            (found,) = look(repository)
        path, line, rule = expected
        assert found.rule == rule
        assert found.location is not None
        is_moved = path.endswith("t.yaml") and kustomize is inline
        place = (K, line + 3) if is_moved else (path, line)
        assert found.location[:2] == place


def operations(text: str) -> Files:
    """A ConfigMap, and a file with operations."""
    thing = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: old}\n"
    return {"overlays/a/a.yaml": thing, "overlays/a/p.yaml": text}


TARGET = {"version": "v1", "kind": "ConfigMap", "name": "a"}
MISTYPED = "- op: add\n  path: /data/l\n  valeu: new\n"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"patches": [{"target": TARGET, "path": "p.yaml"}]}, "overlays/a/p.yaml"),
        ({"patchesJson6902": [{"target": TARGET, "path": "p.yaml"}]}, "overlays/a/p.yaml"),
        ({"transformers": ["t.yaml"]}, "overlays/a/p.yaml"),
        ({"transformers": ["u.yaml"]}, "overlays/a/p.yaml"),
        ({"patches": [{"target": TARGET, "patch": MISTYPED}]}, K),
    ],
)
def test_a_misspelt_value_is_found_wherever_operations_stand(
    write: Callable[[Files], str], engine: Engine, more: dict[str, Any], place: str
) -> None:
    target = f"target: {json.dumps(TARGET)}\npath: p.yaml\n"
    plugins = {
        "overlays/a/t.yaml": PLUGIN.format("PatchTransformer", target),
        "overlays/a/u.yaml": PLUGIN.format("PatchJson6902Transformer", target),
    }
    kustomize = json.dumps({"resources": ["a.yaml"], **more})
    repository = write({K: kustomize, **operations(MISTYPED), **plugins})
    text = build(engine, f"{repository}/overlays/a", Policy(repository)).text
    assert "  l: null\n" in text  # the engine says nothing
    unknown, missing = look(repository)
    assert unknown.message == "unknown field valeu in an operation"
    assert unknown.hint == "did you mean value?"
    assert missing.message == "add needs a value"
    assert all(one.is_error and one.location for one in (unknown, missing))
    assert unknown.location
    assert unknown.location.path == place
    if place != K:
        assert unknown.location[1:] == (3, 3)
        assert missing.location
        assert missing.location[1:] == (1, 3)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("{op: replace, path: /data/k, Value: new}", ["unknown field Value", "replace needs"]),
        ("{op: add, path: /data/l}", ["add needs a value"]),
        ("{op: test, path: /data/l}", ["test needs a value"]),
        ("{op: add, path: /data/l, value: x, comment: why}", ["unknown field comment"]),
        ("{op: add, path: /data/l, value: pass, word}", ["an unknown field without a value"]),
        ("{op: add, path: /data/l, value: null}", []),
        ("{op: add, path: /data/l, value: }", []),
        ("{op: remove, path: /data/k, value: old}", []),
        ("{op: copy, from: /data/k, path: /data/l, value: old}", []),
        ("{<<: {value: new}, op: replace, path: /data/k}", []),
    ],
)
def test_fields_of_operations(
    write: Callable[[Files], str], engine: Engine, operation: str, expected: list[str]
) -> None:
    patch = {"target": TARGET, "patch": f"- {operation}\n"}
    kustomize = json.dumps({"resources": ["a.yaml"], "patches": [patch]})
    repository = write({K: kustomize, **operations("")})
    text = build(engine, f"{repository}/overlays/a", Policy(repository)).text  # takes each of them
    said = [one.message for one in look(repository)]
    assert len(said) == len(expected)
    assert all(one.startswith(wanted) for one, wanted in zip(said, expected, strict=True))
    if any("needs" in one for one in expected) and "test" not in operation:
        assert "null" in text


@pytest.mark.parametrize(
    ("version", "local", "is_mistake"),
    [
        ("renderer.gitop/v1alpha1", '"true"', True),
        ("Renderer.GitOps/v1alpha1", '"true"', True),
        ("render.gitops/v1", '"true"', True),
        ("renderer.gitops", '"true"', True),
        ("renderer.gitops/v1alpha2", '"true"', False),  # whoever reads it says so
        ("renderer.gitop/v1alpha1", '"false"', False),  # it would be applied, which is seen
        ("cluster.x-k8s.io/v1beta1", '"true"', False),
        ("gitops.example.com/v1", '"true"', False),
    ],
)
def test_documents_by_an_api_version_like_ours(
    write: Callable[[Files], str], version: str, local: str, is_mistake: bool
) -> None:
    annotations = f"{{config.kubernetes.io/local-config: {local}}}"
    values = (
        f"apiVersion: {version}\nkind: Values\nmetadata: {{name: v, annotations: {annotations}}}\n"
    )
    repository = write({K: "resources: [v.yaml]\n", "overlays/a/v.yaml": values})
    found = look(repository)
    assert [one.rule for one in found] == ["wrong-api-version"] * is_mistake
    assert all(str(one.location) == "overlays/a/v.yaml:1:13" for one in found)


@pytest.mark.parametrize(
    ("patch", "is_empty"),
    [
        ({"path": "p.yaml", "text": ""}, True),
        ({"path": "p.yaml", "text": "# - op: add\n#   path: /data/l\n"}, True),
        ({"patch": "[]"}, True),
        ({"patch": "{}"}, True),
        ({"patch": "---\n# nothing\n"}, True),
        ({"path": "p.yaml", "text": "- {op: add, path: /data/l, value: x}\n"}, False),
        ({"patch": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {l: x}\n"}, False),
    ],
)
def test_a_patch_with_nothing_in_it(
    write: Callable[[Files], str], engine: Engine, patch: dict[str, str], is_empty: bool
) -> None:
    files = operations(patch.pop("text", ""))
    kustomize = json.dumps({"resources": ["a.yaml"], "patches": [{"target": TARGET, **patch}]})
    repository = write({K: kustomize, **files})
    text = build(engine, f"{repository}/overlays/a", Policy(repository)).text
    assert ("l: x" not in text) == is_empty
    found = look(repository)
    assert [one.rule for one in found] == ["unmatched-kustomize-patch"] * is_empty
    assert all(one.message == "there is nothing in this patch" for one in found)
