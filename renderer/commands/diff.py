"""`render diff`: what differs between two versions of the trees."""

from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from renderer.commands.sides import are_directories, find_sides
from renderer.errors import EXIT_NO, EXIT_OK, RenderError, UsageError
from renderer.git import commit_day
from renderer.history.directory import open_directory
from renderer.history.history import History
from renderer.pipeline.composer import Composing
from renderer.pipeline.review import check_known, review, review_directories
from renderer.reports.changes import review_text, summary_text, unified_text
from renderer.reports.changes_json import review_row
from renderer.reports.paging import print_long
from renderer.reports.rows import as_json as json_of
from renderer.reports.text import error_line, one_line, style_for
from renderer.repository.trees import meant
from renderer.rules import IMPACTS
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from renderer.history.stored import Revision, Stored
    from renderer.impacts.grouping import ConsequenceGroup
    from renderer.pipeline.causes import Causes
    from renderer.pipeline.rendered import Rendering
    from renderer.pipeline.review import Reviewed, Unjudged
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

_FEW_TREES = 100
_UNJUDGED = "render writes what is in trees; or name the file as the object of an exception"
_WAY = "what it is then is not in the trees: look at it, and name it as the object of an exception"


def run(
    space: Workspace,
    sides: Sequence[str],
    clusters: Sequence[str],
    *,
    staged: bool,
    render: bool,
    causes: bool | None,
    as_json: bool,
    summary: bool,
    unified: bool,
    pager: bool,
    fail_on: Sequence[str] = (),
    color: bool,
) -> int:
    """Prints what differs, and gives the exit code: whether an impact that `fail_on` names is not
    excused, or may happen unseen. `sides` are none, one or two revisions, or two directories.

    Raises UsageError for sides that are none and impacts that nobody knows, RenderError for a side
    that cannot be read or rendered.
    """
    if unified and (as_json or summary):
        raise UsageError("--unified is an answer of its own: leave --json and --summary out")
    impacts = _impacts(fail_on)
    if impacts and are_directories(space.repository, sides):
        raise UsageError("two directories are compared, and nothing is merged: nothing can fail")
    if unified or (summary and not as_json):  # they have no place for causes
        causes = bool(causes)
    found = _found(space, sides, clusters, staged=staged, render=render, causes=causes)
    reviewed = found.reviewed
    if as_json:
        print(json_of(review_row(reviewed, found.stale)))
    elif summary:
        print(one_line(summary_text(reviewed)))
    else:
        style, terminal = style_for(sys.stdout, color), sys.stdout.isatty()
        text = (
            unified_text(reviewed, style, terminal=terminal)
            if unified
            else review_text(reviewed, style)
        )
        print_long(text, may_page=pager)
    for note in () if as_json else _notes(found):
        print(one_line(f"note: {note}"), file=sys.stderr)
    fails = any(_fails(one, impacts) for one in reviewed.consequences)
    unjudged = [one for one in reviewed.unjudged if impacts and not impacts & one.meant]
    for message, hint in () if as_json else _refusals(unjudged):
        print(error_line(message, hint, style_for(sys.stderr, color)), file=sys.stderr)
    return EXIT_NO if fails or unjudged else EXIT_OK


def _refusals(unjudged: Sequence[Unjudged]) -> Iterator[tuple[str, str]]:
    """What to say, with hints, of what nobody has judged."""
    files = [one.path for one in unjudged if not one.how]
    if files:
        what = one_line(_some(files))
        yield f"{what}: whoever syncs the tree takes it, and --fail-on cannot judge it", _UNJUDGED
    for one in unjudged:
        if one.how:
            what = one_line(f"{one.path} ({one.how})")
            yield f"{what}: trees are synced in another way, and --fail-on cannot judge it", _WAY


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


class _Found(NamedTuple):
    """What differs; `stale` are the trees of both sides that are committed otherwise than they are
    rendered, None where nothing was rendered."""

    reviewed: Reviewed
    stale: tuple[Sequence[str], Sequence[str]] | None = None


def _notes(found: _Found) -> Iterator[str]:
    foreign = found.reviewed.foreign
    if foreign:
        yield f"not compared, for they are no files of trees: {_some(foreign)}"
    for way in found.reviewed.unjudged:
        if way.how:
            yield f"trees are synced in another way, whatever they hold: {way.path} ({way.how})"
    sides = (found.reviewed.base, found.reviewed.head)
    for side, stale in zip(sides, found.stale or ((), ()), strict=True):
        if stale:
            yield f"stale in {side.name}, but rendered here: {_some(stale)}"
    for one in found.reviewed.needless:
        yield f"nothing needs {one.label}: it was merged; take it out of the settings"


def _some(names: Sequence[str]) -> str:
    first, *rest = names
    return f"{first} and {len(rest)} more" if rest else first


def _found(
    space: Workspace,
    sides: Sequence[str],
    clusters: Sequence[str],
    *,
    staged: bool,
    render: bool,
    causes: bool | None,
) -> _Found:
    if are_directories(space.repository, sides):
        if staged or clusters or render or causes:
            raise UsageError("two directories are compared whole: leave the rest out")
        first, second = map(open_directory, sides)
        return _Found(review_directories(first, second, space.repository))
    history = History.of(space.repository)
    base, head = find_sides(history, sides, staged=staged, hint="name clusters after --")
    here = os.getcwd()
    named = {one: meant(space.trees, one, space.repository, here) for one in clusters}
    doubtful = [one for one, trees in named.items() if not trees]  # it may be gone
    only = [*(tree.name for trees in named.values() for tree in trees), *doubtful]

    def today() -> str:
        # Who commits says when: no commit is older than what it is compared with.
        return max(commit_day(space.repository, one.commit or "HEAD") for one in (base, head))

    composing = Composing(
        lambda: space.engine, space.repository, space.cache, space.settings.timeout
    )
    if render:
        old, new, known = _rendered(space, base, head, only, doubtful)
        reviewed = review(
            old.side,
            new.side,
            space.repository,
            only,
            sources=(base, head),
            causes=known,
            composing=composing,
            today=today,
        )
        return _Found(reviewed, (old.stale, new.stale))
    known = _causes(space, base, head, wanted=causes)
    reviewed = review(
        base,
        head,
        space.repository,
        only,
        doubtful,
        causes=known,
        composing=composing,
        today=today,
    )
    return _Found(reviewed)


def _causes(
    space: Workspace, base: Revision, head: Stored, *, wanted: bool | None
) -> Causes | None:
    """What differs in the sources of both sides.

    Where nobody has asked for it, only of so few trees that nobody waits, and if both can be read.
    """
    if wanted is False or (wanted is None and space.has_more_trees(_FEW_TREES)):
        return None
    from renderer.pipeline.affected import compared
    from renderer.pipeline.causes import causes_between

    try:
        with compared(space, base, head) as found:
            return causes_between(found, space.trees)
    except RenderError:
        if wanted:
            raise
        return None


def _rendered(
    space: Workspace, base: Revision, head: Stored, only: Sequence[str], doubtful: Sequence[str]
) -> tuple[Rendering, Rendering, Causes | None]:
    """Both sides with the trees that can differ, rendered, and what knows their sources."""
    from renderer.pipeline.affected import compared
    from renderer.pipeline.causes import causes_between
    from renderer.pipeline.rendered import render_both, to_render, without_trees
    from renderer.reports.progress import Progress
    from renderer.reports.verdicts import tree_noun

    def is_wanted(tree: Tree) -> bool:
        return not only or not {tree.name, tree.cluster}.isdisjoint(only)

    with compared(space, base, head) as found:
        if found is None:
            return without_trees(base), without_trees(head), None
        trees = [tree for one in (found.old, found.new) for tree in one.space.trees]
        known = {name for one in trees for name in (one.name, one.cluster)}
        check_known(doubtful, known, base, head)
        sides = to_render(found, is_wanted)
        rendered = [tree for one in sides for tree in one.trees]
        progress = Progress(len(rendered), tree_noun(rendered), hidden=False)
        done = itertools.count(1)
        try:
            old, new = render_both(sides, lambda: progress.show(next(done)))
        finally:
            progress.clear()
        return old, new, causes_between(found, space.trees, old.trees, new.trees)
