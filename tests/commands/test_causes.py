"""Which source change brought what `render diff --render` shows: held against taking it back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from history.gits import Git
from history.shops import append, edit, two_clusters
from hypothesis import given, settings
from hypothesis import strategies as st
from support import UNCHECKED, Repository

_PATCH = """\
  patches:
  - target: {kind: Deployment, name: web}
    patch:
    - {op: replace, path: /spec/template/spec/containers/0/image, value: web:3}
  - {target: {kind: Service, name: web}, path: port.yaml}
"""
_VALUES = """\
apiVersion: renderer.gitops/v1alpha1
kind: Values
metadata: {name: v, annotations: {config.kubernetes.io/local-config: "true"}}
spec: {parameters: {web.replicas: 3}}
"""
_PORT = "[{op: replace, path: /spec/ports/0/port, value: 81}]\n"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return _start(tmp_path / "repository")


def _start(path: Path) -> Git:
    git = two_clusters(path)
    shop = Repository(git.path)
    shop.write({"overlays/b/port.yaml": _PORT, "render.toml": UNCHECKED})
    append(shop, "overlays/b/cluster.yaml", _PATCH)
    git.commit()
    return git


@pytest.fixture
def shop(git: Git) -> Repository:
    return Repository(git.path)


_EDITS: dict[str, tuple[str, str, str]] = {
    "image": ("base/web.yaml", "image: web:1", "image: web:2"),
    "literal": ("base/kustomization.yaml", "COLOR=red", "COLOR=blue"),
    "label": ("base/kustomization.yaml", "config", "commonLabels: {x: y}\nconfig"),
    "name": ("base/service.yaml", "port: 80", "port: 80, name: http"),
    "value": ("overlays/a/cluster.yaml", "shop.example.com", "a.example.com"),
    "replicas": ("overlays/a/cluster.yaml", "parameters:", "parameters:\n    web.replicas: 4"),
    "other": ("overlays/b/cluster.yaml", "web:3", "web:4"),
    "host": ("overlays/b/cluster.yaml", "shop.example.com", "b.example.com"),
    "no patch": ("overlays/b/cluster.yaml", "kind: Deployment, name: web", "kind: Deployment"),
    "port": ("overlays/b/port.yaml", "81", "82"),
    "default": ("base/parameters.yaml", "default: 1", "default: 2"),
    "described": ("base/parameters.yaml", "How many Pods", "So many Pods"),
    "template": ("base/parameters.yaml", "/value\n", '/value\n      value: "x-$(web.host)"\n'),
    "removed": ("base/kustomization.yaml", "namespace.yaml, ", ""),
    "prefix": ("overlays/b/kustomization.yaml", "resources", "namePrefix: x-\nresources"),
    "shared": ("overlays/a/kustomization.yaml", "[../../base]", "[../../base, values.yaml]"),
}
_SETS = st.sets(st.sampled_from(sorted(_EDITS)), min_size=1, max_size=5)


def _rows(shop: Repository) -> list[dict[str, Any]]:
    result = shop.run("diff", "HEAD", "--render", "--json")
    return json.loads(result.out)["changes"] if result.code == 0 else []


def _told(rows: list[dict[str, Any]]) -> set[str]:
    """Each change of a field, or of a whole object, in each cluster."""
    told = set()
    for row in rows:
        about = [row["object"], row["change"]]
        for field in row["fields"]:
            for one in field["variants"] if not field["follows"] else ():
                values = [one.get("old"), one.get("new"), one.get("order")]
                told |= {
                    json.dumps([*about, name, field["field"], values]) for name in one["clusters"]
                }
        if not row["fields"]:
            told |= {json.dumps([*about, name]) for name in row["clusters"]}
    return told


@given(names=_SETS)
@settings(max_examples=25)
def test_without_the_causes_there_is_no_such_change(names: set[str], tmp_path: Path) -> None:
    """A cause, or all that are possible, taken back: what they brought is not there."""
    shutil.rmtree(tmp_path / "generated", ignore_errors=True)
    git = _start(tmp_path / "generated")
    shop = Repository(git.path)
    git.commit({"overlays/a/values.yaml": _VALUES})
    for name in sorted(names):
        edit(shop, *_EDITS[name])
    changed = {_EDITS[name][0] for name in names}
    now = {path: (shop.path / path).read_text() for path in changed}
    for row in _rows(shop):
        told = _told([row])
        assert bool(row["causes"]) == bool(told), row
        causes = {one["path"] for one in row["causes"]}
        assert causes <= changed
        git.run("checkout", "--quiet", "HEAD", "--", *causes) if causes else None
        assert told.isdisjoint(_told(_rows(shop))), row
        shop.write({path: now[path] for path in causes})


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["image"], "by base/web.yaml"),
        (["image", "literal"], "by one of base/kustomization.yaml or base/web.yaml"),
        (["value"], "by overlays/a/cluster.yaml:7 (parameter web.host)"),
        (
            ["value", "image"],
            "by base/web.yaml and overlays/a/cluster.yaml:7 (parameter web.host)",
        ),
        (["value", "described"], "by overlays/a/cluster.yaml:7 (parameter web.host)"),
        (["default"], "by base/parameters.yaml (parameter web.replicas)"),
        (["other"], "by overlays/b/cluster.yaml:11 (patch)"),
        (
            ["other", "image"],
            "by base/web.yaml, and one of base/web.yaml or overlays/b/cluster.yaml:11 (patch)",
        ),
        (["port"], "by overlays/b/port.yaml"),
        (["removed"], "by base/kustomization.yaml"),
        (["removed", "value"], "by base/kustomization.yaml"),
    ],
)
def test_what_is_told(shop: Repository, names: list[str], line: str) -> None:
    for name in names:
        edit(shop, *_EDITS[name])
    out = shop.render("diff", "HEAD", "--render").out
    assert max(len(one) for one in out.splitlines()[1:]) <= 80
    assert f" {line} " in " ".join([*out.split(), ""])


def test_json(shop: Repository) -> None:
    for name in ("other", "host", "literal"):
        edit(shop, *_EDITS[name])
    config, *others = _rows(shop)
    (web,) = (one for one in others if one["clusters"] == ["b"])
    (follows,) = (one for one in others if one["clusters"] != ["b"])
    path = "overlays/b/cluster.yaml"
    base = {"path": "base/kustomization.yaml", "line": 0, "what": None}
    assert config["causes"] == [{**base, "certain": True}]
    assert follows["causes"] == []  # from what the ConfigMap tells
    assert web["causes"] == [
        {"path": path, "line": 7, "what": "parameter web.host", "certain": True},
        {**base, "certain": False},
        {"path": path, "line": 11, "what": "patch", "certain": False},
    ]


def test_a_tree_that_comes_or_goes(shop: Repository) -> None:
    shutil.move(shop.path / "overlays/a", shop.path / "overlays/c")
    edit(shop, "overlays/c/cluster.yaml", "name: a", "name: c")
    out = shop.render("diff", "HEAD", "--render").out
    assert "  in a\n    by overlays/a (it is gone)\n" in out
    assert "+ cluster c is new, with 4 objects\n    by overlays/c (a new tree)\n" in out


def test_trees_that_are_committed(git: Git, shop: Repository) -> None:
    """What was written is not known then, but which sources differ."""
    shop.render("clusters")
    git.commit()
    for name in ("value", "image", "other"):
        edit(shop, *_EDITS[name])
    shop.render("clusters")
    out = shop.render("diff", "HEAD").out
    assert "    by one of base/web.yaml or overlays/a/cluster.yaml\n" in out
    assert "(parameter" not in out
    assert "    by " not in shop.render("diff", "HEAD", "--no-causes").out
    git.run("checkout", "--quiet", "HEAD", "--", "base", "overlays/b")
    shop.render("clusters")
    assert "    by overlays/a/cluster.yaml\n" in shop.render("diff", "HEAD").out
    assert {path.name for path in shop.path.iterdir()} == {
        ".git",
        "base",
        "clusters",
        "overlays",
        "render.toml",
    }


def test_of_many_trees_they_are_told_when_asked_for(
    git: Git, shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at all sources of a large fleet takes longer than the rest."""
    shop.render("clusters")
    git.commit()
    edit(shop, *_EDITS["image"])
    shop.render("clusters")
    monkeypatch.setattr("renderer.commands.diff._FEW_TREES", 1)
    assert "    by " not in shop.render("diff", "HEAD").out
    assert "    by base/web.yaml\n" in shop.render("diff", "HEAD", "--causes").out


def test_sources_that_cannot_be_read_have_no_part_in_what_nobody_asked_for(
    git: Git, shop: Repository
) -> None:
    shop.render("clusters")
    edit(shop, "overlays/a/cluster.yaml", "kind: Cluster", "kind: [")
    git.commit()
    edit(shop, "clusters/a/shop/deployment-web.yaml", "web:1", "web:2")
    assert "\n  in a\n" in shop.render("diff", "HEAD").out


def test_a_tree_that_was_stale(git: Git, shop: Repository) -> None:
    """No source differs, and the tree does."""
    shop.render("clusters")
    edit(shop, "clusters/a/shop/deployment-web.yaml", "web:1", "web:0")
    git.commit()
    shop.render("clusters")
    line = "    by no source: a tree was stale, or another version rendered it\n"
    assert line in shop.render("diff", "HEAD", "--causes").out
    append(shop, "overlays/b/cluster.yaml")
    assert line in shop.render("diff", "HEAD", "--causes").out


def test_a_tree_whose_sources_cannot_be_read(git: Git, shop: Repository) -> None:
    shop.render("clusters")
    git.commit()
    edit(shop, "clusters/a/shop/deployment-web.yaml", "web:1", "web:0")
    edit(shop, "overlays/a/kustomization.yaml", "base", "gone")
    line = "    by overlays/a (it cannot be read on both sides)\n"
    assert line in shop.render("diff", "HEAD", "--causes").out


def test_settings_that_change_no_manifest(shop: Repository) -> None:
    edit(shop, "base/web.yaml", "web:1", "web:2")
    text = UNCHECKED.replace('unknown-tag = "off"', 'unknown-tag = "error"')
    shop.write({"render.toml": text + 'output = "trees/{cluster}"\n'})
    assert "    by base/web.yaml\n" in shop.render("diff", "HEAD", "--render").out


def test_settings_that_choose_another_source(shop: Repository) -> None:
    shop.write({"render.toml": UNCHECKED + 'source = "other/{cluster}"\n'})
    shutil.copytree(shop.path / "overlays", shop.path / "other")
    edit(shop, "other/a/cluster.yaml", "shop.example.com", "a.example.com")
    out = " ".join(shop.render("diff", "HEAD", "--render", "--", "a").out.split())
    assert "or render.toml" in out


def test_two_directories_have_none(shop: Repository) -> None:
    assert shop.run("diff", "base", "overlays", "--causes").code == 2
