"""The sides that a repository offers for a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import UsageError
from renderer.history.repository import GitRepository, open_repository
from renderer.history.revisions import find_default_base, find_revision, is_revision
from renderer.history.stored import Index
from renderer.history.work_tree import WorkTree

if TYPE_CHECKING:
    from renderer.history.stored import Revision


class History(NamedTuple):
    """Where to find the sides; each is what `renderer.history.sides.Side` says."""

    repository: GitRepository

    @classmethod
    def of(cls, directory: str) -> History:
        """The history of the directory that all paths are relative to.

        It may be below the top of a git repository, in a linked work tree, or a bare repository.
        Raises UsageError where git knows nothing of it.
        """
        return cls(open_repository(directory))

    @property
    def algorithm(self) -> str:
        """What makes the ids; a plain directory to compare with is opened with it."""
        return self.repository.algorithm

    def revision(self, text: str) -> Revision:
        """A commit by anything that git takes for one; an annotated tag is what it is put on.

        Raises UsageError for what git does not know, or knows twice.
        """
        return find_revision(self.repository, text)

    def has_revision(self, text: str) -> bool:
        """Whether git takes a text for a commit, or for several."""
        return is_revision(self.repository, text)

    def default_base(self) -> Revision:
        """Where HEAD left the default branch: their merge base.

        Where HEAD is that branch it is HEAD itself, or what of it origin already has. Raises
        UsageError where there is no commit, no default branch or no merge base here.
        """
        return find_default_base(self.repository)

    def staged(self) -> Index:
        """What is staged. Raises UsageError in a bare repository."""
        self._need_work_tree()
        return Index(repository=self.repository, name="the index")

    def work_tree(self) -> WorkTree:
        """What is on disk. Raises UsageError in a bare repository."""
        self._need_work_tree()
        return WorkTree(repository=self.repository, name="the working tree")

    def _need_work_tree(self) -> None:
        if not self.repository.has_work_tree:
            message = f"{self.repository.directory} has no working tree"
            raise UsageError(message, hint="give two revisions to compare")
