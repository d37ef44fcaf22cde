"""Which two sides are meant by the words of a command that compares versions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from renderer.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.history.history import History
    from renderer.history.stored import Revision, Stored

_HEAD = "HEAD"


def are_directories(repository: str, sides: Sequence[str]) -> bool:
    """Whether two directories are meant.

    Raises UsageError where one is a revision as well: a commit that adds a directory is not to take
    itself out of the review.
    """
    if len(sides) != 2 or not all(map(os.path.isdir, sides)):
        return False
    for side in sides:
        if _is_revision(repository, side):
            directory = os.path.join(os.curdir, side)
            hint = f"write {directory} for the directory, {side}^0 for the revision"
            raise UsageError(f"{side} is both a directory and a revision", hint=hint)
    return True


def _is_revision(repository: str, side: str) -> bool:
    from renderer.history.history import History

    try:
        return History.of(repository).has_revision(side)
    except (ToolError, UsageError):  # there is no git, or it knows nothing here
        return False


def find_sides(
    history: History, sides: Sequence[str], *, staged: bool, hint: str = ""
) -> tuple[Revision, Stored]:
    """The base and the head: none, one or two revisions, the working tree, or what is staged.

    Raises UsageError for what is no revision, and for more than two.
    """
    if len(sides) > 2:
        message = f"{' '.join(sides)}: these are more than two sides"
        raise UsageError(message, hint=hint)
    if staged and len(sides) > 1:
        raise UsageError("--staged is the second side: name one revision at most")
    base = _base(history, sides, staged=staged)
    if staged:
        return base, history.staged()
    return base, history.revision(sides[1]) if len(sides) > 1 else history.work_tree()


def _base(history: History, sides: Sequence[str], *, staged: bool) -> Revision:
    if sides:
        return history.revision(sides[0])
    return history.revision(_HEAD) if staged else history.default_base()
