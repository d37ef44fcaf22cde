"""`render diff`: what differs between two versions of the trees."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.commands.sides import find_sides
from renderer.errors import EXIT_NO, EXIT_OK, UsageError
from renderer.git import commit_day
from renderer.history.directory import open_directory
from renderer.history.history import History
from renderer.pipeline.review import review, review_directories
from renderer.reports.changes import review_text, summary_text
from renderer.reports.changes_json import review_row
from renderer.reports.rows import as_json as json_of
from renderer.reports.text import printable, style_for
from renderer.repository.trees import meant
from renderer.rules import IMPACTS
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from renderer.impacts.grouping import ConsequenceGroup
    from renderer.pipeline.review import Reviewed
    from renderer.repository.workspace import Workspace


def run(
    space: Workspace,
    sides: Sequence[str],
    clusters: Sequence[str],
    *,
    staged: bool,
    as_json: bool,
    summary: bool,
    fail_on: Sequence[str] = (),
    color: bool,
) -> int:
    """Prints what differs, and gives the exit code: whether an impact that `fail_on` names is not
    excused. `sides` are none, one or two revisions, or two directories.

    Raises UsageError for sides that are none and impacts that nobody knows, RenderError for a side
    that cannot be read.
    """
    impacts = _impacts(fail_on)
    if impacts and len(sides) == 2 and all(map(os.path.isdir, sides)):
        raise UsageError("two directories are compared, and nothing is merged: nothing can fail")
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
    for one in reviewed.needless:
        note = f"note: nothing needs {one.label}: it was merged; take it out of the settings"
        print(printable(note), file=sys.stderr)
    return EXIT_NO if any(_fails(one, impacts) for one in reviewed.consequences) else EXIT_OK


def _impacts(written: Sequence[str]) -> frozenset[str]:
    """The impacts that are named, several of them with commas between. Raises UsageError."""
    named = [word.strip() for text in written for word in text.split(",")]
    for one in named:
        if one not in IMPACTS:
            hint = closest(one, IMPACTS) or f"the impacts are {', '.join(IMPACTS)}"
            raise UsageError(f"there is no impact {one!r}", hint=hint)
    return frozenset(named)


def _fails(group: ConsequenceGroup, impacts: Collection[str]) -> bool:
    return group.consequence.impact.value in impacts and not group.excuse


def _reviewed(
    space: Workspace, sides: Sequence[str], clusters: Sequence[str], *, staged: bool
) -> Reviewed:
    if len(sides) == 2 and all(map(os.path.isdir, sides)):
        if staged or clusters:
            raise UsageError("two directories are compared whole: leave the rest out")
        return review_directories(*map(open_directory, sides))
    history = History.of(space.repository)
    base, head = find_sides(history, sides, staged=staged, hint="name clusters after --")
    here = os.getcwd()
    found = {one: meant(space.trees, one, space.repository, here) for one in clusters}
    doubtful = [one for one, trees in found.items() if not trees]  # it may be gone
    known = [tree.name for trees in found.values() for tree in trees]
    named = [*known, *doubtful]
    today = commit_day(space.repository, head.commit or "HEAD")
    return review(base, head, space.repository, named, doubtful, today=today)
