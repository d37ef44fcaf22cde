"""Which paths are asked for: git and what is looked up here agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from history.gits import Git, new_git

from renderer.history.history import History
from renderer.history.paths import Paths
from renderer.history.repository import GitRepository
from renderer.history.stored import untracked

_FILES = [
    "x-1.yaml",
    "clusters/x-2.yaml",
    "clusters/y.yaml",
    "clusters/a/x-3.yaml",
    "clusters/a/xy/x-4.yaml",
    "clusters/x-5/y.yaml",
    "clusters2/x-6.yaml",
    "a[b]*/x-7.yaml",
    "a[b]*/y.yaml",
    "ab/x-8.yaml",
    "a[b]*/\\/x-9.yaml",
]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository in which some files are committed, some staged, and others neither."""
    git = new_git(tmp_path / "repository")
    git.commit({path: f"{path}: 1\n" for path in _FILES[::2]})
    return git


@pytest.mark.parametrize("directories", [(), ("clusters",), ("a[b]*", "clusters/a"), ("no",)])
@pytest.mark.parametrize("names", [(), ("x-",), ("y", "x-3")])
@pytest.mark.parametrize("without", [(), ("clusters/a", "a[b]*")])
def test_every_side_has_what_the_paths_hold(
    git: Git, directories: tuple[str, ...], names: tuple[str, ...], without: tuple[str, ...]
) -> None:
    paths = Paths(directories, without, names)
    history = History.of(str(git.path))
    for number, path in enumerate(_FILES[1::2]):
        (git.path / path).parent.mkdir(parents=True, exist_ok=True)
        (git.path / path).write_text("later")
        if number % 2:
            git.run("--literal-pathspecs", "add", path)
    for side in (history.revision("HEAD"), history.staged(), history.work_tree()):
        found = {path: one for path, one in side.files().items() if paths.hold(path)}
        assert side.chosen(paths) == found, side


@pytest.mark.parametrize(
    ("paths", "others", "include"),
    [
        (Paths(), Paths(), True),
        (Paths(), Paths(("a",)), True),
        (Paths(("a",)), Paths(), False),
        (Paths(("a",)), Paths(("a/b", "a")), True),
        (Paths(("a", "b")), Paths(("b/c",)), True),
        (Paths(("a",)), Paths(("a/b", "b")), False),
        (Paths(("a",)), Paths(("ab",)), False),
        (Paths(without=("a",)), Paths(), False),
        (Paths(without=("a/b",)), Paths(without=("a", "c")), True),
        (Paths(without=("a",)), Paths(without=("a/b",)), False),
        (Paths(without=("a",)), Paths(("b",)), False),
        (Paths(names=("x-",)), Paths(), False),
        (Paths(names=("x-", "y-")), Paths(("a",), names=("y-z",)), True),
        (Paths(names=("x-",)), Paths(("a",), names=("x",)), False),
        (Paths(("a",)), Paths(("a/b",), names=("x",)), True),
    ],
)
def test_what_other_paths_include(paths: Paths, others: Paths, include: bool) -> None:
    assert paths.include(others) is include


def test_git_looks_at_the_disk_once(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Paths] = []

    def noted(repository: GitRepository, paths: Paths) -> list[str]:
        asked.append(paths)
        return untracked(repository, paths)

    monkeypatch.setattr("renderer.history.work_tree.untracked", noted)
    side = History.of(str(git.path)).work_tree()
    new = git.path / "clusters/a/new.yaml"
    new.write_text("x")
    assert "clusters/a/new.yaml" in side.files(("clusters",))
    assert "clusters/a/new.yaml" in side.files(("clusters/a",))
    assert side.chosen(Paths(("clusters",), names=("new",))).keys() == {"clusters/a/new.yaml"}
    assert side.files(("a[b]*",)).keys() <= {*_FILES}
    assert asked == [Paths(("clusters",)), Paths(("a[b]*",))]
