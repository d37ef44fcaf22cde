"""What an earlier overlay, output or setting has left: found wherever it is, and never too much."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from shop import TREE, cluster_yaml, shop, snapshot

from renderer.tree.header import HEADER

if TYPE_CHECKING:
    from pathlib import Path

    from support import Repository

_APPS = 'source = "apps/{app}/{cluster}"\noutput = "clusters/{cluster}/{app}"\n'
_SPLIT = 'source = "overlays/{cluster}"\noutput = "clusters/{cluster}/shop"\n'


def _ours(name: str, source: str, output: str) -> str:
    return (
        f"{HEADER}\n# Cluster: {name}\n# Source: {source}"
        f" (edit there or in what it composes, then: render {output})\n"
    )


def _move(repository: Repository, cluster: str, app: str = "web") -> None:
    """Move an overlay to where the settings of several apps look for it."""
    files = shop()
    source = repository.path / f"apps/{app}/{cluster}"
    source.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(repository.path / f"overlays/{cluster}", source)
    text = files["overlays/a/kustomization.yaml"].replace("../../base", "../../../base")
    (source / "kustomization.yaml").write_text(text)
    repository.write({"render.toml": _APPS})


def _all_of(repository: Repository, below: str) -> set[str]:
    return set(repository.files(below))


@pytest.mark.parametrize("app", ["web", "shop", "_cluster"])
def test_an_overlay_that_moved_with_a_new_output(repository: Repository, app: str) -> None:
    """Old files are beside and, where an app is called as a namespace, in the new trees."""
    repository.write(shop("a", "b"))
    repository.render("clusters")
    for cluster in ("a", "b"):
        _move(repository, cluster, app)
    repository.render("a")
    report = repository.render("clusters").err
    for name in ("a", "b"):
        assert f"clusters/{name}: warning: the overlay of this tree is gone" in report
        assert f"as clusters/{name}/_cluster/namespace-shop.yaml (4 files) [orphan-tree]" in report
        assert f"hint: render clusters/{name} --prune-clusters removes" in report
    for arguments in (["clusters", "--check"], ["a", "--check"], [".", "--check", "--diff"]):
        result = repository.run(*arguments)
        assert (result.code, "[orphan-tree]" in result.err) == (1, True)
    assert repository.render("check").out.count("[orphan-tree]") == 2
    result = repository.render("clusters", "--prune-clusters")
    assert "clusters/a: its overlay is gone; 4 files removed\n" in result.err
    assert _all_of(repository, "clusters") == {
        f"{name}/{app}/{path}" for name in ("a", "b") for path in TREE
    }
    assert repository.render("clusters", "--check").err.count("orphan") == 0
    assert "orphan" not in repository.render("check").out


def test_an_output_that_one_more_directory_is_in_and_back(repository: Repository) -> None:
    repository.write(shop("a", "b"))
    repository.render("clusters")
    repository.write({"render.toml": _SPLIT})
    result = repository.run("clusters", "--check")
    assert result.code == 1
    assert (
        "clusters/a: warning: overlays/a is rendered to clusters/a/shop now, but what was rendered"
        " from it is still here, as clusters/a/_cluster/namespace-shop.yaml (4 files)"
        " [moved-tree]\n" in result.err
    )
    result = repository.render("clusters", "--prune-clusters")
    assert "clusters/a: it is rendered elsewhere now; 4 files removed\n" in result.err
    split = {f"{name}/shop/{path}" for name in ("a", "b") for path in TREE}
    assert _all_of(repository, "clusters") == split
    (repository.path / "render.toml").unlink()
    result = repository.render("clusters")
    assert "clusters/a/shop: warning: overlays/a is rendered to clusters/a now" in result.err
    repository.render("clusters/a", "--prune-clusters")
    assert _all_of(repository, "clusters") == {
        *(f"a/{path}" for path in TREE),
        *(f"b/{path}" for path in TREE),
        *(path for path in split if path.startswith("b/")),
    }


@pytest.mark.parametrize("old", ["clusters/{cluster}", "deploy/trees/{cluster}", "{cluster}"])
@pytest.mark.parametrize("new", ["rendered/{cluster}", "rendered/x/{cluster}/y", "z{cluster}"])
def test_an_output_that_is_elsewhere_now(repository: Repository, old: str, new: str) -> None:
    repository.write({**shop("a"), "render.toml": f'output = "{old}"\n'})
    repository.render(".")
    repository.write({"render.toml": f'output = "{new}"\n'})
    was, now = old.replace("{cluster}", "a"), new.replace("{cluster}", "a")
    result = repository.run(".", "--check")
    assert result.code == 1
    assert f"{was}: warning: overlays/a is rendered to {now} now, but what" in result.err
    repository.render(".", "--prune-clusters")
    assert not (repository.path / was).exists()
    assert _all_of(repository, now) == set(TREE)
    assert repository.render(".", "--check").err.count("warning") == 0


def test_a_second_entry_changes_the_names_of_trees_and_no_file_is_foreign(
    repository: Repository,
) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    entry = 'source = "apps/{app}"\noutput = "apps-out/{app}"\n'
    repository.write(
        {
            "render.toml": f"[[trees]]\n[[trees]]\n{entry}",
            "apps/x/kustomization.yaml": "resources: [a.yaml]\n",
            "apps/x/a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
        }
    )
    result = repository.render(".")
    assert "clusters/a: 4 manifests, 4 changed\n" in result.err
    assert "warning" not in result.err


def test_a_directory_of_several_owners_is_done_in_one_run(repository: Repository) -> None:
    repository.write(shop("a", "gone", "left", "old"))
    repository.render("clusters")
    for name in ("gone", "left"):
        shutil.rmtree(repository.path / "overlays" / name)
    repository.write({"render.toml": '[[trees]]\nwhere = {cluster = ["!old"]}\n'})
    clusters = repository.path / "clusters"
    for name in ("left", "old"):
        shutil.move(clusters / name, clusters / "gone" / f"from-{name}")
    repository.write({"clusters/gone/mine.yaml": "kind: Mine\n"})
    result = repository.render("clusters", "--prune-clusters")
    assert result.err.count("clusters/gone: its overlay is gone; 4 files removed\n") == 2
    assert "clusters/gone: warning: this was rendered from overlays/old, which" in result.err
    assert _all_of(repository, "clusters/gone") == {
        "mine.yaml",
        *(f"from-old/{path}" for path in TREE),
    }
    repository.render("clusters/gone", "--prune-clusters")
    assert _all_of(repository, "clusters/gone") == {"mine.yaml"}


def test_a_copy_in_another_tree(repository: Repository) -> None:
    repository.write(shop("a", "b"))
    repository.render("clusters")
    copy = repository.path / "clusters/b/shop/copy.yaml"
    shutil.copy(repository.path / "clusters/a/shop/service-web.yaml", copy)
    for _ in range(2):  # also when it comes from the record
        result = repository.render("clusters/b")
        assert "clusters/b: warning: overlays/a is rendered to clusters/a now, but what was" in (
            result.err
        )
        assert "as clusters/b/shop/copy.yaml (1 file) [moved-tree]" in result.err
    assert "warning" not in repository.render("clusters/a").err
    repository.render("clusters/a", "--prune-clusters")
    assert copy.exists()
    repository.render("clusters/b", "--prune-clusters")
    assert not copy.exists()
    assert _all_of(repository, "clusters") == {f"{name}/{path}" for name in "ab" for path in TREE}


def test_a_conflict_over_whose_file_it_is(repository: Repository) -> None:
    """One side of it is the tree's own, so the file is; which side comes first says nothing."""
    repository.write(shop("a", "b"))
    repository.render("clusters")
    path = repository.path / "clusters/a/shop/service-web.yaml"
    before, own = _ours("gone", "overlays/gone", "clusters/gone"), path.read_text()
    conflict = f"<<<<<<< HEAD\n{before}=======\n{own}>>>>>>> branch\n"
    path.write_text(conflict)
    assert "orphan" not in repository.render("check").out
    result = repository.run("clusters/b", "gone", "--prune-clusters")
    assert (result.code, path.read_text()) == (2, conflict)
    assert "error: there is no cluster gone\n" in result.err
    repository.render("clusters/b", "--prune-clusters")
    assert path.read_text() == conflict
    assert "clusters/a: 4 manifests, 1 changed" in repository.render("clusters").err
    assert path.read_text() == own


@pytest.mark.parametrize(
    ("settings", "is_ours"),
    [
        ("[tool.rendercv]\n", True),
        ('"[tool.render" = 1\n', True),
        ("[tool.render]\n", False),
        ("[ tool . render ]\n", False),
        ("[tool.render]\nsource = \n", False),  # whatever is wrong with them
    ],
)
def test_a_repository_inside_ours_is_told_by_its_settings(
    repository: Repository, settings: str, is_ours: bool
) -> None:
    repository.write({**shop("a"), "render.toml": 'output = "old/{cluster}"\n'})
    repository.render("old")
    repository.write({"render.toml": "", "old/pyproject.toml": settings})
    assert ("[moved-tree]" in repository.run("clusters").err) == is_ours


# Names


def test_a_name_prunes_no_more_than_itself(repository: Repository) -> None:
    """Also where it means every tree that there is."""
    repository.write(shop("a", "gone", "left"))
    repository.render("clusters")
    for name in ("gone", "left"):
        shutil.rmtree(repository.path / "overlays" / name)
    for argument in ("a", "clusters/a", "overlays/a"):
        repository.render(argument, "--prune-clusters")
    assert {path.name for path in (repository.path / "clusters").iterdir()} == {"a", "gone", "left"}
    for argument in ("gone", "overlays/left"):
        result = repository.render(argument, "--prune-clusters")
        assert "its overlay is gone; 4 files removed" in result.err
    assert {path.name for path in (repository.path / "clusters").iterdir()} == {"a"}


def test_a_directory_above_some(repository: Repository) -> None:
    settings = 'source = "overlays/{region}/{cluster}"\noutput = "clusters/{region}/{cluster}"\n'
    files = {path: text for path, text in shop().items() if path.startswith("base/")}
    for name in ("eu/a", "eu/gone", "us/gone"):
        files[f"overlays/{name}/kustomization.yaml"] = "resources: [../../../base]\n"
        files[f"overlays/{name}/cluster.yaml"] = cluster_yaml(name)
    repository.write({**files, "render.toml": settings})
    repository.render("clusters")
    for name in ("eu", "us"):
        shutil.rmtree(repository.path / "overlays" / name / "gone")
    repository.render("clusters/eu", "--prune-clusters")
    assert (repository.path / "clusters/us/gone").exists()
    assert not (repository.path / "clusters/eu/gone").exists()
    assert repository.run("clusters/nowhere", "--prune-clusters").code == 2


def test_the_last_overlay_can_go(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    shutil.rmtree(repository.path / "overlays")
    before = snapshot(repository.path)
    for arguments in (["clusters"], ["."], ["clusters", "--check"], ["check"], ["list"]):
        result = repository.run(*arguments)
        assert result.code == 2
        assert result.err == (
            "error: no directory with a kustomization.yaml or a cluster.yaml is as source ="
            " 'overlays/{cluster}', so there are no clusters\n"
            "  hint: correct the settings; after the last overlay is gone,"
            " run: render . --prune-clusters\n"
        )
    assert snapshot(repository.path) == before
    repository.render("clusters", "--prune-clusters")
    assert not (repository.path / "clusters").exists()


def test_a_mistyped_source_removes_nothing(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    repository.write({"render.toml": 'source = "overlay/{cluster}"\n'})
    before = repository.files()
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err.startswith("error: render.toml: no directory with a kustomization.yaml")
    result = repository.run("clusters", "--prune-clusters")
    assert "clusters/a: warning: this was rendered from overlays/a, which" in result.err
    assert repository.files() == before


# What must stay


def test_nothing_is_removed_while_a_tree_fails(repository: Repository) -> None:
    """What could not be rendered may have moved: the old files are all that there is of it."""
    repository.write(shop("a", "b"))
    repository.render("clusters")
    _move(repository, "a")
    _move(repository, "b")
    repository.write({"apps/web/b/cluster.yaml": cluster_yaml("b", "b.example.com", "    x: 1\n")})
    result = repository.run("clusters", "--prune-clusters")
    assert result.code == 1
    assert {f"a/{path}" for path in TREE} < _all_of(repository, "clusters")
    assert {f"b/{path}" for path in TREE} < _all_of(repository, "clusters")


def test_a_repository_inside_has_its_own_trees(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    for place in ("teams/x", "teams/y", "clusters/inner", "teams/z"):
        shutil.copytree(repository.path / "clusters", repository.path / place / "clusters")
    repository.write({"teams/x/render.toml": "", "teams/y/pyproject.toml": "[tool.render]\n"})
    (repository.path / "clusters/inner/.git").mkdir()
    before = repository.files()
    assert "warning" not in repository.render(".", "--prune-clusters").err
    assert repository.files() == before


def test_links_lead_to_no_strays(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    text = _ours("gone", "overlays/gone", "clusters/gone")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.yaml").write_text(text)
    for place in ("clusters/gone", "clusters/a/shop/link", "trees"):
        (repository.path / place).symlink_to(tmp_path / "outside")
    (repository.path / "clusters/a/shop/x.yaml").symlink_to(tmp_path / "outside/x.yaml")
    os.mkfifo(repository.path / "clusters/a/shop/y.yaml")
    os.mkfifo(repository.path / "clusters/y.yaml")
    assert "warning" not in repository.render(".", "--prune-clusters").err
    assert (tmp_path / "outside/x.yaml").read_text() == text


@pytest.mark.parametrize("source", ["../outside", "/etc", "", "a/../../outside", "x\x1b[31m"])
def test_a_header_that_somebody_has_written(
    repository: Repository, source: str, tmp_path: Path
) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    (tmp_path / "outside").mkdir()
    repository.write({"clusters/b/x.yaml": _ours("b", source, "../../outside")})
    result = repository.render("clusters", "--prune-clusters")
    assert "clusters/b: its overlay is gone; 1 file removed\n" in result.err
    assert [*(tmp_path / "outside").iterdir()] == []


def test_a_header_that_names_the_file_itself(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.render("clusters")
    repository.write({"clusters/b.yaml": _ours("b", "overlays/b", "clusters/b.yaml")})
    result = repository.render("clusters", "--prune-clusters")
    assert "clusters: its overlay is gone; 1 file removed\n" in result.err
    assert not (repository.path / "clusters/b.yaml").exists()


def test_a_temporary_file_beside_them(repository: Repository) -> None:
    repository.write(shop("a", "gone"))
    repository.render("clusters")
    shutil.rmtree(repository.path / "overlays/gone")
    repository.write({"clusters/gone/shop/.render-1.tmp": ""})
    repository.write({"clusters/gone/_cluster/.render-2.tmp": "mine\n"})
    repository.render("clusters", "--prune-clusters")
    assert _all_of(repository, "clusters/gone") == {"_cluster/.render-2.tmp"}


# What cannot be read is not gone


def _fails(monkeypatch: pytest.MonkeyPatch, place: Path, number: int) -> None:
    """Let the system refuse to look into a directory, as a broken disk does."""
    real_scandir, real_lstat = os.scandir, os.lstat
    error = OSError(number, os.strerror(number), str(place))

    def scandir(path: str) -> Any:
        if str(path).rstrip("/") == str(place):
            raise error
        return real_scandir(path)

    def lstat(path: str, **options: int) -> os.stat_result:
        if os.path.dirname(os.fspath(path)) == str(place):
            raise error
        return real_lstat(path, **options)

    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr("os.lstat", lstat)


@pytest.mark.parametrize("number", [5, 13], ids=["EIO", "EACCES"])
@pytest.mark.parametrize("place", ["overlays/gone", "overlays", "clusters/gone", "clusters"])
def test_what_cannot_be_read_is_not_gone(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, place: str, number: int
) -> None:
    repository.write(shop("a", "gone", "left"))
    repository.render("clusters")
    for name in ("gone", "left"):
        shutil.rmtree(repository.path / "overlays" / name)
    (repository.path / "overlays/gone").mkdir()
    before = repository.files()
    with monkeypatch.context() as patched:
        _fails(patched, repository.path / place, number)
        result = repository.run("clusters", "--prune-clusters")
    assert result.code == 1
    assert f"{place}: " in result.err
    assert repository.files() == before


@pytest.mark.parametrize("target", ["nowhere", "gone"])
def test_an_overlay_that_is_a_link_to_nowhere_is_not_gone(
    repository: Repository, target: str
) -> None:
    repository.write(shop("a", "gone"))
    repository.render("clusters")
    shutil.rmtree(repository.path / "overlays/gone")
    (repository.path / "overlays/gone").symlink_to(target)
    before = repository.files("clusters")
    result = repository.run("clusters", "--prune-clusters")
    assert result.code == 1
    assert "overlays/gone: cannot be read: " in result.err
    assert repository.files("clusters") == before
