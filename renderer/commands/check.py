"""`render check`: verify manifests, and say what is wrong with them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from renderer.commands.render import PROCESSES, unneeded_settings
from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, ToolError
from renderer.findings import Finding, has_errors
from renderer.pipeline.outcome import Options, Outcome
from renderer.pipeline.run import render_clusters
from renderer.reports.text import Style, errors_text, findings_text, printable
from renderer.repository.clusters import choose
from renderer.repository.skipped import skipped_functions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.repository.workspace import Workspace


def run(space: Workspace, arguments: Sequence[str], *, as_json: bool, color: bool) -> int:
    """Verifies and reports; gives the exit code. The findings are on stdout.

    Where all clusters are verified, so is what else is committed beside their trees.
    """
    clusters = space.clusters
    if arguments or not clusters:
        clusters = choose(clusters, arguments or [space.repository], space.repository, os.getcwd())
    options = Options(tree=False, write=False, processes=PROCESSES)
    outcomes = sorted(
        render_clusters(space, clusters, options), key=lambda outcome: outcome.cluster.name
    )
    failed = [outcome for outcome in outcomes if outcome.failed]
    of_all: list[Finding] = []
    if clusters == space.clusters:
        of_all += space.check_policy.judge(skipped_functions(space)).findings
        of_all += () if failed else unneeded_settings(space, outcomes)
    if as_json:
        _print_json(outcomes, of_all)
    else:
        _print_text(outcomes, of_all, color=color)
    if any(isinstance(outcome.error, ToolError) for outcome in failed):
        return EXIT_FAILED
    return EXIT_NO if failed or has_errors(of_all) else EXIT_OK


def _print_text(outcomes: Sequence[Outcome], of_all: Sequence[Finding], *, color: bool) -> None:
    colored = color and not os.environ.get("NO_COLOR")
    found = [(one.cluster, finding) for one in outcomes for finding in one.findings]
    text = findings_text(found, Style(colored and sys.stdout.isatty()))
    if text:
        print(text)
    for finding in of_all:
        print(printable(str(finding)))
    sys.stdout.flush()  # so that both streams of a terminal stay in their order
    for line in errors_text(outcomes, Style(colored and sys.stderr.isatty())):
        print(line, file=sys.stderr)
    every = [finding for _, finding in found] + list(of_all)
    errors = sum(finding.is_error for finding in every)
    errors += sum(outcome.error is not None for outcome in outcomes)
    warnings = sum(not finding.is_error for finding in every)
    print(
        f"{_count(len(outcomes), 'cluster')}: {_count(errors, 'error')},"
        f" {_count(warnings, 'warning')}",
        file=sys.stderr,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_json(outcomes: Sequence[Outcome], of_all: Sequence[Finding]) -> None:
    import json

    rows = [_row(one.cluster.name, finding) for one in outcomes for finding in one.findings]
    rows += [_row(None, finding) for finding in of_all]
    for one in outcomes:
        if one.error:  # of no rule: kustomize's own, or that of a tool
            error = Finding.error("", one.error.message, hint=one.error.hint)
            rows.append({**_row(one.cluster.name, error), "rule": None})
    print(json.dumps(rows, indent=2, ensure_ascii=False))


def _row(cluster: str | None, finding: Finding) -> dict[str, Any]:
    place = finding.location
    return {
        "cluster": cluster,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "location": place and {"path": place.path, "line": place.line, "column": place.column},
        "object": finding.object,
        "field": finding.field,
        "hint": finding.hint,
    }
