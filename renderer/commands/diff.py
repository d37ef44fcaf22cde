"""`render diff`: what differs between two versions of the trees."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.history.directory import open_directory
from renderer.history.history import History
from renderer.pipeline.review import review, review_directories
from renderer.reports.changes import review_text, summary_text
from renderer.reports.changes_json import review_row
from renderer.reports.rows import as_json as json_of
from renderer.reports.text import printable, style_for
from renderer.repository.trees import meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.history.sides import Side
    from renderer.pipeline.review import Reviewed
    from renderer.repository.workspace import Workspace

_HEAD = "HEAD"


def run(
    space: Workspace,
    sides: Sequence[str],
    clusters: Sequence[str],
    *,
    staged: bool,
    as_json: bool,
    summary: bool,
    color: bool,
) -> None:
    """Prints what differs. `sides` are none, one or two revisions, or two directories.

    Raises UsageError for sides that are none, RenderError for one that cannot be read.
    """
    reviewed = _reviewed(space, sides, clusters, staged=staged)
    if as_json:
        print(json_of(review_row(reviewed)))
    elif summary:
        print(printable(summary_text(reviewed)))
    else:
        sys.stdout.write(review_text(reviewed, style_for(sys.stdout, color)))
    if reviewed.foreign and not as_json:
        first, *rest = reviewed.foreign
        more = f" and {len(rest)} more" if rest else ""
        note = f"note: not compared, for they are no files of trees: {first}{more}"
        print(printable(note), file=sys.stderr)


def _reviewed(
    space: Workspace, sides: Sequence[str], clusters: Sequence[str], *, staged: bool
) -> Reviewed:
    if len(sides) > 2:
        raise UsageError(
            f"{' '.join(sides)}: these are more than two sides", hint="name clusters after --"
        )
    if len(sides) == 2 and all(map(os.path.isdir, sides)):
        if staged or clusters:
            raise UsageError("two directories are compared whole: leave the rest out")
        return review_directories(*map(open_directory, sides))
    history = History.of(space.repository)
    if staged and len(sides) > 1:
        raise UsageError("--staged is the second side: name one revision at most")
    base = _base(history, sides, staged=staged)
    head: Side
    if staged:
        head = history.staged()
    else:
        head = history.revision(sides[1]) if len(sides) > 1 else history.work_tree()
    here = os.getcwd()
    found = {one: meant(space.trees, one, space.repository, here) for one in clusters}
    doubtful = [one for one, trees in found.items() if not trees]  # it may be gone
    known = [tree.name for trees in found.values() for tree in trees]
    return review(base, head, space.repository, [*known, *doubtful], doubtful)


def _base(history: History, sides: Sequence[str], *, staged: bool) -> Side:
    if sides:
        return history.revision(sides[0])
    return history.revision(_HEAD) if staged else history.default_base()
