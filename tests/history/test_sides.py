"""The files of each side, and those that differ between two."""

from __future__ import annotations

from pathlib import Path

import pytest
from history.gits import Git, changed, contents, new_git

from renderer.errors import RenderError
from renderer.history.directory import open_directory
from renderer.history.history import History

_FILES = {
    "clusters/a/x.yaml": "x: 1\n",
    "clusters/a/y.yaml": "y: 1\n",
    "clusters/b/x.yaml": "x: 1\n",
    "README.md": "hello\n",
}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with a first commit."""
    git = new_git(tmp_path / "repository")
    git.commit(_FILES)
    return git


def test_a_revision_is_read_from_objects(git: Git) -> None:
    git.commit({"clusters/a/x.yaml": "x: 2\n"})
    (git.path / "clusters/a/x.yaml").write_text("x: 3\n")
    history = History.of(str(git.path))
    first, second = history.revision("HEAD~1"), history.revision("HEAD")
    assert contents(first) == {path: text.encode() for path, text in _FILES.items()}
    assert contents(first, "clusters/b", "README.md").keys() == {"clusters/b/x.yaml", "README.md"}
    assert contents(first, "clusters/missing") == {}
    assert changed(first, second) == {"clusters/a/x.yaml": (b"x: 1\n", b"x: 2\n")}
    assert changed(first, second, "clusters/b") == {}
    assert first.name == f"HEAD~1 ({first.commit[:7]})"
    assert first.commit == git.id("HEAD~1")


def test_a_file_that_moved_is_removed_and_added(git: Git) -> None:
    git.run("mv", "clusters/a", "clusters/c")
    git.run("commit", "--quiet", "--message", "x")
    history = History.of(str(git.path))
    assert changed(history.revision("HEAD~1"), history.revision("HEAD")) == {
        "clusters/a/x.yaml": (b"x: 1\n", b""),
        "clusters/a/y.yaml": (b"y: 1\n", b""),
        "clusters/c/x.yaml": (b"", b"x: 1\n"),
        "clusters/c/y.yaml": (b"", b"y: 1\n"),
    }


def test_the_working_tree_is_what_is_on_disk(git: Git) -> None:
    (git.path / ".gitignore").write_text("ignored.yaml\n")
    git.commit()
    (git.path / "clusters/a/x.yaml").write_text("x: 2\n")
    (git.path / "clusters/a/y.yaml").unlink()
    (git.path / "clusters/b/ignored.yaml").write_text("i: 1\n")
    (git.path / "clusters/b/new.yaml").write_text("n: 1\n")
    (git.path / "clusters/b/x.yaml").touch()
    history = History.of(str(git.path))
    differing = {
        "clusters/a/x.yaml": (b"x: 1\n", b"x: 2\n"),
        "clusters/a/y.yaml": (b"y: 1\n", b""),
        "clusters/b/ignored.yaml": (b"", b"i: 1\n"),
        "clusters/b/new.yaml": (b"", b"n: 1\n"),
    }
    assert changed(history.revision("HEAD"), history.work_tree()) == differing
    assert changed(history.staged(), history.work_tree()) == differing
    found = contents(history.work_tree())
    on_disk = [path for path in git.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert found == {str(path.relative_to(git.path)): path.read_bytes() for path in on_disk}


def test_the_index_is_what_is_staged(git: Git) -> None:
    (git.path / "clusters/a/x.yaml").write_text("x: 2\n")
    git.run("add", "clusters/a/x.yaml")
    git.run("rm", "--quiet", "--cached", "clusters/a/y.yaml")
    (git.path / "clusters/a/x.yaml").write_text("x: 3\n")
    (git.path / "clusters/a/later.yaml").write_text("l: 1\n")
    git.run("add", "--intent-to-add", "clusters/a/later.yaml")
    history = History.of(str(git.path))
    assert changed(history.revision("HEAD"), history.staged()) == {
        "clusters/a/x.yaml": (b"x: 1\n", b"x: 2\n"),
        "clusters/a/y.yaml": (b"y: 1\n", b""),
    }
    assert changed(history.revision("HEAD"), history.work_tree()) == {
        "clusters/a/later.yaml": (b"", b"l: 1\n"),
        "clusters/a/x.yaml": (b"x: 1\n", b"x: 3\n"),
    }
    assert "clusters/a/later.yaml" not in history.staged().files()


def test_directories_need_no_git(tmp_path: Path) -> None:
    for name in ("staging", "prod"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "same.yaml").write_text("s: 1\n")
        (tmp_path / name / "sub/x.yaml").write_text(f"x: {name}\n")
    staging, prod = (open_directory(str(tmp_path / name)) for name in ("staging", "prod"))
    assert changed(staging, prod) == {"sub/x.yaml": (b"x: staging\n", b"x: prod\n")}
    assert contents(prod, "sub").keys() == {"sub/x.yaml"}
    with pytest.raises(RenderError, match="nowhere does not exist"):
        open_directory(str(tmp_path / "nowhere"))
