"""`render affected`: the trees that can change, held against a full render of both sides."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from history.gits import Git, new_git
from history.shops import append, two_clusters
from hypothesis import given, settings
from hypothesis import strategies as st
from support import UNCHECKED, Repository, definition, write_tree

from renderer.repository.workspace import open_workspace

_OURS = "apiVersion: renderer.gitops/v1alpha1\n"
_CLUSTERS = ("a", "b", "c")


def _cluster(name: str, spec: str) -> str:
    return f"{_OURS}kind: Cluster\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


# The files of a repository, in some of the ways that each can be; None is one that is not there.
_CHOICES: dict[str, tuple[str | Path | None, ...]] = {
    "README.md": (None, "one\n", "two\n"),
    "package.json": (None, "{}", '{"kind": "CustomResourceDefinition"}'),
    "render.toml": (
        UNCHECKED,
        UNCHECKED + 'output = "trees/{cluster}"\n',
        UNCHECKED + 'kubernetes = {a = "1.35"}\n',
        UNCHECKED + "timeout = 60\n",
        UNCHECKED.replace('absent-field = "off"', 'absent-field = "warning"'),
    ),
    "crds/gears.yaml": (None, definition("Gear"), definition("Gear", scope="Cluster")),
    "base/kustomization.yaml": (
        "resources: [web.yaml]\nconfigMapGenerator: [{name: s, files: [colors]}]\n",
        "resources: [web.yaml, ../shared]\nconfigMapGenerator: [{name: s, files: [colors]}]\n",
        "resources: [web.yaml, gone.yaml]\nconfigMapGenerator: [{name: s, files: [colors]}]\n",
    ),
    "base/web.yaml": (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
        "apiVersion: example.com/v1\nkind: Gear\nmetadata: {name: web}\n",
    ),
    "base/colors": ("red\n", "blue\n", Path("web.yaml")),
    "shared/kustomization.yaml": ("resources: [account.yaml]\n", "resources: []\n"),
    "shared/account.yaml": (
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: one}\n",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: two}\n",
    ),
    "component/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [values.yaml]\n",
    ),
    "component/values.yaml": tuple(
        f"{_OURS}kind: Parameters\nmetadata: {{name: p, annotations:"
        ' {config.kubernetes.io/local-config: "true"}}\n'
        f"spec: {{parameters: [{{name: port, schema: {{type: integer}}, default: {port}, targets:"
        " [{select: {name: web}, path: /spec/ports/0/port}]}]}\n"
        for port in (80, 81)
    ),
    **{
        f"overlays/{name}/kustomization.yaml": (
            "resources: [../../base]\n",
            None,
            "resources: [../../base]\ncomponents: [../../component]\n",
            "resources: [../../shared]\n",
            "resources: [../../linked]\n",
            "resources: [../../clusters/own]\n",
        )
        for name in _CLUSTERS
    },
    **{
        f"overlays/{name}/cluster.yaml": (
            None,
            _cluster(name, ""),
            _cluster(name, "parameters: {port: 82}"),
            _cluster(name, "patches: [{target: {name: web}, path: patch.yaml}]"),
            _cluster(name, 'patches: [{target: {name: web}, "pat\\x68": ../../patch.yaml}]'),
        )
        for name in _CLUSTERS
    },
    "overlays/a/patch.yaml": tuple(
        f"[{{op: replace, path: /spec/ports/0/port, value: {port}}}]\n" for port in (83, 84)
    ),
    "patch.yaml": tuple(
        f"[{{op: replace, path: /spec/ports/0/port, value: {port}}}]\n" for port in (85, 86)
    ),
    "linked": (Path("base"), Path("shared")),
    "clusters/own/kustomization.yaml": ("resources: [job.yaml]\n",),
    "clusters/own/job.yaml": tuple(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: own}}\ndata: {{a: {value}}}\n"
        for value in ("one", "two")
    ),
}
_Files = dict[str, str | bytes | Path]


@st.composite
def _versions(draw: st.DrawFn) -> tuple[_Files, _Files]:
    """A repository, and the same with a few files in other ways."""
    chosen = {path: draw(st.sampled_from(ways)) for path, ways in _CHOICES.items()}
    others = draw(st.lists(st.sampled_from(sorted(_CHOICES)), min_size=1, max_size=4, unique=True))
    changed = {path: draw(st.sampled_from(_CHOICES[path])) for path in others}
    return _there(chosen), _there(chosen | changed)


def _there(chosen: Mapping[str, str | Path | None]) -> _Files:
    return {path: content for path, content in chosen.items() if content is not None}


def _clear(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _rendered(directory: Path, files: _Files) -> dict[str, dict[str, bytes]]:
    """Every tree by name, with all of its files; one that cannot be rendered has none."""
    _clear(directory)
    write_tree(directory, files)
    shop = Repository(directory)
    shop.run(".")  # what cannot be rendered is not there
    trees = open_workspace(str(directory)).trees if list(directory.glob("overlays/*/*")) else []
    return {
        tree.name: {
            str(path.relative_to(directory)): path.read_bytes()
            for path in sorted((directory / tree.output).rglob("*"))
            if path.is_file() and str(path.relative_to(directory)) not in files
        }
        for tree in trees
    }


@given(versions=_versions())
@settings(max_examples=25)
def test_no_tree_is_forgotten(versions: tuple[_Files, _Files], tmp_path: Path) -> None:
    """What a full render of both sides shows is listed; without a difference nothing is."""
    whole = tmp_path / "whole"
    whole.mkdir(exist_ok=True)
    before, after = (_rendered(whole, files) for files in versions)
    shutil.rmtree(tmp_path / "repository", ignore_errors=True)
    git = new_git(tmp_path / "repository", "--initial-branch=main")
    for files in versions:
        _clear(git.path)
        git.commit(files)
    shop = Repository(git.path)
    listed = {
        sides: {row["name"] for row in json.loads(shop.render("affected", *sides, "--json").out)}
        for sides in (("HEAD~1",), ("HEAD~1", "HEAD"), ("HEAD", "HEAD~1"))
    }
    differ = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    for names in listed.values():
        assert differ <= names
    assert listed["HEAD~1", "HEAD"] == listed["HEAD", "HEAD~1"] == listed["HEAD~1",]
    if versions[0] == versions[1]:
        assert not listed["HEAD~1",]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return two_clusters(tmp_path / "repository")


@pytest.fixture
def shop(git: Git) -> Repository:
    return Repository(git.path)


def listed(shop: Repository, *words: str) -> list[str]:
    return shop.render("affected", *words).out.splitlines()


@pytest.mark.parametrize(
    ("path", "trees"),
    [
        ("base/web.yaml", ["a", "b"]),
        ("overlays/b/cluster.yaml", ["b"]),
        ("overlays/b/kustomization.yaml", ["b"]),
        ("overlays/b/notes.txt", []),
        ("README.md", []),
        ("clusters/a/shop/configmap-web.yaml", []),
        ("docs/gear.yaml", []),
    ],
)
def test_what_a_file_affects(shop: Repository, path: str, trees: list[str]) -> None:
    append(shop, path)
    assert listed(shop) == trees


def test_the_sides(git: Git, shop: Repository) -> None:
    git.run("checkout", "--quiet", "-b", "topic")
    append(shop, "overlays/b/cluster.yaml")
    assert listed(shop, "--staged") == []
    git.run("add", "--all")
    assert listed(shop, "--staged") == ["b"]
    git.commit()
    append(shop, "overlays/a/cluster.yaml")
    assert listed(shop) == ["a", "b"]
    assert listed(shop, "HEAD") == ["a"]
    assert listed(shop, "main", "topic") == ["b"]
    assert git.run("status", "--porcelain").decode() == " M overlays/a/cluster.yaml\n"
    assert git.run("worktree", "list").count(b"\n") == 1


def test_trees_that_come_and_go(shop: Repository) -> None:
    shutil.move(shop.path / "overlays/b", shop.path / "overlays/c")
    rows = json.loads(shop.render("affected", "--json").out)
    assert rows == [
        {
            "name": name,
            "cluster": name,
            "source": f"overlays/{name}",
            "output": f"clusters/{name}",
            "change": change,
        }
        for name, change in (("b", "removed"), ("c", "added"))
    ]


@pytest.mark.parametrize(
    ("old", "new", "trees"),
    [
        ("timeout = 60\n", "timeout = 90\n", []),
        ('kubernetes = "1.36"\n', 'kubernetes = {a = "1.35"}\n', ["a"]),
        ("", 'output = "trees/{cluster}"\n', ["a", "b"]),
        ("", 'checks = {unknown-tag = "off"}\n', ["a", "b"]),
        ("# one\n", "# two\n", []),
    ],
)
def test_what_a_setting_affects(
    git: Git, shop: Repository, old: str, new: str, trees: list[str]
) -> None:
    git.commit({"render.toml": old})
    shop.write({"render.toml": new})
    assert listed(shop) == trees


def test_a_kind_that_is_defined_in_another_way(git: Git, shop: Repository) -> None:
    git.commit({"crds/gears.yaml": definition("Gear")})
    append(shop, "crds/gears.yaml")
    assert listed(shop) == ["a", "b"]


def test_a_link_in_the_sources(git: Git, shop: Repository) -> None:
    git.commit({"blue/settings.env": "A=1\n", "red/settings.env": "A=1\n", "color": Path("red")})
    git.commit({"overlays/b/kustomization.yaml": "resources: [../../base, ../../color/at]\n"})
    for color in ("blue", "red"):
        shop.write({f"{color}/at/kustomization.yaml": "namePrefix: x\n"})
    git.commit()
    assert listed(shop, "HEAD~1") == ["b"]
    (shop.path / "color").unlink()
    shop.write({"color": Path("blue")})
    assert listed(shop) == []  # the same behind another link
    shop.write({"blue/at/kustomization.yaml": "namePrefix: y\n"})
    assert listed(shop) == ["b"]


def test_a_tree_that_cannot_be_read_is_affected(git: Git, shop: Repository) -> None:
    git.commit({"overlays/b/kustomization.yaml": "resources: [../../gone]\n"})
    append(shop, "README.md")
    assert listed(shop) == ["b"]


def test_sources_in_a_submodule(git: Git, shop: Repository, tmp_path: Path) -> None:
    """Git's objects here do not hold it, so what is made of it may have changed."""
    other = new_git(tmp_path / "other")
    other.commit({"kustomization.yaml": "namePrefix: x\n"})
    git.run("submodule", "--quiet", "add", str(other.path), "vendor")
    git.commit({"overlays/b/kustomization.yaml": "resources: [../../base, ../../vendor]\n"})
    append(shop, "README.md")
    assert listed(shop) == ["b"]


def test_what_git_converts_is_no_difference(git: Git, shop: Repository) -> None:
    """As with core.autocrlf, and with Git LFS: on disk there is something else than in git."""
    git.run("config", "filter.other.clean", "sed s/blue/red/")
    git.run("config", "filter.other.smudge", "sed s/red/blue/")
    git.commit({".gitattributes": "base/kustomization.yaml filter=other\n"})
    (shop.path / "base/kustomization.yaml").unlink()
    git.run("checkout", "base/kustomization.yaml")
    assert "COLOR=blue" in (shop.path / "base/kustomization.yaml").read_text()
    os.utime(shop.path / "base/kustomization.yaml", (1, 1))  # not as old as the index
    git.run("update-index", "--refresh")
    append(shop, "overlays/b/cluster.yaml")
    assert listed(shop) == ["b"]


def test_what_is_not_possible(git: Git, shop: Repository) -> None:
    assert "more than two sides" in shop.run("affected", "a", "b", "c").err
    assert "--staged is the second side" in shop.run("affected", "a", "b", "--staged").err
    git.commit({"render.toml": "sauce = 1\n"})
    git.commit({"render.toml": ""})
    result = shop.run("affected", "HEAD~1")
    assert result.code == 2
    assert result.err.startswith("error: in HEAD~1 (")
    assert "unknown setting sauce" in result.err
    git.run("sparse-checkout", "set", "base")
    assert "sparse checkout" in shop.run("affected", "HEAD~1").err


def test_temporary_files_are_not_in_the_repository(
    shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(shop.path / "base"))
    append(shop, "base/web.yaml")
    result = shop.run("affected", "HEAD")
    assert result.code == 2
    assert f"{shop.path}/base, is in the repository" in result.err
    assert not [*shop.path.glob("base/render-*")]


def test_a_bare_repository(git: Git) -> None:
    git.commit({"overlays/b/kustomization.yaml": "resources: [../../base]\nnamePrefix: x-\n"})
    bare = Repository(git.clone("bare", "--bare").path)
    assert listed(bare, "HEAD~1", "HEAD") == ["b"]
    assert "has no working tree" in bare.run("affected", "HEAD").err


def test_a_part_of_a_larger_repository(tmp_path: Path) -> None:
    git = new_git(tmp_path / "larger")
    two_clusters(tmp_path / "larger/shop")
    shutil.rmtree(tmp_path / "larger/shop/.git")
    git.commit({"shop/render.toml": "", "other": ""})
    shop = Repository(tmp_path / "larger/shop")
    (tmp_path / "larger/other").write_text("x")
    assert listed(shop, "HEAD") == []
    append(shop, "overlays/b/cluster.yaml")
    assert listed(shop, "HEAD") == ["b"]


def test_no_temporary_directory_stays(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    append(shop, "base/web.yaml")
    assert listed(shop) == ["a", "b"]
    monkeypatch.setattr("renderer.pipeline.affected.discover", interrupt)
    assert shop.run("affected", "HEAD").code == 130
    assert os.listdir(tmp_path / "scratch") == []


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt
