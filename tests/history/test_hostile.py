"""A repository is data: nothing that its configuration names is run when its history is read.

Every way is one that plain git takes, which is shown first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from history.gits import Git, changed, contents, new_git

from renderer.errors import RenderError, ToolError
from renderer.history.history import History
from renderer.history.sides import compare
from renderer.history.writing import write_side

_DAY = 86400  # seconds
_X = "clusters/a/x.yaml"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with a file that is newer than its index, so that git looks into it."""
    git = new_git(tmp_path / "repository")
    git.commit({_X: "x: 1\n", "clusters/a/y.yaml": "y: 1\n"})
    git.commit({_X: "x: 2\n"})
    tomorrow = time.time() + _DAY
    os.utime(git.path / _X, (tomorrow, tomorrow))
    git.run("add", _X)
    return git


@pytest.fixture
def evil(tmp_path: Path) -> str:
    """A program that leaves a file behind, and is a filter that changes nothing."""
    program = tmp_path / "evil"
    program.write_text(f'#!/bin/sh\n: > {tmp_path}/ran\n[ "$1" ] || cat\n')
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("name", [".git", ".git/HEAD", ".git/config", ".git/index"])
def test_a_pipe_that_git_would_wait_for(git: Git, name: str) -> None:
    path = git.path / name
    path.rename(git.path / "away")
    os.mkfifo(path)
    with pytest.raises(ToolError, match=f"{path}: is not a regular file, and git cannot read it"):
        History.of(str(git.path)).staged().files(())


@pytest.mark.holds_off("bomb")
def test_an_object_that_is_a_pipe(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renderer.history.blobs.STALLED", 0.5)
    side = History.of(str(git.path)).revision("HEAD")
    one = git.id("HEAD:" + _X)
    path = git.path / ".git/objects" / one[:2] / one[2:]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ToolError, match=r"git printed nothing for 0\.5 s and was stopped"):
        [*side.read([one])]


def _has_run(git: Git) -> bool:
    path = git.path.parent / "ran"
    has = path.exists()
    path.unlink(missing_ok=True)
    return has


def _plain(git: Git, *arguments: str) -> None:
    """What plain git does, whether it succeeds or not."""
    command = ["git", *arguments]
    subprocess.run(command, cwd=git.path, check=False, capture_output=True, timeout=60)


def _read_all(git: Git) -> None:
    """Everything that is asked of a history, which gives the right answer."""
    (git.path / "clusters/a/y.yaml").write_text("y: 2\n")
    (git.path / "clusters/a/new.yaml").write_text("n: 1\n")
    history = History.of(str(git.path))
    first, second = history.revision("HEAD~1"), history.revision("HEAD")
    assert history.default_base().commit == second.commit
    assert changed(first, second) == {_X: (b"x: 1\n", b"x: 2\n")}
    ours = {"clusters/a/new.yaml": (b"", b"n: 1\n"), "clusters/a/y.yaml": (b"y: 1\n", b"y: 2\n")}
    assert changed(second, history.work_tree(), "clusters") == ours
    assert changed(history.staged(), history.work_tree(), "clusters") == ours
    for side in (first, history.staged(), history.work_tree()):
        assert contents(side)[_X].startswith(b"x: ")
        side.skipped()
        assert _X in side.touched(first.commit).paths or side is first
    with TemporaryDirectory() as directory:
        write_side(first, directory, lambda _: True)
        assert Path(directory, _X).read_bytes() == b"x: 1\n"


def _driver(name: str, key: str) -> Callable[[Git, str], None]:
    """Configures a filter for all files, in a file that the configuration includes."""

    def configure(git: Git, evil: str) -> None:
        git.run("config", "--file", ".git/more", f"filter.{name}.{key}", evil)
        git.run("config", "--file", ".git/more", f"filter.{name}.required", "true")
        git.run("config", "include.path", "more")
        (git.path / ".git/info").mkdir(exist_ok=True)
        (git.path / ".git/info/attributes").write_text(f"* filter={name}\n")

    return configure


def _of_a_work_tree(git: Git, evil: str) -> None:
    git.run("config", "extensions.worktreeConfig", "true")
    git.run("config", "--worktree", "filter.evil.clean", evil)
    (git.path / ".git/info").mkdir(exist_ok=True)
    (git.path / ".git/info/attributes").write_text("* filter=evil\n")


def _fsmonitor(git: Git, evil: str) -> None:
    git.run("config", "core.fsmonitor", evil)
    git.run("config", "core.fsmonitorHookVersion", "1")


_FILTERS = {
    "clean": _driver("evil", "clean"),
    "process": _driver("evil", "process"),
    "name in capitals": _driver("EVIL", "clean"),
    "name with dots": _driver("e.v.clean", "clean"),
    "worktree": _of_a_work_tree,
}


@pytest.mark.parametrize("way", _FILTERS.values(), ids=_FILTERS)
def test_filters(git: Git, evil: str, way: Callable[[Git, str], None]) -> None:
    way(git, evil)
    _plain(git, "diff-files", "--raw")
    assert _has_run(git)
    _read_all(git)
    assert not _has_run(git)


def test_a_filter_that_cannot_be_taken_out(git: Git, evil: str) -> None:
    _driver("e=v", "clean")(git, evil)
    _plain(git, "diff-files", "--raw")
    assert _has_run(git)
    with pytest.raises(RenderError) as error:
        History.of(str(git.path)).work_tree().files()
    assert error.value.message == (
        f"git's configuration of {git.path} has a filter with = in its name"
    )
    assert not _has_run(git)


def test_fsmonitor(git: Git, evil: str) -> None:
    _fsmonitor(git, evil)
    _plain(git, "status")
    assert _has_run(git)
    _read_all(git)
    assert not _has_run(git)


def test_a_submodule_with_a_configuration_of_its_own(git: Git, evil: str, tmp_path: Path) -> None:
    other = new_git(tmp_path / "other")
    other.commit({"x": "1\n"})
    git.run("submodule", "--quiet", "add", str(other.path), "sub")
    _fsmonitor(Git(git.path / "sub"), evil)
    _plain(git, "status")
    assert _has_run(git)
    _read_all(git)
    assert not _has_run(git)


_KEYS = (
    "diff.external",
    "diff.evil.command",
    "diff.evil.textconv",
    "merge.evil.driver",
    "core.pager",
    "pager.diff-tree",
    "core.sshCommand",
    "core.askPass",
    "core.editor",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "credential.helper",
    "gpg.program",
    "remote.origin.uploadpack",
    "remote.origin.vcs",
    "uploadpack.packObjectsHook",
)


def test_all_else_that_git_can_be_told_to_run(git: Git, evil: str) -> None:
    git.run("config", "core.hooksPath", os.path.dirname(evil))
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        os.link(evil, git.path.parent / name)
    for key in _KEYS:
        git.run("config", key, evil)
    for name in ("diff-tree", "diff-index", "diff-files", "cat-file", "ls-files", "rev-parse"):
        git.run("config", f"alias.{name}", f"!{evil}")
    (git.path / ".gitattributes").write_text("* diff=evil merge=evil\n")
    _plain(git, "diff", "HEAD~1")
    assert _has_run(git)
    _read_all(git)
    assert not _has_run(git)


_ADDRESSES = [
    "ext::EVIL %S x",
    "ssh://x/y",
    "file://PLACE/other",
    "evil::x",
    "https://localhost:1/x",
]


@pytest.mark.parametrize("address", _ADDRESSES)
def test_what_a_partial_clone_left_out_is_not_fetched(git: Git, evil: str, address: str) -> None:
    git.run("config", "uploadpack.allowFilter", "true")
    git.run("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = git.clone("clone", "--filter=blob:none", "--no-checkout")
    os.link(evil, git.path.parent / "git-remote-evil")
    place = str(git.path.parent)
    url = address.replace("EVIL", evil).replace("PLACE", place)
    for key in ("core.sshCommand", "remote.origin.uploadpack", "credential.helper"):
        clone.run("config", key, evil)
    clone.run("config", "protocol.allow", "always")
    clone.run("config", "protocol.ext.allow", "always")
    clone.run("config", "remote.origin.url", url)
    _plain(clone, "show", "HEAD:" + _X)
    if not address.startswith(("https", "evil")):
        assert _has_run(clone)
    history = History.of(str(clone.path))
    with pytest.raises(ToolError, match="git cannot read"):
        contents(history.revision("HEAD"))
    assert not _has_run(clone)


_VARIABLES = {
    "GIT_EXTERNAL_DIFF": "EVIL",
    "GIT_SSH_COMMAND": "EVIL",
    "GIT_PAGER": "EVIL",
    "GIT_PYTHON_GIT_EXECUTABLE": "EVIL",
    "GIT_EXEC_PATH": "PLACE",
    "GIT_DIR": "PLACE/other",
    "GIT_INDEX_FILE": "PLACE/index",
    "GIT_OBJECT_DIRECTORY": "PLACE/objects",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "EVIL",
    "GIT_DIFF_OPTS": "-x",
    "GIT_TRACE": "PLACE/ran",
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "1",
    "LC_ALL": "de_DE.UTF-8",
}


def test_nothing_that_is_said_around_it(
    git: Git, evil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(git.path.parent)
    for name, value in _VARIABLES.items():
        monkeypatch.setenv(name, value.replace("EVIL", evil).replace("PLACE", place))
    os.link(evil, git.path / "git")
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    monkeypatch.chdir(git.path)
    before = dict(os.environ)
    _read_all(git)
    assert not _has_run(git)
    assert dict(os.environ) == before


def test_a_work_tree_that_is_said_to_be_elsewhere(git: Git, tmp_path: Path) -> None:
    """Paths lead nowhere but below the root."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private.yaml").write_text("p: 1\n")
    git.run("config", "core.worktree", str(elsewhere))
    history = History.of(str(git.path))
    with pytest.raises(RenderError, match="has no working tree"):
        history.work_tree()


@pytest.mark.holds_off("bomb")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what another process takes")
def test_trees_that_hold_each_other(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit of a few hundred bytes that is a million files."""
    monkeypatch.setattr("renderer.git.MEMORY_LIMIT", 128 * 1024**2)
    bomb = _of_trees(git, 6)
    history = History.of(str(git.path))
    with pytest.raises(ToolError) as error:
        compare(history.revision("HEAD"), history.revision(bomb))
    assert "ut of memory" in error.value.message
    assert error.value.hint == "its trees hold more files than can be compared"


def _of_trees(git: Git, depth: int) -> str:
    """A commit of ten files in ten trees in ten trees, and so on."""
    kind, mode, one = "blob", "100644", git.id("HEAD:" + _X)
    for _ in range(depth):
        lines = "".join(f"{mode} {kind} {one}\t{number}\n" for number in range(10))
        kind, mode, one = "tree", "040000", git.run("mktree", typed=lines.encode()).decode().strip()
    return git.run("commit-tree", "-m", "bomb", one).decode().strip()


@pytest.mark.holds_off("bomb")
@pytest.mark.parametrize(("bound", "value"), [("MOST_FILES", 999), ("MOST_BYTES", 4999)])
def test_trees_that_would_fill_the_disk(
    git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bound: str, value: int
) -> None:
    monkeypatch.setattr(f"renderer.history.writing.{bound}", value)
    side = History.of(str(git.path)).revision(_of_trees(git, 3))
    (tmp_path / "out").mkdir()
    with pytest.raises(RenderError, match=r"holds more than .* that may be sources"):
        write_side(side, str(tmp_path / "out"), lambda _: True)
    files = sum(one.is_file() for one in (tmp_path / "out").rglob("*"))
    assert files == {"MOST_FILES": 0, "MOST_BYTES": 999}[bound]


def test_nothing_is_written(git: Git) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        files = [path for path in git.path.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    (git.path / "clusters/a/y.yaml").touch()
    before = state()
    history = History.of(str(git.path))
    changed(history.revision("HEAD"), history.work_tree())
    contents(history.staged())
    assert state() == before


def _tree(git: Git, entries: bytes) -> bytes:
    """A tree of git's that holds entries which no git writes; its id."""
    file = git.path.parent / "entries"
    file.write_bytes(entries)
    made = ("hash-object", "-t", "tree", "-w", "--literally", str(file))
    return bytes.fromhex(git.run(*made).decode())


def _refused(git: Git, entries: bytes) -> str:
    """What is said of a commit of such a tree, of which nothing is written."""
    commit = git.run("commit-tree", _tree(git, entries).hex(), "-m", "x").decode().strip()
    side = History.of(str(git.path)).revision(commit)
    with TemporaryDirectory() as directory, pytest.raises(RenderError) as error:
        write_side(side, directory, lambda _: True)
    return error.value.message


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"."])
def test_a_path_that_leads_elsewhere(git: Git, name: bytes) -> None:
    inner = _tree(git, b"100644 x\0" + bytes.fromhex(git.id(f"HEAD:{_X}")))
    assert "no path that git checks out" in _refused(git, b"40000 %s\0%s" % (name, inner))


def test_nothing_is_written_through_a_link(git: Git, tmp_path: Path) -> None:
    """A link and a directory of one name."""
    (tmp_path / "out").mkdir()
    (tmp_path / "target").write_text(str(tmp_path / "out"))
    link = bytes.fromhex(git.run("hash-object", "-w", str(tmp_path / "target")).decode())
    inner = _tree(git, b"100644 x\0" + bytes.fromhex(git.id(f"HEAD:{_X}")))
    assert "cannot be written" in _refused(git, b"120000 a\0%s40000 a\0%s" % (link, inner))
    assert [*(tmp_path / "out").iterdir()] == []
