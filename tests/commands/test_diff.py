"""`render diff`: what differs, from real repositories of git to the text and the JSON."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from history.gits import Git, new_git
from history.shops import HEADER
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


@pytest.mark.parametrize("options", [["--all"], ["base", "clusters"]])
def test_what_is_staged_while_it_is_committed(
    git: Git, shop: Repository, options: list[str]
) -> None:
    """`git commit --all` and `git commit PATH` make the commit from an index of their own."""
    said = git.path / ".git/said"
    hook = git.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{sys.executable} -m renderer diff --staged > {said}\n")
    hook.chmod(0o755)
    upgrade(shop)
    git.run("-c", f"core.hooksPath={hook.parent}", "commit", "--quiet", "-m", "more", *options)
    assert UPGRADED in said.read_text()


def test_the_index_of_another_repository_is_not_read(
    git: Git, shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(shop)
    git.run("add", "--all")
    other = new_git(tmp_path / "other")
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    assert UPGRADED in shop.render("diff", "--staged").out


@pytest.mark.parametrize("options", [[], ["--summary"], ["--json"], ["--fail-on", "rejected"]])
def test_directories_that_are_called_like_revisions(
    git: Git, shop: Repository, options: list[str]
) -> None:
    git.run("checkout", "--quiet", "-b", "topic")
    upgrade(shop)
    git.commit()
    shop.write({"main/a": "", "HEAD/a": ""})
    result = shop.run("diff", "main", "HEAD", *options)
    assert (result.code, result.out) == (2, "")
    assert "error: main is both a directory and a revision\n" in result.err
    assert "write ./main for the directory, main^0 for the revision" in result.err
    assert UPGRADED in shop.render("diff", "main^0", "HEAD").out
    assert "./main -> HEAD" in shop.run("diff", "./main", "./HEAD").out.replace("./HEAD", "HEAD")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("# a \u2028rm -rf /", "# a \nrm -rf /", ["-# a \\u2028rm -rf /", "+# a ", "+rm -rf /"]),
        ("# a \x0crm -rf /", "# a \nrm -rf /", ["-# a \\u000crm -rf /", "+# a ", "+rm -rf /"]),
        ("a\nb", "a\r\nb\r", ["-a", "-b", "+a\\u000d", "+b\\u000d"]),
        ("a\nb\n", "a\nb", ["+\\ no line break at the end"]),
        ("a\nb", "a\nb\n", ["-\\ no line break at the end"]),
        ("a\nadmin", "a\nadmin\u3164", ["-admin", "+admin\\u3164"]),
        ("admin", "ad\u034fmin", ["admin -> ad\\u034fmin"]),
        ("a b", "a\u00a0b", ["a b -> a\\u00a0b"]),
    ],
)
def test_what_differs_in_a_text_is_seen(
    git: Git, shop: Repository, old: str, new: str, shown: list[str]
) -> None:
    """Programs end a line at a line feed, and people do not see every character."""
    edit(shop, "base/kustomization.yaml", "resources: [", "resources: [s.yaml, ")
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s", "namespace": "s"}}
    for value in (old, new):
        git.commit({"base/s.yaml": json.dumps({**config, "data": {"run.sh": value}})})
        shop.render("clusters")
        git.commit()
    lines = [line.strip(" ~") for line in shop.render("diff", "HEAD~2").out.split("\n")]
    assert all(any(line.endswith(one.strip()) for line in lines) for one in shown)


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
    assert "\n- cluster b goes, with 4 objects\n" in out
    assert "Deployment" not in out  # it only goes along
    assert "\n- Namespace shop is removed (loses-data)\n" in out
    assert json.loads(shop.render("diff", "--json").out)["removed_clusters"] == ["b"]
    git.commit()
    out = shop.render("diff", "HEAD", "HEAD~1").out
    assert out.endswith("\n+ cluster b is new, with 4 objects\n    by overlays/b (a new tree)\n")


def test_of_a_cluster_that_stays_each_object_is_told(shop: Repository) -> None:
    (shop.path / "clusters/a/shop/deployment-web.yaml").unlink()
    out = shop.render("diff").out
    assert "- Deployment.apps shop/web is removed" in out
    assert "cluster a goes" not in out


def test_clusters_are_told_apart_by_the_settings_of_each_side(shop: Repository) -> None:
    """The output has moved: the objects are the same."""
    shop.write({"render.toml": 'output = "trees/{cluster}"\n'})
    shop.render("trees", "--prune-clusters")
    assert not (shop.path / "clusters").exists()
    assert "nothing that Kubernetes sees differs" in shop.render("diff").out


def in_clusters(
    tmp_path: Path, values: list[tuple[str, str]], name: str = "a"
) -> tuple[str, list[dict[str, Any]]]:
    """What is printed of a ConfigMap with one key that changes so in clusters of a repository."""
    git = new_git(tmp_path / "fleet")
    fleet = Repository(git.path)

    def write(side: int) -> None:
        for number, pair in enumerate(values):
            one = f"site{number:03}"
            data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
            body = {**data, "data": {name: pair[side]}}
            path = f"clusters/{one}/_no-namespace/configmap-a.yaml"
            fleet.write({path: HEADER.format(one) + json.dumps(body)})

    fleet.write({"render.toml": ""})
    write(0)
    git.commit()
    write(1)
    out = fleet.render("diff").out
    assert max(map(len, out.splitlines())) <= 80
    return out, json.loads(fleet.render("diff", "--json").out)["changes"]


def test_hundreds_of_values_are_told_by_the_first(tmp_path: Path) -> None:
    values = [(f"v{number % 150}", f"w{number % 150}") for number in range(300)]
    out, (change,) = in_clusters(tmp_path, values)
    assert "  in all 300 clusters\n    ~ /data/a differs by cluster:\n      CLUSTER " in out
    assert "\n      2 clusters: site000, site150  v0    w0\n" in out
    assert out.endswith("\n      ... 130 more, in 260 clusters (--json has them)\n")
    (field,) = change["fields"]
    assert len(field["variants"]) == 150


def test_texts_and_long_values_that_differ_by_cluster_stand_below_them(tmp_path: Path) -> None:
    texts = [(f"[a]\nb = {number}\n", f"[a]\nb = {number}\nc = 1\n") for number in (1, 2)]
    out, _ = in_clusters(tmp_path, texts, "a.cfg")
    block = "      in {}\n        ~ /data/a.cfg (INI)\n          + /a/c\n"
    assert block.format("site000") in out
    assert block.format("site001") in out
    out, _ = in_clusters(tmp_path / "x", [("x" * 60, "y" * 60), ("x" * 60, "z" * 60)])
    assert "      in site000\n        ~ /data/a\n          - xxx" in out


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
        "causes": [{"path": "base/web.yaml", "line": 0, "what": None, "certain": True}],
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
    for words in ([], ["--json"], ["--summary"], ["--unified"]):
        result = shop.render("diff", *words)
        assert "canary" not in result.out + result.err
    assert "/stringData/password: <hidden 1> -> <hidden 2>" in shop.render("diff").out


def test_unified_is_what_patch_takes(git: Git, shop: Repository) -> None:
    upgrade(shop)
    shop.write({"overlays/b/cluster.yaml": "apiVersion: renderer.gitops/v1\nkind: Cluster\n"})
    shutil.rmtree(shop.path / "overlays/b")
    shop.render("clusters", "--prune-clusters")
    wanted = shop.files("clusters")
    out = shop.render("diff", "--unified").out
    assert re.search(r"\n- +image: web:1\n\+ +image: web:2\n", out)
    paths = re.findall("^--- (.*)$", out, re.MULTILINE)
    assert len(paths) > 3
    assert paths == sorted(paths)
    git.run("add", "--all")
    assert shop.render("diff", "--unified", "--staged").out == out
    git.run("reset", "--quiet", "--hard")
    subprocess.run(["patch", "-p1", "-s"], cwd=shop.path, input=out, text=True, check=True)
    assert shop.files("clusters") == wanted


def test_unified_of_two_directories(shop: Repository) -> None:
    edit(shop, "clusters/b/shop/deployment-web.yaml", "web:1", "web:2")
    shutil.move(shop.path / "clusters/b/shop/deployment-web.yaml", shop.path / "clusters/b")
    out = shop.render("diff", "--unified", "clusters/a", "clusters/b").out
    assert "\n--- a/shop/deployment-web.yaml\n+++ /dev/null\n" in f"\n{out}"
    assert "\n--- /dev/null\n+++ b/deployment-web.yaml\n" in f"\n{out}"


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
        (do_nothing, ["--unified", "--json"], "--unified is an answer of its own", 2),
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
