"""Every kind of repository gives a right answer, or a clear error that says what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import count
from pathlib import Path

import pytest
from history.gits import Git, changed, contents, new_git

from renderer.errors import RenderError, ToolError, UsageError
from renderer.history.blobs import object_id
from renderer.history.history import History

_FILES = {"clusters/a/x.yaml": "x: 1\n", "clusters/a/y.yaml": "y: 1\n", "base/z.yaml": "z: 1\n"}
_CHANGED = {"clusters/a/x.yaml": (b"x: 1\n", b"x: 2\n")}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """A repository with two commits on main, the second of which changes a file."""
    git = new_git(tmp_path / "repository")
    git.commit(_FILES)
    git.commit({"clusters/a/x.yaml": "x: 2\n"})
    return git


@pytest.fixture
def branched(git: Git) -> Git:
    """The same with a branch of three commits, and main a commit further."""
    git.run("checkout", "--quiet", "-b", "feature")
    for number in range(3):
        git.commit({"clusters/a/y.yaml": f"y: {number + 2}\n"})
    git.run("checkout", "--quiet", "main")
    git.commit({"base/z.yaml": "z: 2\n"})
    git.run("checkout", "--quiet", "feature")
    return git


def _refused(error: pytest.ExceptionInfo[RenderError]) -> str:
    assert "\n" not in f"{error.value.message}{error.value.hint}"
    return f"{error.value.message}: {error.value.hint}"


def _between(git: Git, base: str = "HEAD~1", head: str = "HEAD") -> dict[str, tuple[bytes, bytes]]:
    history = History.of(str(git.path))
    return changed(history.revision(base), history.revision(head))


# Revisions


@pytest.mark.parametrize("head", ["main", "v1", "light", "heads/main", "{id}", "{short}", "@"])
def test_anything_that_git_takes_for_a_commit(git: Git, head: str) -> None:
    git.run("tag", "--annotate", "--message", "x", "v1")
    git.run("tag", "light")
    commit = git.id("HEAD")
    revision = History.of(str(git.path)).revision(head.format(id=commit, short=commit[:9]))
    assert revision.commit == commit
    assert revision.name in (commit[:7], f"{head} ({commit[:7]})")


def test_a_detached_head(branched: Git) -> None:
    branched.run("checkout", "--quiet", "--detach", "feature")
    history = History.of(str(branched.path))
    assert history.default_base().commit == branched.id("main~1")
    assert history.revision("HEAD").commit == branched.id("feature")


def test_a_name_of_two_revisions(git: Git) -> None:
    git.run("tag", "main", "HEAD~1")
    history = History.of(str(git.path))
    with pytest.raises(UsageError) as error:
        history.revision("main")
    assert _refused(error) == (
        "main is the name of more than one revision: write heads/main or tags/main"
    )
    assert history.revision("tags/main").commit == git.id("HEAD~1")


def test_an_id_of_two_revisions(git: Git) -> None:
    about = f"tree {git.id('HEAD^{tree}')}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\n"
    seen: dict[str, bytes] = {}
    for number in count():
        commit = f"{about}{number}\n".encode()
        start = object_id(commit, "sha1", kind="commit")[:4]
        if start in seen:
            break
        seen[start] = commit
    for content in (commit, seen[start]):
        (git.path / "content").write_bytes(content)
        git.run("hash-object", "-t", "commit", "-w", "content")
    with pytest.raises(UsageError) as error:
        History.of(str(git.path)).revision(start)
    assert _refused(error) == (
        f"{start} is the name of more than one revision: write more of its digits"
    )


@pytest.mark.parametrize("name", ["--all", "-x", "--output=pwned", "--help", "--end-of-options"])
def test_a_name_is_never_an_option(git: Git, name: str) -> None:
    history = History.of(str(git.path))
    with pytest.raises(UsageError, match="is no commit that is here"):
        history.revision(name)
    git.run("update-ref", f"refs/heads/{name}", "HEAD")
    assert history.revision(name).commit == git.id("HEAD")
    assert not list(git.path.glob("pwned*"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mian", "did you mean main?"),
        ("feature/x", "did you mean origin/feature/x?"),
        ("origin/mian", "did you mean origin/main?"),
        ("next", "bring it with: git fetch origin next:refs/remotes/origin/next"),
        ("origin/next", "bring it with: git fetch origin next:refs/remotes/origin/next"),
        ("f" * 40, f"bring it with: git fetch origin {'f' * 40}"),
        ("main~7", ""),
        ("$(x)y;z", ""),
        ("HEAD:base", ""),
        ("HEAD^{tree}", ""),
        ("main..HEAD", ""),
    ],
)
def test_a_revision_that_is_not_there(git: Git, name: str, hint: str) -> None:
    git.run("branch", "feature/x")
    clone = git.clone("clone")
    with pytest.raises(UsageError) as error:
        History.of(str(clone.path)).revision(name)
    assert _refused(error) == f"{name} is no commit that is here: {hint}"


@pytest.mark.parametrize("name", ["", " ", "\0\n"])
def test_a_revision_without_a_name(git: Git, name: str) -> None:
    with pytest.raises(UsageError, match="an empty name is no commit that is here"):
        History.of(str(git.path)).revision(name)


def test_replacements_and_grafts_are_not_looked_through(git: Git) -> None:
    expected = _between(git)
    git.run("checkout", "--quiet", "-b", "other")
    other = git.commit({"clusters/a/x.yaml": "x: evil\n"})
    git.run("checkout", "--quiet", "main")
    git.run("replace", "main~1", other)
    (git.path / ".git/info/grafts").write_text(f"{git.id('main')} {other}\n")
    assert _between(git) == expected == _CHANGED


# The default base


def test_the_default_base_is_where_head_left_the_default_branch(branched: Git) -> None:
    fork = branched.id("main~1")
    base = History.of(str(branched.path)).default_base()
    assert (base.commit, base.name) == (fork, f"the merge base with main ({fork[:7]})")
    clone = branched.clone("clone")
    clone.commit({"base/new.yaml": "n: 1\n"})
    base = History.of(str(clone.path)).default_base()
    # origin had `feature` checked out
    assert base.name == f"the merge base with origin/feature ({branched.id('feature')[:7]})"
    clone.run("remote", "set-head", "origin", "main")
    base = History.of(str(clone.path)).default_base()
    assert base.name == f"the merge base with origin/main ({fork[:7]})"


def test_on_the_default_branch_only_what_is_not_committed_differs(git: Git) -> None:
    (git.path / "base/z.yaml").write_text("z: 9\n")
    history = History.of(str(git.path))
    assert changed(history.default_base(), history.work_tree()) == {
        "base/z.yaml": (b"z: 1\n", b"z: 9\n")
    }


def test_what_is_not_pushed_differs_from_origin(git: Git) -> None:
    clone = git.clone("clone")
    clone.commit({"base/z.yaml": "z: 9\n"})
    history = History.of(str(clone.path))
    assert changed(history.default_base(), history.work_tree()) == {
        "base/z.yaml": (b"z: 1\n", b"z: 9\n")
    }


def test_a_default_branch_that_is_not_fetched(branched: Git) -> None:
    clone = branched.clone("clone", "--single-branch")
    clone.run("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    history = History.of(str(clone.path))
    with pytest.raises(UsageError) as error:
        history.default_base()
    said = _refused(error)
    assert said == (
        "the default branch (main) is not in this clone: bring it with: git fetch origin "
        "main:refs/remotes/origin/main, or say which revision to compare with"
    )
    _do_what_is_said(clone, said)
    assert history.default_base().commit == branched.id("main~1")


def test_no_default_branch(git: Git) -> None:
    git.run("branch", "--move", "main", "trunk")
    with pytest.raises(UsageError) as error:
        History.of(str(git.path)).default_base()
    assert _refused(error) == (
        "the default branch (main) is not in this clone: say which revision to compare with"
    )


def test_histories_without_a_common_commit(git: Git) -> None:
    git.run("checkout", "--quiet", "--orphan", "alone")
    git.commit()
    with pytest.raises(UsageError) as error:
        History.of(str(git.path)).default_base()
    assert _refused(error) == (
        "HEAD has no commit in common with main: say which revision to compare with"
    )


def _do_what_is_said(git: Git, said: str) -> None:
    command = re.search(r"git (fetch[^,]*)", said)
    assert command
    git.run(*command[1].split())


# Clones that are not whole


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 9])
def test_a_shallow_clone_is_right_or_says_what_to_fetch(branched: Git, depth: int) -> None:
    clone = branched.clone("clone", f"--depth={depth}", "--no-single-branch")
    clone.run("remote", "set-head", "origin", "main")
    history = History.of(str(clone.path))
    if depth < 4:
        with pytest.raises(UsageError) as error:
            history.default_base()
        said = _refused(error)
        assert said == (
            "the commit where HEAD left origin/main is not in this clone: "
            "this clone is shallow, bring the rest with: git fetch --unshallow"
        )
        _do_what_is_said(clone, said)
        history = History.of(str(clone.path))
    assert history.default_base().commit == branched.id("main~1")


def test_a_shallow_clone_does_not_take_an_older_base(branched: Git) -> None:
    """The later merge base is behind a commit that lost its parents."""
    branched.run("merge", "--quiet", "--no-edit", "main")
    clone = branched.clone("clone")
    clone.run("remote", "set-head", "origin", "main")
    (clone.path / ".git/shallow").write_text(f"{branched.id('feature')}\n")
    with pytest.raises(UsageError, match="is not in this clone"):
        History.of(str(clone.path)).default_base()


def test_a_parent_that_a_shallow_clone_left_out(git: Git) -> None:
    clone = git.clone("clone", "--depth=1")
    with pytest.raises(UsageError) as error:
        _between(clone)
    said = _refused(error)
    assert said == (
        "HEAD~1 is no commit that is here: "
        "this clone is shallow, bring the rest with: git fetch --unshallow"
    )
    _do_what_is_said(clone, said)
    assert _between(clone) == _CHANGED


@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing_and_says_what_to_fetch(git: Git, left_out: str) -> None:
    git.run("config", "uploadpack.allowFilter", "true")
    clone = git.clone("clone", f"--filter={left_out}", "--no-checkout")
    objects = _objects(clone)
    with pytest.raises(ToolError) as error:
        _between(clone)
    said = _refused(error)
    assert said.startswith(f"git cannot read {clone.path}: ")
    assert said.endswith(
        ": this clone is partial, bring the rest with: git fetch --refetch --no-filter"
    )
    assert _objects(clone) == objects
    _do_what_is_said(clone, said)
    assert _between(clone) == _CHANGED


def _objects(git: Git) -> set[str]:
    return {str(path) for path in (git.path / ".git/objects").rglob("*")}


@pytest.mark.parametrize("damage", ["nothing", "garbage", "removed", "cut"])
def test_a_damaged_object(git: Git, damage: str) -> None:
    one = git.id("HEAD:clusters/a/x.yaml")
    path = git.path / ".git/objects" / one[:2] / one[2:]
    path.chmod(0o600)
    content = path.read_bytes()
    path.write_bytes({"garbage": b"garbage", "cut": content[:9]}.get(damage, b""))
    if damage == "removed":
        path.unlink()
    with pytest.raises(ToolError) as error:
        _between(git)
    assert _refused(error).startswith(f"git cannot read {git.path}: ")
    assert re.search(
        r": an object is (missing|damaged): see git fsck, or clone again$", _refused(error)
    )


@pytest.mark.parametrize(
    ("pattern", "kept"), [("pack/*.pack", 20), ("pack/*.pack", 0), ("pack/*.idx", 20), ("", 20)]
)
def test_a_damaged_commit(git: Git, pattern: str, kept: int) -> None:
    """It is not one that is not there: git fetch would bring it no more."""
    one = git.id("HEAD")
    if pattern:
        git.run("repack", "-a", "-d", "-q")
    (path,) = (git.path / ".git/objects").glob(pattern or f"{one[:2]}/{one[2:]}")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ToolError) as error:
        History.of(str(git.path)).revision("HEAD")
    assert _refused(error).startswith(f"git cannot read {git.path}: ")
    assert _refused(error).endswith(": an object is damaged: see git fsck, or clone again")


# Where the root is


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        History.of(str(tmp_path))
    assert _refused(error) == (
        f"{tmp_path} is in no git repository: "
        "give two directories to compare, or make it one with: git init"
    )


@pytest.mark.parametrize("answer", ["", "true\nfalse\n--show-object-format\n"])
def test_a_git_of_another_age(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(f"#!/bin/sh\nprintf '{answer}'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    with pytest.raises(ToolError, match=r"2\.25 or a later one does"):
        History.of(str(git.path))


def test_a_work_tree_whose_repository_is_gone(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(ToolError, match=r"git cannot read .*: not a git repository: /nowhere"):
        History.of(str(tmp_path))


def test_a_configuration_that_git_cannot_read(git: Git) -> None:
    history = History.of(str(git.path))
    (git.path / ".git/config").write_text("[core\n")
    for ask in (history.default_base, history.work_tree().files, history.staged().files):
        with pytest.raises(ToolError, match=r"git cannot read .*: bad config line 1"):
            ask()


def test_no_git(git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="git is not installed"):
        History.of(str(git.path))


def test_a_repository_that_is_of_a_later_git(git: Git) -> None:
    git.run("config", "core.repositoryFormatVersion", "9")
    with pytest.raises(ToolError, match=r"cannot read .*: Expected git repo version"):
        History.of(str(git.path))


def test_no_commit_yet(tmp_path: Path) -> None:
    git = new_git(tmp_path / "new")
    (git.path / "x.yaml").write_text("x: 1\n")
    history = History.of(str(git.path))
    with pytest.raises(UsageError) as error:
        history.default_base()
    assert _refused(error) == (
        "there is no commit yet to compare with: commit first, or give two directories"
    )
    assert changed(history.staged(), history.work_tree()) == {"x.yaml": (b"", b"x: 1\n")}


def test_a_bare_repository_has_revisions_only(git: Git) -> None:
    bare = git.clone("bare.git", "--bare")
    assert _between(bare) == _CHANGED
    history = History.of(str(bare.path))
    assert contents(history.revision("main~1"), "base") == {"base/z.yaml": b"z: 1\n"}
    for side in (history.staged, history.work_tree):
        with pytest.raises(UsageError) as error:
            side()
        assert _refused(error) == (
            f"{bare.path} has no working tree: give two revisions to compare"
        )


def test_a_linked_work_tree(branched: Git) -> None:
    branched.run("worktree", "add", "--quiet", "--detach", "../linked", "main")
    linked = Git(branched.path.parent / "linked")
    (linked.path / "base/z.yaml").write_text("z: 3\n")
    history = History.of(str(linked.path))
    assert history.default_base().commit == branched.id("main")
    assert changed(history.default_base(), history.work_tree()) == {
        "base/z.yaml": (b"z: 2\n", b"z: 3\n")
    }


def test_a_root_below_the_top(tmp_path: Path) -> None:
    git = new_git(tmp_path / "repository")
    git.commit({f"platform/{path}": text for path, text in _FILES.items()} | {"x": "1\n"})
    git.commit({"platform/clusters/a/x.yaml": "x: 2\n", "x": "2\n"})
    (git.path / "platform/new.yaml").write_text("n: 1\n")
    (git.path / "new").write_text("n\n")
    inner = Git(git.path / "platform")
    assert _between(inner) == _CHANGED
    history = History.of(str(inner.path))
    assert changed(history.revision("HEAD"), history.work_tree()) == {"new.yaml": (b"", b"n: 1\n")}
    assert contents(history.revision("HEAD"), "base") == {"base/z.yaml": b"z: 1\n"}
    assert contents(history.staged()).keys() == _FILES.keys()
    assert contents(history.work_tree()).keys() == _FILES.keys() | {"new.yaml"}


def test_a_root_that_was_not_there_yet(git: Git) -> None:
    git.commit({"platform/x.yaml": "x: 1\n"})
    assert _between(Git(git.path / "platform")) == {"x.yaml": (b"", b"x: 1\n")}


def test_other_ids(tmp_path: Path) -> None:
    git = new_git(tmp_path / "repository", "--object-format=sha256")
    git.commit(_FILES)
    git.commit({"clusters/a/x.yaml": "x: 2\n"})
    (git.path / "base/z.yaml").write_text("z: 3\n")
    assert _between(git) == _CHANGED
    history = History.of(str(git.path))
    assert len(history.revision("HEAD").commit) == 64
    assert changed(history.revision("HEAD"), history.work_tree()) == {
        "base/z.yaml": (b"z: 1\n", b"z: 3\n")
    }


# What is in it


def test_submodules_and_links_are_left_out(git: Git, tmp_path: Path) -> None:
    other = new_git(tmp_path / "other")
    other.commit({"clusters/a/evil.yaml": "e: 1\n"})
    git.run("submodule", "--quiet", "add", str(other.path), "clusters/sub")
    (git.path / "clusters/link").symlink_to("a")
    (git.path / "clusters/a/link.yaml").symlink_to("x.yaml")
    git.commit()
    Git(git.path / "clusters/sub").commit({"clusters/a/evil.yaml": "e: 2\n"})
    os.mkfifo(git.path / "clusters/fifo")
    nested = new_git(git.path / "clusters/nested")
    nested.commit({"n.yaml": "n: 1\n"})
    history = History.of(str(git.path))
    expected = {
        "clusters/sub": "submodule",
        "clusters/link": "symlink",
        "clusters/a/link.yaml": "symlink",
    }
    for side in (history.revision("HEAD"), history.staged()):
        assert side.skipped(("clusters",)) == expected
        assert side.files(("clusters",)).keys() == {"clusters/a/x.yaml", "clusters/a/y.yaml"}
        assert changed(side, history.work_tree(), "clusters") == {}
    assert history.work_tree().skipped() == expected | {"clusters/nested": "submodule"}
    assert changed(history.revision("HEAD~1"), history.work_tree()).keys() == {".gitmodules"}


def test_what_becomes_a_link_is_removed(git: Git) -> None:
    (git.path / "clusters/a/x.yaml").unlink()
    (git.path / "clusters/a/x.yaml").symlink_to("y.yaml")
    shutil.move(git.path / "base", git.path.parent / "base")
    (git.path / "base").symlink_to("../base")
    history = History.of(str(git.path))
    gone = {"base/z.yaml": (b"z: 1\n", b""), "clusters/a/x.yaml": (b"x: 2\n", b"")}
    assert changed(history.revision("HEAD"), history.work_tree()) == gone
    git.run("add", "--all")
    assert changed(history.revision("HEAD"), history.staged()) == gone
    git.commit()
    assert _between(git) == gone


def test_what_git_leaves_out_with_a_warning_is_an_error(git: Git) -> None:
    shutil.rmtree(git.path / "base")
    (git.path / "base").symlink_to("base")
    with pytest.raises(ToolError) as error:
        History.of(str(git.path)).work_tree().files()
    assert _refused(error) == (
        f"git cannot read {git.path}: base/z.yaml: Too many levels of symbolic links: "
    )


def test_what_only_becomes_executable_is_the_same(git: Git) -> None:
    (git.path / "clusters/a/x.yaml").chmod(0o755)
    history = History.of(str(git.path))
    assert changed(history.revision("HEAD"), history.work_tree()) == {}
    git.commit()
    assert _between(git) == {}


def test_a_conflict(branched: Git) -> None:
    branched.run("checkout", "--quiet", "main")
    branched.commit({"clusters/a/y.yaml": "y: 9\n"})
    with pytest.raises(subprocess.CalledProcessError):
        branched.run("merge", "--quiet", "feature")
    history = History.of(str(branched.path))
    with pytest.raises(RenderError) as error:
        changed(history.revision("HEAD"), history.staged())
    assert _refused(error) == (
        "clusters/a/y.yaml: is in conflict, so nothing is staged: "
        "resolve it and add it, or compare the working tree"
    )
    (old, new), *more = changed(history.revision("HEAD"), history.work_tree()).values()
    assert (old, new[:7], more) == (b"y: 9\n", b"<<<<<<<", [])


def test_what_a_sparse_checkout_leaves_out_is_not_removed(git: Git) -> None:
    git.run("sparse-checkout", "set", "--cone", "--sparse-index", "clusters")
    assert not (git.path / "base").exists()
    (git.path / "clusters/a/x.yaml").write_text("x: 3\n")
    history = History.of(str(git.path))
    assert changed(history.revision("HEAD"), history.work_tree()) == {
        "clusters/a/x.yaml": (b"x: 2\n", b"x: 3\n")
    }
    assert contents(history.work_tree())["base/z.yaml"] == b"z: 1\n"


_NAMES = ["a\nb", 'q"uo\\te', "sp ace", "*", ":(glob)x", "-x", "ünïcode", "tab\t"]


def test_names_of_all_sorts(git: Git) -> None:
    names = [*_NAMES, os.fsdecode(b"\xff\xfe")]
    git.commit({f"n/{name}": "1\n" for name in names} | {f"{name}/x": "1\n" for name in names})
    git.commit({f"n/{name}": f"{name!r}\n" for name in names})
    expected = {f"n/{name}": (b"1\n", f"{name!r}\n".encode()) for name in names}
    assert _between(git) == expected
    history = History.of(str(git.path))
    assert changed(history.revision("HEAD~1"), history.work_tree()) == expected
    (git.path / "n").joinpath(names[-1]).write_text("3\n")
    assert changed(history.revision("HEAD"), history.work_tree()).keys() == {f"n/{names[-1]}"}
    for name in names:
        for side in (history.revision("HEAD"), history.staged(), history.work_tree()):
            assert side.files((name,)).keys() == {f"{name}/x"}


def test_a_very_large_file(git: Git) -> None:
    path = git.path / "clusters/large.yaml"
    path.touch()
    os.truncate(path, 64 * 1024 * 1024 + 1)
    history = History.of(str(git.path))
    with pytest.raises(RenderError) as error:
        history.work_tree().files()
    assert _refused(error) == "clusters/large.yaml has more than 64 MiB: "
    git.commit()
    with pytest.raises(RenderError, match="has more than 64 MiB"):
        contents(history.revision("HEAD"))


def test_a_file_that_changes_while_it_is_read(git: Git) -> None:
    history = History.of(str(git.path))
    (git.path / "clusters/a/x.yaml").write_text("x: 3\n")
    tree = history.work_tree()
    files = tree.files()
    (git.path / "clusters/a/x.yaml").write_text("x: 4\n")
    with pytest.raises(RenderError) as error:
        list(tree.read([files["clusters/a/x.yaml"]]))
    assert _refused(error) == "clusters/a/x.yaml: was changed while it was read: run it again"
