"""`render clusters/prod`: write trees, or say what is stale."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from renderer.commands.asked import Asked
from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, RenderError, ToolError
from renderer.findings import has_errors
from renderer.pipeline.of_all import findings_of_all
from renderer.pipeline.outcome import Options, Outcome
from renderer.pipeline.run import PROCESSES, render_trees
from renderer.reports.progress import Progress
from renderer.reports.results import Gone, Results, Shown, print_results
from renderer.reports.text import style_for
from renderer.reports.verdicts import tree_noun
from renderer.repository.orphans import remove as remove_orphan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.repository.orphans import Orphan
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace
    from renderer.tree.planning import Change


def run(
    space: Workspace,
    arguments: Sequence[str],
    *,
    check: bool,
    diff: bool,
    prune: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    color: bool,
) -> int:
    """Renders and reports; gives the exit code."""
    started = time.monotonic()
    space.check_requirements()
    asked = Asked(space, arguments, os.getcwd(), prune=prune)
    options = Options(write=not check, diff=diff, processes=PROCESSES)
    results = Results(_render(space, asked.trees, options, quiet=quiet), check)
    if asked.trees:
        results = results._replace(findings=tuple(findings_of_all(space, results.outcomes)))
    results = _with_orphans(space, results, asked, remove=prune and not check)
    if as_json:
        from renderer.reports import rows

        print(rows.as_json(rows.results_row(results, diff=diff)))
    else:
        shown = Shown(
            out=style_for(sys.stdout, color),
            err=style_for(sys.stderr, color),
            diff=diff,
            quiet=quiet,
            verbose=verbose,
        )
        print_results(results, shown, time.monotonic() - started)
    return _exit_code(results)


def _render(
    space: Workspace, trees: Sequence[Tree], options: Options, *, quiet: bool
) -> tuple[Outcome, ...]:
    """What became of each tree, by name; the records of those that did well are kept."""
    progress = Progress(len(trees), tree_noun(trees), hidden=quiet)
    outcomes = []
    for outcome in render_trees(space, trees, options):
        outcomes.append(outcome)
        progress.show(len(outcomes))
    progress.clear()
    outcomes.sort(key=lambda outcome: outcome.tree.name)
    space.records.keep(
        (outcome.tree.output, outcome.record) for outcome in outcomes if outcome.record
    )
    return tuple(outcomes)


def _with_orphans(space: Workspace, results: Results, asked: Asked, *, remove: bool) -> Results:
    """Adds the trees that are no longer meant; those to remove are removed, one after the other."""
    gone: list[Gone] = []
    try:
        orphans = asked.orphans(results.outcomes)
        # While a tree is not rendered, what is here of it may be all that there is.
        remove = remove and not any(outcome.failed for outcome in results.outcomes)
        for orphan in orphans:
            removed = remove and asked.is_to_remove(orphan)
            changes = _remove(space, orphan) if removed else orphan.changes(space.repository)
            gone.append(Gone(orphan.output, changes, orphan.finding, removed=removed))
    except RenderError as error:
        results = results._replace(error=error)
    return results._replace(gone=tuple(gone))


def _remove(space: Workspace, orphan: Orphan) -> tuple[Change, ...]:
    return remove_orphan(space.repository, orphan, [tree.output for tree in space.trees])


def _exit_code(results: Results) -> int:
    outcomes = results.outcomes
    if any(isinstance(outcome.error, ToolError) for outcome in outcomes):
        return EXIT_FAILED
    failed = results.error or any(outcome.failed for outcome in outcomes)
    failed = failed or has_errors(results.findings)
    stale = results.gone or any(outcome.changes for outcome in outcomes)
    return EXIT_NO if failed or (results.check and stale) else EXIT_OK
