"""All trees of a cluster are one cluster: what one holds, the others can refer to."""

from __future__ import annotations

import json

import pytest
from support import Repository, definition

_SETTINGS = """\
source = "apps/{app}/{cluster}"
output = "clusters/{cluster}/{app}"
"""
_NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: one}}
"""
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
"""
_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: shop}
data: {COLOR: red}
"""
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: web
  containers:
  - name: web
    image: r.example.com/web:1
    env:
    - name: COLOR
      valueFrom: {configMapKeyRef: {name: config, key: COLOR}}
"""


def _app(name: str, *manifests: str, cluster: str = "prod") -> dict[str, str]:
    return {
        f"apps/{name}/{cluster}/kustomization.yaml": "resources: [all.yaml]\n",
        f"apps/{name}/{cluster}/all.yaml": "---\n".join(manifests),
    }


@pytest.fixture
def two(repository: Repository) -> Repository:
    """A tree that provides, and one that uses it."""
    repository.write({"render.toml": _SETTINGS})
    repository.write(_app("base", _NAMESPACE, _ACCOUNT, _CONFIG))
    repository.write(_app("web", _POD))
    return repository


def _findings(repository: Repository, *arguments: str) -> set[tuple[str, str, str]]:
    rows = json.loads(repository.run("check", *arguments, "--json").out)
    return {(row["tree"], row["rule"], row["object"]) for row in rows}


def test_what_a_sibling_holds_is_there(two: Repository) -> None:
    assert _findings(two) == set()
    assert two.render("clusters").err.splitlines()[-1].startswith("2 trees, 2 written")
    two.write(_app("web", _POD, cluster="test"))
    two.write(_app("other", _NAMESPACE.replace("one", "two"), cluster="test"))
    assert _findings(two, "test") == {
        ("test/web", "missing-reference", "ConfigMap shop/config"),
        ("test/web", "missing-reference", "ServiceAccount shop/web"),
    }
    assert _findings(two, "prod") == set()


def test_an_object_of_two_trees(two: Repository) -> None:
    two.write(_app("web", _NAMESPACE, _POD))
    rows = json.loads(two.run("check", "--json").out)
    assert {(row["tree"], row["cluster"], row["rule"], row["severity"]) for row in rows} == {
        ("prod/base", "prod", "shared-object", "warning"),
        ("prod/web", "prod", "shared-object", "warning"),
    }
    two.render("clusters")
    two.write(_app("web", _NAMESPACE.replace("one", "two"), _POD))
    before = two.files("clusters")
    result = two.run("clusters/prod/base")
    assert result.code == 1
    assert result.err.startswith(
        "apps/base/prod: error: Namespace shop is in the trees prod/base and prod/web with"
        " different content: they overwrite each other [duplicate-identity]\n"
    )
    assert two.run("clusters").code == 1
    assert two.files("clusters") == before


def test_what_leaves_its_namespace_open_is_nothing_of_another_tree(two: Repository) -> None:
    config = _CONFIG.replace(", namespace: shop", "")
    custom = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {size: 1}\n"
    pod = _POD.replace(", namespace: shop", "").replace("serviceAccountName: web", "hostname: web")
    other = config.replace("COLOR", "COLOUR")
    two.write(_app("base", _NAMESPACE, other, custom))
    two.write(_app("web", config, pod, custom.replace("1}", "2}")))
    assert _findings(two) == set()
    two.write(_app("base", _NAMESPACE, config, custom))
    two.write(_app("web", other, pod, custom))
    assert _findings(two) == {("prod/web", "unknown-key", "Pod web")}


@pytest.mark.parametrize(("scope", "is_shared"), [("Cluster", True), ("Namespaced", False)])
def test_a_definition_says_whether_an_object_is_shared(
    two: Repository, scope: str, is_shared: bool
) -> None:
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {}\n"
    two.write(_app("base", _NAMESPACE, definition("Thing", scope=scope), thing))
    two.write(_app("web", thing))
    expected = {("prod/base", "shared-object"), ("prod/web", "shared-object")}
    found = {(tree, rule) for tree, rule, _ in _findings(two)}
    assert found == (expected if is_shared else set())


def test_an_error_between_two_trees_fails_both(two: Repository) -> None:
    two.write(_app("base", _NAMESPACE, _ACCOUNT, _CONFIG.replace("COLOR", "COLOUR")))
    expected = ("unknown-key", "Pod shop/web")
    assert _findings(two) == {("prod/base", *expected), ("prod/web", *expected)}
    assert _findings(two, "prod/base") == {("prod/base", *expected)}
    assert two.run("clusters/prod/web").code == 1


def test_a_change_of_one_is_said_of_the_other(two: Repository) -> None:
    two.render("clusters")
    assert ", 2 up to date" in two.render("clusters").err
    two.write(_app("base", _NAMESPACE, _CONFIG))
    result = two.render("clusters/prod/web")
    assert "ServiceAccount shop/web is not among the manifests" in result.err
    assert ", 1 unchanged" in result.err
    two.render("clusters")
    result = two.render("clusters")
    assert ", 2 up to date" in result.err
    assert "ServiceAccount shop/web is not among the manifests" in result.err
    two.write(_app("base", _NAMESPACE, _ACCOUNT, _CONFIG))
    assert "not among" not in two.render("clusters/prod/web").err


@pytest.mark.parametrize("broken", ["resources: [", "resources: [nowhere.yaml]\n", "- x\n"])
def test_what_a_broken_sibling_may_hold_is_not_said(two: Repository, broken: str) -> None:
    two.write({"apps/base/prod/kustomization.yaml": broken})
    result = two.run("clusters/prod/web")
    assert result.code == 0, result.err
    assert "missing" not in result.err.replace("what is missing", "")
    note = "note: what is missing in prod is not said while prod/base cannot be rendered\n"
    assert result.err.count(note) == 1
    two.write({"apps/base/prod/kustomization.yaml": "resources: []\n"})
    assert "ServiceAccount shop/web is not among" in two.run("clusters/prod/web").err


def test_a_name_that_a_sibling_holds_is_meant(two: Repository) -> None:
    """It is no name that kustomize should have followed; while it may be there, nothing is said."""
    renamed = {
        "apps/web/prod/kustomization.yaml": "resources: [all.yaml, app.yaml]\nnameSuffix: -two\n"
        "replacements: [{source: {kind: ConfigMap, name: made}, targets: [{select: {kind: App},"
        " fieldPaths: [spec.config]}]}]\n"
        "configMapGenerator: [{name: made, namespace: shop, literals: [A=b]}]\n",
        "apps/web/prod/all.yaml": _CONFIG,
        "apps/web/prod/app.yaml": "apiVersion: example.com/v1\nkind: App\n"
        "metadata: {name: app, namespace: shop}\n"
        "spec: {configMapRef: {name: config}, config: x}\n",
    }
    app = "App.example.com shop/app-two"
    two.write(renamed)
    # The tree base has a ConfigMap called config.
    assert _findings(two) == {("prod/web", "unhashed-name", app)}
    made = _CONFIG.replace("name: config", "name: made-two")
    two.write(_app("base", _NAMESPACE, made))
    assert _findings(two) == {("prod/web", "unfollowed-reference", app)}
    two.write({"apps/base/prod/kustomization.yaml": "resources: [nothing.yaml]\n"})
    assert {one for one in _findings(two) if one[0] == "prod/web"} == set()


def test_the_namespace_of_a_sibling_enforces_its_level(two: Repository) -> None:
    label = "team: one, pod-security.kubernetes.io/enforce: restricted"
    two.write(_app("base", _NAMESPACE.replace("team: one", label), _ACCOUNT, _CONFIG))
    assert {(tree, rule) for tree, rule, _ in _findings(two)} == {("prod/web", "pod-security")}


def _widget(field: str) -> str:
    metadata = "metadata: {name: w, namespace: shop}"
    return f"apiVersion: example.com/v1\nkind: Widget\n{metadata}\nspec: {{{field}: x}}\n"


def test_the_definition_of_the_cluster_itself_counts(repository: Repository) -> None:
    repository.write({"render.toml": _SETTINGS})
    for cluster, field in (("old", "size"), ("new", "colour")):
        widgets = definition("Widget", f"{field}: {{type: string}}")
        repository.write(_app("crds", _NAMESPACE, widgets, cluster=cluster))
        repository.write(_app("web", _widget("colour"), cluster=cluster))
    assert _findings(repository) == {
        ("old/web", "unknown-manifest-field", "Widget.example.com shop/w")
    }


def test_of_other_definitions_any_may_accept(repository: Repository) -> None:
    repository.write(
        {
            "render.toml": _SETTINGS,
            "a/crd.yaml": definition("Widget", "size: {type: string}"),
            "b/crd.yaml": definition("Widget", "colour: {type: string}"),
        }
    )
    for field in ("size", "colour"):
        repository.write(_app("web", _NAMESPACE, _widget(field), cluster=field))
    repository.write(_app("web", _NAMESPACE, _widget("weight"), cluster="weight"))
    assert {(tree, rule) for tree, rule, _ in _findings(repository)} == {
        ("weight/web", "unknown-manifest-field")
    }


def test_the_same_from_one_process_and_from_two(
    two: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        two.write(_app("base", _NAMESPACE, _ACCOUNT, cluster=f"c{number}"))
        two.write(_app("web", _POD, cluster=f"c{number}"))
    forked = two.run("check").out
    monkeypatch.setattr("renderer.commands.check.PROCESSES", 1)
    assert two.run("check").out == forked
    assert forked.count("ConfigMap shop/config is not among the manifests") == 1
    assert "in the trees c0/web, c1/web" in forked


_DOCUMENT = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: prod}\n"


def test_what_is_printed_is_judged_among_its_siblings(two: Repository) -> None:
    """As by `render`: what a sibling holds is there, and what contradicts it stops the output."""
    two.write({"apps/web/prod/cluster.yaml": _DOCUMENT})
    built = two.run("build", "prod/web")
    assert (built.code, built.err) == (0, "")
    two.write(_app("base", _NAMESPACE, _CONFIG))
    built = two.run("build", "prod/web")
    assert built.code == 0
    assert "ServiceAccount shop/web is not among the manifests" in built.err
    two.write(_app("base", _NAMESPACE, _ACCOUNT, _CONFIG.replace("COLOR", "COLOUR")))
    built = two.run("build", "prod/web")
    assert (built.code, built.out) == (1, "")
    assert "[unknown-key]" in built.err


def test_what_is_printed_while_a_sibling_cannot_be_rendered(two: Repository) -> None:
    two.write({"apps/web/prod/cluster.yaml": _DOCUMENT})
    note = "note: what is missing in prod is not said while prod/base cannot be rendered\n"
    for broken in (
        {"apps/base/prod/kustomization.yaml": "resources: [nowhere.yaml]\n"},
        {"apps/base/prod/cluster.yaml": f"{_DOCUMENT}spec: {{parameters: {{no: 1}}}}\n"},
        {"apps/base/prod/cluster.yaml": f"{_DOCUMENT}spec: {{patches: [{{path: nowhere}}]}}\n"},
    ):
        two.write(broken)
        built = two.run("build", "prod/web")
        assert (built.code, built.err) == (0, note)
        assert "kind: Pod" in built.out
        two.write(_app("base", _NAMESPACE, _ACCOUNT, _CONFIG))
    (two.path / "apps/base/prod/cluster.yaml").unlink()


def test_a_directory_that_is_no_tree_has_no_siblings(two: Repository) -> None:
    two.write({"other/prod/cluster.yaml": _DOCUMENT})
    two.write({f"other/prod/{name.split('/')[-1]}": text for name, text in _app("x", _POD).items()})
    built = two.run("build", "other/prod")
    assert built.code == 0
    assert "ServiceAccount shop/web is not among the manifests" in built.err
