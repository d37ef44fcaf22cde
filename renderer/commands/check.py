"""`render check`: verify manifests, and say what is wrong with them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, ToolError
from renderer.findings import has_errors
from renderer.pipeline.of_all import findings_of_all
from renderer.pipeline.outcome import Options
from renderer.pipeline.run import PROCESSES, render_trees
from renderer.reports.results import Results, print_verdicts
from renderer.reports.text import style_for
from renderer.repository.committed import look_at_outputs
from renderer.repository.orphans import find_orphans
from renderer.repository.trees import choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.findings import Finding
    from renderer.pipeline.outcome import Outcome
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace


def run(
    space: Workspace, arguments: Sequence[str], *, as_json: bool, verbose: bool, color: bool
) -> int:
    """Verifies and reports; gives the exit code. The findings are on stdout.

    Where all clusters are verified, so is what else is committed beside their trees.
    """
    space.check_requirements()
    trees: Sequence[Tree] = space.some_trees
    if arguments:
        trees = choose(trees, arguments, space.repository, os.getcwd())
    options = Options(tree=False, write=False, processes=PROCESSES)
    outcomes = sorted(render_trees(space, trees, options), key=lambda outcome: outcome.tree.name)
    results = Results(tuple(outcomes), findings=tuple(_of_all(space, outcomes)))
    if as_json:
        from renderer.reports import rows

        print(rows.as_json(rows.finding_rows(results)))
    else:
        out, err = style_for(sys.stdout, color), style_for(sys.stderr, color)
        print_verdicts(results, out=out, err=err, verbose=verbose)
    return _exit_code(results)


def _of_all(space: Workspace, outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    if len(outcomes) < len(space.trees):
        yield from findings_of_all(space, outcomes)
        return
    committed = look_at_outputs(space)
    yield from space.check_policy.judge(committed.skipped).findings
    yield from findings_of_all(space, outcomes)
    yield from (orphan.finding for orphan in find_orphans(space, committed.strays))


def _exit_code(results: Results) -> int:
    failed = [outcome for outcome in results.outcomes if outcome.failed]
    if any(isinstance(outcome.error, ToolError) for outcome in failed):
        return EXIT_FAILED
    return EXIT_NO if failed or has_errors(results.findings) else EXIT_OK
