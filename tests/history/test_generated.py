"""Generated histories: what differs is what differs, and what plain git says."""

from __future__ import annotations

import shutil
from itertools import combinations
from pathlib import Path

import pytest
from history.gits import Git, changed, contents, new_git
from hypothesis import given, settings
from hypothesis import strategies as st
from support import write_tree

from renderer.history.directory import open_directory
from renderer.history.history import History
from renderer.history.listing import Listing
from renderer.history.paths import Paths
from renderer.history.sides import Side, compare

Tree = dict[str, bytes | Path]

_PATHS = ["a", "a/b", "a/b/c", "a b", "b/x", "b/y", "b/ü", "ba", "b\n/z"]
_PREFIXES = ["", "a", "b", "a/b", "b/x", "c"]


def _without_clashes(tree: Tree) -> Tree:
    """A file, or a link, is no directory for others; and no link leads to itself, which git refuses
    to follow where it knew a file below."""
    return {
        path: content
        for path, content in tree.items()
        if not any(above in tree for above in map(str, Path(path).parents))
        and content != Path(path)
    }


_CONTENTS = st.one_of(
    st.sampled_from([b"", b"1\n", b"2\n", b"1\r\n", b"\0\xff"]),
    st.sampled_from([Path("a b"), Path("../x")]),
)
_TREES = st.dictionaries(st.sampled_from(_PATHS), _CONTENTS).map(_without_clashes)


def _write(git: Git, tree: Tree) -> None:
    """Let this be all that is on disk."""
    for path in git.path.iterdir():
        if path.name == ".git":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    write_tree(git.path, tree)


def _expected(old: Tree, new: Tree, prefix: str) -> dict[str, tuple[bytes, bytes]]:
    """What differs of the regular files below a prefix."""
    expected = {}
    for path in old.keys() | new.keys():
        before, after = (_regular(tree.get(path)) for tree in (old, new))
        if before != after and _is_below(path, prefix):
            expected[path] = (before or b"", after or b"")
    return expected


def _regular(content: bytes | Path | None) -> bytes | None:
    return content if isinstance(content, bytes) else None


def _is_below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


@settings(max_examples=30)
@given(trees=st.tuples(_TREES, _TREES, _TREES, _TREES), prefix=st.sampled_from(_PREFIXES))
def test_every_two_sides(
    tmp_path_factory: pytest.TempPathFactory, trees: tuple[Tree, Tree, Tree, Tree], prefix: str
) -> None:
    git = new_git(tmp_path_factory.mktemp("generated"))
    for tree in trees[:2]:
        _write(git, tree)
        git.commit()
    _write(git, trees[2])
    git.run("add", "--all")
    _write(git, trees[3])
    history = History.of(str(git.path))
    revisions = (history.revision("HEAD~1"), history.revision("HEAD"))
    directory = open_directory(str(git.path))
    sides: tuple[Side, ...] = (*revisions, history.staged(), history.work_tree(), directory)
    for (base, old), (head, new) in combinations(zip(sides, (*trees, trees[3]), strict=True), 2):
        assert changed(base, head, prefix) == _expected(old, new, prefix)
        _lists_one_for_both(base, head, prefix)
    for side, tree in zip(sides, (*trees, trees[3]), strict=True):
        below = {path: tree[path] for path in tree if _is_below(path, prefix)}
        assert contents(side, prefix) == {
            path: content for path, content in below.items() if isinstance(content, bytes)
        }
        assert side.skipped((prefix,)) == {
            path: "symlink" for path, content in below.items() if isinstance(content, Path)
        }
    _agrees_with_plain_git(git, *revisions)


def _lists_one_for_both(base: Side, head: Side, prefix: str) -> None:
    below, elsewhere = Paths.below([prefix]), Paths(without=("a",))
    old, new = Listing(base), Listing(head)
    old.precede(new, compare(base, head, below), below)
    for paths in (below, below._replace(names=("a", "b", "c", "y")), elsewhere):
        for side, listing in ((base, old), (head, new)):
            assert [*listing.files(paths).items()] == [*Listing(side).files(paths).items()]


def _agrees_with_plain_git(git: Git, base: Side, head: Side) -> None:
    printed = git.run("diff", "--name-only", "-z", "--no-renames", base.commit, head.commit)
    named = {path.decode() for path in printed.split(b"\0")[:-1]}
    found = changed(base, head)
    links = base.skipped().keys() | head.skipped().keys()
    assert named - links <= found.keys() <= named
    for path, contents_of_both in found.items():
        for side, content in zip((base, head), contents_of_both, strict=True):
            if path in side.files():
                assert git.run("show", f"{side.commit}:{path}") == content
