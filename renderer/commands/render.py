"""`render clusters/prod`: write trees, or say what is stale."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, RenderError, ToolError
from renderer.findings import has_errors
from renderer.pipeline.of_all import findings_of_all
from renderer.pipeline.outcome import Options, Outcome
from renderer.pipeline.run import PROCESSES, render_trees
from renderer.reports.progress import Progress
from renderer.reports.results import Gone, Results, Shown, print_results
from renderer.reports.text import style_for
from renderer.repository.orphans import find_orphans
from renderer.repository.trees import choose
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace


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
    named, rest = _named(space, arguments) if prune else ([], [*arguments])
    trees: Sequence[Tree] = []
    if rest and (space.trees or not prune):  # after the last overlay there are trees to remove
        trees = choose(space.trees, rest, space.repository, os.getcwd())
    options = Options(write=not check, diff=diff, processes=PROCESSES)
    results = Results(_render(space, trees, options, quiet=quiet), check)
    if trees == space.trees or named:
        results = _with_what_is_about_none(space, results, named, remove=prune and not check)
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
    progress = Progress(len(trees), hidden=quiet)
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


def _named(space: Workspace, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The trees without a source that arguments name, and the other arguments."""
    ways = {argument: _ways(space.repository, argument) for argument in arguments}
    among = {way for both in ways.values() for way in both}
    outputs = {orphan.output for orphan in find_orphans(space, among)}
    named: list[str] = []
    rest: list[str] = []
    for argument, both in ways.items():
        meant = [way for way in both if way in outputs]
        named += meant[:1]
        rest += () if meant else (argument,)
    return named, rest


def _ways(repository: str, argument: str) -> tuple[str, str]:
    """What an argument may name in a repository: from its root, or from where we are."""
    path = os.path.relpath(os.path.abspath(argument), repository).replace(os.sep, "/")
    return argument.strip("/"), path


def _with_what_is_about_none(
    space: Workspace, results: Results, named: Sequence[str], *, remove: bool
) -> Results:
    """Adds what only a run over all clusters can tell, or is about trees that were named."""
    if len(results.outcomes) == len(space.trees):
        results = results._replace(findings=tuple(findings_of_all(space, results.outcomes)))
    gone: list[Gone] = []
    try:
        for one in _gone(space, named, remove=remove):
            gone.append(one)  # noqa: PERF402 # what was removed before an error is told too
    except RenderError as error:
        results = results._replace(error=error)
    return results._replace(gone=tuple(gone))


def _gone(space: Workspace, named: Sequence[str], *, remove: bool) -> Iterator[Gone]:
    """The trees without a source, after the removal of what is ours in those that are meant."""
    for orphan in find_orphans(space):
        removed = remove and orphan.is_meant(named)
        if removed:
            carry_out(space.repository, orphan.output, orphan.plan, alone=False)
        yield Gone(orphan.output, orphan.plan.changes, orphan.finding, removed=removed)


def _exit_code(results: Results) -> int:
    outcomes = results.outcomes
    if any(isinstance(outcome.error, ToolError) for outcome in outcomes):
        return EXIT_FAILED
    failed = results.error or any(outcome.failed for outcome in outcomes)
    failed = failed or has_errors(results.findings)
    stale = results.gone or any(outcome.changes for outcome in outcomes)
    return EXIT_NO if failed or (results.check and stale) else EXIT_OK
