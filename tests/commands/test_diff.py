"""`render diff`: what differs, from real repositories of git to the text and the JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from history.gits import Git, new_git
from support import Repository, read_world

SECRET = """apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: shop}
stringData: {password: canary-1}
"""


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """The shop with two clusters, rendered and committed on main."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    git = new_git(tmp_path / "repository")
    shop = Repository(git.path)
    shop.write(read_world("shop"))
    if not (git.path / "overlays/b").exists():
        shutil.copytree(git.path / "overlays/a", git.path / "overlays/b")
        cluster = git.path / "overlays/b/cluster.yaml"
        cluster.write_text(cluster.read_text().replace("name: a", "name: b"))
    shop.render("clusters")
    git.commit(message="first")
    return git


@pytest.fixture
def shop(git: Git) -> Repository:
    return Repository(git.path)


def edit(shop: Repository, path: str, old: str, new: str) -> None:
    file = shop.path / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def upgrade(shop: Repository) -> None:
    """A change of the base, which reaches both clusters."""
    edit(shop, "base/web.yaml", "image: web:1", "image: web:2")
    shop.render("clusters")


IMAGE = "/spec/template/spec/containers/[name=web]/image"
UPGRADED = f"""
images
  web:1 -> web:2, another major version
    2 containers in 2 clusters: a, b

~ Deployment.apps shop/web (rolls-pods)
  rolls-pods: 1 Pod is replaced, after the new one is ready
  in 2 clusters: a, b
    ~ {IMAGE}: web:1 -> web:2
"""


def test_the_working_tree_is_compared_with_where_the_branch_left(
    git: Git, shop: Repository
) -> None:
    git.run("checkout", "--quiet", "-b", "topic")
    upgrade(shop)
    assert UPGRADED in shop.render("diff").out
    git.commit()
    assert UPGRADED in shop.render("diff").out
    assert UPGRADED in shop.render("diff", "main").out
    assert "1 object in 2 clusters" in shop.render("diff", "main", "topic", "--summary").out


def test_the_way_back(git: Git, shop: Repository) -> None:
    git.run("checkout", "--quiet", "-b", "topic")
    upgrade(shop)
    git.commit()
    assert f"{IMAGE}: web:2 -> web:1" in shop.render("diff", "topic", "main").out


def test_what_is_staged(git: Git, shop: Repository) -> None:
    upgrade(shop)
    assert "no tree differs" in shop.render("diff", "--staged").out
    git.run("add", "--all")
    assert UPGRADED in shop.render("diff", "--staged").out


def test_one_cluster(shop: Repository) -> None:
    upgrade(shop)
    for words in (["--", "a"], ["--cluster", "clusters/a"]):
        out = shop.render("diff", *words).out
        assert "  in a\n" in out
        assert " b\n" not in out


def test_two_directories_need_no_git(shop: Repository) -> None:
    edit(shop, "overlays/b/cluster.yaml", "web.host: shop.example.com", "web.host: b.example.com")
    shop.render("clusters")
    shutil.rmtree(shop.path / ".git")
    out = shop.render("diff", "clusters/a", "clusters/b").out
    assert "shop.example.com" in out
    assert "b.example.com" in out
    assert "clusters/a -> clusters/b" in out
    assert "rolls-pods" not in out  # nothing is merged
    result = shop.run("diff", "clusters/a", "clusters/b", "--fail-on", "rejected")
    assert (result.code, result.out) == (2, "")


def test_a_tree_that_comes_and_one_that_goes(git: Git, shop: Repository) -> None:
    shutil.rmtree(shop.path / "overlays/b")
    shop.render("clusters", "--prune-clusters")
    out = shop.render("diff").out
    assert (
        "- Deployment.apps shop/web is removed (deletes)\n  deletes: its Pods go with it\n" in out
    )
    git.commit()
    assert (
        "+ Deployment.apps shop/web is added (in-place)\n  in b\n"
        in shop.render("diff", "HEAD", "HEAD~1").out
    )


def test_clusters_are_told_apart_by_the_settings_of_each_side(shop: Repository) -> None:
    """The output has moved: the objects are the same."""
    shop.write({"render.toml": 'output = "trees/{cluster}"\n'})
    shop.render("trees", "--prune-clusters")
    assert not (shop.path / "clusters").exists()
    assert "nothing that Kubernetes sees differs" in shop.render("diff").out


def test_json(git: Git, shop: Repository) -> None:
    upgrade(shop)
    row = json.loads(shop.render("diff", "--json").out)
    assert row["format"] == 1
    assert row["base"]["commit"] == git.id("HEAD")
    assert row["head"] == {"name": "the working tree", "commit": None}
    assert row["clusters"] == ["a", "b"]
    assert row["rendered"] is None
    (change,) = row["changes"]
    assert change == {
        "object": {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"},
        "change": "changed",
        "impact": "rolls-pods",
        "to": None,
        "clusters": ["a", "b"],
        "causes": None,
        "fields": [
            {
                "field": IMAGE,
                "follows": False,
                "variants": [{"clusters": ["a", "b"], "old": "web:1", "new": "web:2"}],
            }
        ],
    }


def test_no_secret_is_shown(git: Git, shop: Repository) -> None:
    """Of a Secret that is committed all the same."""
    path = "clusters/a/shop/secret-keys.yaml"
    header = (shop.path / "clusters/a/shop/deployment-web.yaml").read_text().partition("apiV")[0]
    shop.write({path: header + SECRET})
    git.commit()
    shop.write({path: header + SECRET.replace("canary-1", "canary-2")})
    for words in ([], ["--json"], ["--summary"]):
        result = shop.render("diff", *words)
        assert "canary" not in result.out + result.err
    assert "/stringData/password: <hidden 1> -> <hidden 2>" in shop.render("diff").out


def test_what_is_no_file_of_a_tree_is_told_of(shop: Repository) -> None:
    shop.write({"clusters/a/mine.yaml": "kind: X\n", "clusters/a/README": "x\n"})
    result = shop.render("diff")
    assert "no tree differs" in result.out
    assert "clusters/a/README and 1 more" in result.err


def break_tree(shop: Repository) -> None:
    edit(shop, "clusters/a/shop/deployment-web.yaml", "spec:", "spec: [")


def leave_git(shop: Repository) -> None:
    shutil.rmtree(shop.path / ".git")


def commit_bad_settings(shop: Repository) -> None:
    shop.write({"render.toml": "output = 3\n"})
    Git(shop.path).commit()
    shop.write({"render.toml": ""})


def do_nothing(_: Repository) -> None: ...


@pytest.mark.parametrize(
    ("prepare", "words", "message", "code"),
    [
        (do_nothing, ["mian"], "mian", 2),
        (do_nothing, ["--", "aa"], "there is no cluster aa", 2),
        (do_nothing, ["main", "main", "main"], "more than two sides", 2),
        (break_tree, [], "clusters/a/shop/deployment-web.yaml:", 1),
        (leave_git, [], "git", 2),
        (commit_bad_settings, ["HEAD"], "render.toml: output must be a string", 2),
    ],
)
def test_a_side_that_cannot_be_read_is_an_error(
    shop: Repository,
    prepare: Callable[[Repository], None],
    words: list[str],
    message: str,
    code: int,
) -> None:
    prepare(shop)
    result = shop.run("diff", *words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("error") == 1
