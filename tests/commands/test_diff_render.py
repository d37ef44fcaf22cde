"""`render diff --render`: both sides as they would be written, whatever is committed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from history.gits import Git, new_git
from history.shops import append, edit, two_clusters
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Repository

IMAGE = "/spec/template/spec/containers/[name=web]/image"
UPGRADED = f"""
~ Deployment.apps shop/web (rolls-pods)
  rolls-pods: 1 Pod is replaced, after the new one is ready
  in 2 clusters: a, b
    ~ {IMAGE}: web:1 -> web:2
"""


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    return two_clusters(tmp_path / "repository")


@pytest.fixture
def shop(git: Git) -> Repository:
    return Repository(git.path)


def upgrade(shop: Repository) -> None:
    edit(shop, "base/web.yaml", "image: web:1", "image: web:2")


_EDITS = {
    "image": ("base/web.yaml", "image: web:1", "image: web:2"),
    "literal": ("base/kustomization.yaml", "COLOR=red", "COLOR=blue"),
    "value": ("overlays/a/cluster.yaml", "shop.example.com", "a.example.com"),
    "default": ("base/parameters.yaml", "default: 1", "default: 2"),
    "removed": ("base/kustomization.yaml", "service.yaml, ", ""),
    "moved": ("overlays/b/kustomization.yaml", "resources", "namespace: other\nresources"),
}


@given(
    first=st.sets(st.sampled_from(sorted(_EDITS))), second=st.sets(st.sampled_from(sorted(_EDITS)))
)
@settings(max_examples=12)
def test_it_is_what_differs_where_trees_are_committed(
    first: set[str], second: set[str], tmp_path: Path
) -> None:
    """The same objects, fields and clusters as of two commits that hold their trees."""
    shutil.rmtree(tmp_path / "generated", ignore_errors=True)
    git = two_clusters(tmp_path / "generated")
    shop = Repository(git.path)
    git.run("tag", "start")
    for edits in (first, second):
        git.run("checkout", "--quiet", "start", "--", "base", "overlays")
        for name in sorted(edits):
            edit(shop, *_EDITS[name])
        shop.render("clusters")
        git.commit()
    asked = ("diff", "HEAD~1", "HEAD", "--json")
    plain, rendered = (json.loads(shop.render(*asked, *words).out) for words in ([], ["--render"]))
    assert rendered.pop("rendered") == {"stale": {"base": [], "head": []}}
    assert plain.pop("rendered") is None
    for change in (*plain["changes"], *rendered["changes"]):
        del change["causes"]
    assert rendered == plain


def test_trees_that_are_not_committed(git: Git, shop: Repository) -> None:
    git.commit({".gitignore": "clusters/\n"})
    upgrade(shop)
    before = {path: path.stat().st_mtime_ns for path in shop.path.glob("**/*")}
    result = shop.render("diff", "--render")
    assert UPGRADED in result.out
    assert result.err == ""
    git.commit()
    for sides in (["HEAD~1"], ["HEAD~1", "HEAD"], ["HEAD~1", "HEAD", "--", "a", "b"]):
        assert UPGRADED in shop.render("diff", "--render", *sides).out
    assert "web:2 -> web:1" in shop.render("diff", "HEAD", "HEAD~1", "--render").out
    assert "in b\n" in shop.render("diff", "--render", "HEAD~1", "--", "b").out
    assert "no tree differs" in shop.render("diff", "HEAD", "--render").out
    there = {path for path in shop.path.glob("**/*") if ".git" not in path.parts}
    assert {path: path.stat().st_mtime_ns for path in there}.items() <= before.items()
    assert git.run("worktree", "list").count(b"\n") == 1


def test_what_is_staged(git: Git, shop: Repository) -> None:
    upgrade(shop)
    git.run("add", "--all")
    edit(shop, "base/web.yaml", "image: web:2", "image: web:3")
    assert UPGRADED in shop.render("diff", "--staged", "--render").out


def test_a_stale_tree_is_told_of(git: Git, shop: Repository) -> None:
    shop.render("clusters")
    git.commit()
    upgrade(shop)
    shop.render("a")
    git.commit()
    append(shop, "overlays/a/cluster.yaml")
    append(shop, "overlays/b/cluster.yaml")
    (shop.path / "clusters/a/shop/service-web.yaml").unlink()
    result = shop.render("diff", "HEAD~1", "--render")
    assert UPGRADED in result.out
    assert result.err == "note: stale in the working tree, but rendered here: a and 1 more\n"
    result = shop.render("diff", "HEAD", "--render", "--json")
    assert result.err == ""
    assert json.loads(result.out)["rendered"] == {"stale": {"base": ["b"], "head": ["a", "b"]}}


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("base/kustomization.yaml", "web.yaml", "gone.yaml", "gone.yaml does not exist"),
        ("overlays/b/cluster.yaml", "web.host", "web.hots", "unknown parameter web.hots"),
        ("base/web.yaml", "kind: Deployment", "kind: [", "base/web.yaml:"),
    ],
)
def test_a_side_that_cannot_be_rendered_is_named(
    git: Git, shop: Repository, path: str, old: str, new: str, message: str
) -> None:
    edit(shop, path, old, new)
    git.commit()
    edit(shop, path, new, old)
    git.commit()
    result = shop.run("diff", "HEAD~1", "--render")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: HEAD~1 (")
    assert message in result.err
    assert "/scratch" not in result.err
    edit(shop, path, old, new)
    assert "error: the working tree cannot be rendered" in shop.run("diff", "--render").err


def test_what_is_wrong_in_a_manifest_does_not_stop_it(git: Git, shop: Repository) -> None:
    """That is for `render check`: a change that mends it has to be seen."""
    edit(shop, "base/web.yaml", "replicas: 1", "replicas: 1\n  paussed: true")
    git.commit()
    assert shop.run("check").code == 1
    edit(shop, "base/web.yaml", "paussed", "paused")
    assert "- /spec/paussed" in shop.render("diff", "HEAD", "--render").out


def test_two_objects_in_one_file(git: Git, shop: Repository) -> None:
    append(shop, "base/web.yaml")
    git.commit({"base/twice.yaml": "kind: Service\n"})
    web = (shop.path / "base/service.yaml").read_text()
    shop.write({"overlays/a/twice.yaml": web.replace("name: web", "name: other")})
    edit(shop, "overlays/a/kustomization.yaml", "[../../base]", "[../../base, twice.yaml]")
    append(
        shop,
        "overlays/a/cluster.yaml",
        "  patches:\n  - target: {kind: Service, name: other}\n"
        "    patch: [{op: replace, path: /metadata/name, value: web}]\n",
    )
    result = shop.run("diff", "HEAD", "--render")
    assert (result.code, result.out) == (1, "")
    assert "the working tree cannot be rendered" in result.err


_CHART = "resources: [../../base]\nhelmCharts:\n- {name: shop, releaseName: shop}\n"


def test_a_side_gets_no_more_than_what_was_permitted(
    git: Git, shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `render trust` has recorded holds for what asks for the same, and no other."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    kustomization = "overlays/b/kustomization.yaml"
    git.commit({"render.toml": "allow-helm = true\n", kustomization: _CHART})
    git.commit({"render.toml": "allow-helm = true\nallow-remote = true\n"})
    result = shop.run("diff", "HEAD~1", "HEAD", "--render")
    assert "you have not permitted it" in result.err
    git.run("checkout", "--quiet", "HEAD~1")
    shop.render("trust")
    first = shop.run("diff", "HEAD", "main", "--render").err
    assert first.startswith("error: HEAD (")
    assert "not permitted" not in first  # but there is no such chart
    other = shop.run("diff", "main", "HEAD", "--render").err
    assert other.startswith("error: main (")
    assert "you have not permitted it" in other


def test_nothing_outside_of_a_revision_is_read(git: Git, shop: Repository) -> None:
    (shop.path.parent / "outside").mkdir()
    (shop.path.parent / "outside/kustomization.yaml").write_text("namePrefix: x-\n")
    git.commit({"overlays/b/kustomization.yaml": "resources: [../../base, ../../../outside]\n"})
    append(shop, "overlays/b/cluster.yaml")
    assert shop.run("check", "--allow-outside", "b").code == 0
    result = shop.run("diff", "HEAD", "--render", "--allow-outside")
    assert result.err.startswith("error: HEAD (")
    assert "leads out of the repository" in result.err


def test_no_declared_secret_is_shown(git: Git, shop: Repository) -> None:
    edit(shop, "base/parameters.yaml", "required: true", "required: true\n    secret: true")
    edit(shop, "overlays/a/cluster.yaml", "shop.example.com", "canary-1.example.com")
    git.commit()
    edit(shop, "overlays/a/cluster.yaml", "canary-1.example.com", "canary-2.example.com")
    for words in ([], ["--json"], ["--summary"]):
        result = shop.render("diff", "HEAD", "--render", *words)
        assert "canary" not in result.out + result.err
    out = shop.render("diff", "HEAD", "--render").out
    assert "/env/[name=HOST]/value\n        <hidden 1> -> <hidden 2>" in out
    append(shop, "overlays/b/cluster.yaml")
    git.run("checkout", "--quiet", "overlays/a")
    assert "no tree differs" in shop.render("diff", "HEAD", "--render").out


def test_a_pointer_of_git_lfs_is_no_content(git: Git, shop: Repository) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    edit(shop, "base/kustomization.yaml", "literals:", "files: [big]\n  literals:")
    git.commit({"base/big": pointer})
    shop.write({"base/big": "content\n"})
    result = shop.run("diff", "--render", "HEAD")
    assert (result.code, result.out) == (1, "")
    assert "base/big is a pointer of Git LFS" in result.err


def test_two_directories(shop: Repository) -> None:
    result = shop.run("diff", "overlays/a", "overlays/b", "--render")
    assert result.code == 2
    assert "two directories are compared whole" in result.err


def test_a_name_that_neither_side_has(shop: Repository) -> None:
    append(shop, "base/web.yaml")
    result = shop.run("diff", "HEAD", "--render", "--", "aa")
    assert result.code == 2
    assert "there is no cluster aa" in result.err


@pytest.mark.parametrize("name", ["render_in_memory", "Hiding"])
def test_no_temporary_directory_stays(
    git: Git, shop: Repository, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = git.path.parent / "scratch"
    upgrade(shop)
    git.commit()
    shop.render("diff", "HEAD~1", "HEAD", "--render")
    assert os.listdir(scratch) == []
    seen: list[list[str]] = []

    def interrupt(*_: Any) -> None:
        seen.append(os.listdir(scratch))
        raise KeyboardInterrupt

    monkeypatch.setattr(f"renderer.pipeline.rendered.{name}", interrupt)
    assert shop.run("diff", "HEAD~1", "HEAD", "--render").code == 130
    assert len(seen[0]) == 2
    assert os.listdir(scratch) == []


_TWO_APPS = {
    "render.toml": """
[[trees]]
source = "apps/{app}/{cluster}"
output = "clusters/{cluster}/{app}"
""",
    "apps/settings/prod/kustomization.yaml": "resources: [settings.yaml]\n",
    "apps/settings/prod/settings.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {a: b}
""",
    "apps/web/prod/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/web/prod/web.yaml": """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      image: web:1
""",
    "flux/web.yaml": """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec: {path: ./clusters/prod/web, prune: true, suspend: true}
""",
}


def test_what_merging_does_is_judged_by_all_trees_of_a_cluster_and_who_syncs_them(
    tmp_path: Path,
) -> None:
    git = new_git(tmp_path / "apps", "--initial-branch=main")
    git.commit({**_TWO_APPS, ".gitignore": "clusters/\n"})
    shop = Repository(git.path)
    for name, is_missing in (("settings", False), ("setings", True)):
        git.run("checkout", "--quiet", ".")
        append(
            shop,
            "apps/web/prod/web.yaml",
            f"      envFrom: [{{configMapRef: {{name: {name}}}}}]\n",
        )
        out = shop.render("diff", "HEAD", "--render").out
        assert ("outage" in out) is is_missing
        assert "note: nothing happens in prod until it is resumed" in out
