"""`render affected`: the trees that can change by what differs between two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.commands.sides import find_sides
from renderer.history.history import History
from renderer.pipeline.affected import compared
from renderer.reports.rows import as_json as json_of
from renderer.reports.rows import tree_row
from renderer.reports.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.repository.workspace import Workspace


def run(space: Workspace, sides: Sequence[str], *, staged: bool, as_json: bool) -> None:
    """Prints their names, one in a line. `sides` are none, one or two revisions.

    Raises UsageError for sides that are none, RenderError for one that cannot be read.
    """
    base, head = find_sides(History.of(space.repository), sides, staged=staged)
    with compared(space, base, head) as found:
        trees = found.trees if found else ()
    if as_json:
        print(json_of([{**tree_row(one.tree), "change": one.verb} for one in trees]))
    else:
        for one in trees:
            print(printable(one.name))
