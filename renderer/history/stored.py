"""Sides that git keeps: a revision and the index, and all that they share with the working tree.

Git compares them with a tree; what they hold is what they have that the empty tree has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import RenderError
from renderer.history.blobs import EVERYTHING, kind_of, object_id, read_blobs
from renderer.history.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.history.repository import GitRepository

_RAW = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")


class Entry(NamedTuple):
    """A path in two places: its modes, 0 where nothing is, and ids, which are those of blobs
    where it is a regular file."""

    path: str
    old_mode: int
    new_mode: int
    old: str
    new: str
    is_unmerged: bool = False

    @classmethod
    def of_nothing(cls, path: str) -> Entry:
        """A path that nothing is at."""
        return cls(path=path, old_mode=0, new_mode=0, old="", new="")

    @property
    def is_special(self) -> bool:
        """Whether a link, a submodule or the like is on one of both sides."""
        return any(mode and not S_ISREG(mode) for mode in (self.old_mode, self.new_mode))

    @property
    def before(self) -> str | None:
        """The id of the regular file that was there."""
        return self.old if S_ISREG(self.old_mode) else None

    @property
    def after(self) -> str | None:
        """The id of the regular file that is there."""
        return self.new if S_ISREG(self.new_mode) else None


class Touched(NamedTuple):
    """Paths at which two places may differ; `special` are those at which one of both has something
    else than a regular file."""

    paths: frozenset[str]
    special: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Touched:
        other = [one for one in entries if one.before is None or one.before != one.after]
        special = (one for one in other if one.is_special)
        return cls(frozenset(one.path for one in other), frozenset(one.path for one in special))


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A side in a git repository; see `renderer.history.sides.Side`."""

    repository: GitRepository
    name: str
    commit: str = ""

    @property
    def algorithm(self) -> str:
        return self.repository.algorithm

    def since(self, tree: str, paths: Paths) -> list[Entry]:
        """What is other than in a tree, or the tree of a commit."""
        raise NotImplementedError

    def touched(self, tree: str) -> Touched:
        """What may be other than in a tree: nothing that is gets left out."""
        return Touched.of(self.since(tree, Paths()))

    def files(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        return self.chosen(Paths.below(prefixes))

    def chosen(self, paths: Paths) -> dict[str, str]:
        """The regular files of some paths, as `files` gives them."""
        found = self.entries(paths)
        return {
            one.path: one.after for one in found if one.after is not None and paths.hold(one.path)
        }

    def skipped(self, prefixes: Sequence[str] = EVERYTHING) -> dict[str, str]:
        found = (entry for entry in self.entries(Paths.below(prefixes)) if entry.new_mode)
        return {one.path: kind_of(one.new_mode) for one in found if one.after is None}

    def read(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        return read_blobs(self.repository, ids)

    def entries(self, paths: Paths) -> list[Entry]:
        """All that it holds, as what the empty tree has not."""
        return self.since(object_id(b"", self.algorithm, kind="tree"), paths)


class Revision(Stored):
    """The files of a commit."""

    def since(self, tree: str, paths: Paths) -> list[Entry]:
        options = ("-r", "--relative", "--ignore-submodules=none")
        asked = ("diff-tree", *options, *_RAW, tree, self.commit)
        return list(_entries(self.repository, asked, paths, reads_index=False))


class Index(Stored):
    """What the next commit would hold."""

    def since(self, tree: str, paths: Paths) -> list[Entry]:
        found = list(staged(self.repository, tree, paths))
        unmerged = next((entry.path for entry in found if entry.is_unmerged), None)
        if unmerged is not None:
            hint = "resolve it and add it, or compare the working tree"
            raise RenderError(f"{unmerged}: is in conflict, so nothing is staged", hint=hint)
        return found


def staged(repository: GitRepository, tree: str, paths: Paths) -> Iterator[Entry]:
    """What is other in the index than in a tree."""
    options = ("--relative", "--ignore-submodules=none", "--ita-invisible-in-index")
    return _entries(repository, ("diff-index", "--cached", *options, *_RAW, tree), paths)


def unstaged(repository: GitRepository, paths: Paths) -> Iterator[Entry]:
    """What may be other on disk than in the index, by size and times; new ids are unknown.

    A file as old as the index itself is compared by its content, as git would store it: filters
    are programs that the repository's own configuration names, and are taken out of it.
    """
    options = [*_without_filters(repository), "diff-files", "-0", "--ignore-submodules=all"]
    return _entries(repository, (*options, "--relative", *_RAW), paths)


def _without_filters(repository: GitRepository) -> Iterator[str]:
    """Options that take every filter out of the configuration (gitattributes, "filter")."""
    names = repository.says("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    for name in sorted({key.rpartition(".")[0] for key in names.split("\0") if key}):
        if "=" in name:  # where git would end the name of an option
            raise RenderError(
                f"git's configuration of {repository.directory} has a filter with = in its name",
                hint="rename it, or compare two revisions",
            )
        for key, value in (("clean", ""), ("process", ""), ("required", "false")):
            yield from ("-c", f"{name}.{key}={value}")


def untracked(repository: GitRepository, paths: Paths) -> list[str]:
    """The files on disk that are not in the index, also those that git is told to ignore.

    A repository in the repository is one path.
    """
    printed = repository.output(*_of(("ls-files", "--others", "-z"), paths))
    found = printed.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return [path.rstrip("/") for path in found]


def _entries(
    repository: GitRepository, asked: Sequence[str], paths: Paths, *, reads_index: bool = True
) -> Iterator[Entry]:
    """What git prints with --raw -z: `:OLD NEW OLD-ID NEW-ID STATUS`, then the path."""
    printed = repository.output(*_of(asked, paths), reads_index=reads_index)
    parts = printed.decode("utf-8", "surrogateescape").split("\0")
    for about, path in zip(parts[:-1:2], parts[1::2], strict=True):
        old_mode, new_mode, old, new, status = about[1:].split(" ")
        yield Entry(
            path=path,
            old_mode=int(old_mode, 8),
            new_mode=int(new_mode, 8),
            old=old,
            new=new,
            is_unmerged=status == "U",
        )


def _of(asked: Sequence[str], paths: Paths) -> list[str]:
    """A command of git, limited to some paths."""
    return ["--no-literal-pathspecs", *asked, "--", *paths.pathspecs]
