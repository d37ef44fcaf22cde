"""What a command over clusters came to, printed for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from renderer.counting import counted
from renderer.reports.text import Style, diff_text, error_text, printable, summary_line
from renderer.reports.verdicts import (
    Said,
    counted_trees,
    errors_text,
    findings_text,
    told_once,
    withheld_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.errors import RenderError
    from renderer.findings import Finding
    from renderer.pipeline.outcome import Outcome
    from renderer.tree.planning import Change


_WHY = {  # a tree without a source was removed
    "moved-tree": "it is rendered elsewhere now",
    "orphan-tree": "its overlay is gone",
    "uncovered-tree": "it was named",
}


class Gone(NamedTuple):
    """A tree without a source: what is ours in it, and whether that was removed."""

    output: str
    changes: tuple[Change, ...]
    finding: Finding
    removed: bool


class Results(NamedTuple):
    """What became of clusters, by name, and what is about none of them.

    With `check` nothing was written. An `error` is one that a tree without a cluster gave.
    """

    outcomes: tuple[Outcome, ...]
    check: bool = True
    gone: tuple[Gone, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: RenderError | None = None


class Shown(NamedTuple):
    """What of the results is printed, and with which colours on stdout and stderr."""

    out: Style
    err: Style
    diff: bool = False
    quiet: bool = False
    verbose: bool = False


def print_results(results: Results, shown: Shown, seconds: float) -> None:
    """Prints what changed on stdout and everything else on stderr."""
    for outcome in results.outcomes:
        _print_changes(outcome, results.check, shown)
        if not outcome.failed and not shown.quiet:
            _print_summary(outcome, results.check, shown)
    if not shown.quiet:
        _print_gone(results)
    _print_findings(results, shown)
    if not shown.quiet:
        print(f"{_total(results)} in {seconds:.2f} s", file=sys.stderr)


def _print_changes(outcome: Outcome, check: bool, shown: Shown) -> None:
    output = outcome.tree.output
    if shown.diff:
        terminal = sys.stdout.isatty()
        for change in outcome.changes:
            sys.stdout.write(diff_text(output, change, shown.out, terminal=terminal))
    elif check and not shown.quiet:
        for change in outcome.changes:
            print(printable(f"{_verb(change)}: {output}/{change.path}"))
    sys.stdout.flush()  # so that both streams of a terminal stay in their order


def _verb(change: Change) -> str:
    return "rehashed" if change.hashes_only else change.verb


def _print_summary(outcome: Outcome, check: bool, shown: Shown) -> None:
    output = outcome.tree.output
    counts = [(verb, outcome.count(verb)) for verb in ("added", "changed", "removed")]
    counts.append(("unchanged", outcome.unchanged))
    by_hashes = sum(change.hashes_only for change in outcome.changes)
    print(
        summary_line(output, outcome.manifests, counts, dry=check, by_hashes=by_hashes),
        file=sys.stderr,
    )
    if shown.verbose:
        are_printed = shown.diff or check
        for change in () if are_printed else outcome.changes:
            print(printable(f"  {_verb(change)} {output}/{change.path}"), file=sys.stderr)
        for note in outcome.notes:
            print(printable(f"  kustomize: {note}"), file=sys.stderr)
        for note in outcome.quoted:
            print(printable(f"  note: {note}"), file=sys.stderr)


def _print_gone(results: Results) -> None:
    for gone in results.gone:
        text = printable(str(gone.finding))
        if gone.removed:
            files = counted(len(gone.changes), "file")
            text = printable(f"{gone.output}: {_WHY[gone.finding.rule]}; {files} removed")
        print(text, file=sys.stderr)


def _said(results: Results) -> list[Said]:
    """All findings, each once; those about none come last."""
    found = ((one.tree, finding) for one in results.outcomes for finding in one.findings)
    return told_once([*found, *((None, finding) for finding in results.findings)])


def _print_findings(results: Results, shown: Shown) -> None:
    said = [one for one in _said(results) if one.finding.is_error or not shown.quiet]
    text = findings_text(said, shown.err, every=shown.verbose)
    if text:
        print(text, file=sys.stderr)
    for line in errors_text(results.outcomes, shown.err):
        print(line, file=sys.stderr)
    for line in withheld_text(results.outcomes) if not shown.quiet else ():
        print(line, file=sys.stderr)
    if results.error:
        print(error_text(results.error, shown.err), file=sys.stderr)


def _total(results: Results) -> str:
    count = len(results.outcomes)
    failed = sum(outcome.failed for outcome in results.outcomes)
    changed = sum(bool(outcome.changes) for outcome in results.outcomes)
    parts = [counted_trees([one.tree for one in results.outcomes])]
    parts += [f"{changed} {'stale' if results.check else 'written'}"] if changed else []
    parts += [f"{count - changed - failed} up to date"]
    parts += [f"{failed} failed"] if failed else []
    return ", ".join(parts)


def print_verdicts(results: Results, *, out: Style, err: Style, verbose: bool) -> None:
    """Prints the findings on stdout, and on stderr errors of no rule and how many there are."""
    said = _said(results)
    text = findings_text(said, out, every=verbose)
    if text:
        print(text)
    sys.stdout.flush()  # so that both streams of a terminal stay in their order
    others = [*errors_text(results.outcomes, err)]
    for line in (*others, *withheld_text(results.outcomes)):
        print(line, file=sys.stderr)
    errors = sum(one.finding.is_error for one in said)
    warnings = len(said) - errors
    print(
        f"{counted_trees([one.tree for one in results.outcomes])}:"
        f" {counted(errors + len(others), 'error')}, {counted(warnings, 'warning')}",
        file=sys.stderr,
    )


def print_failures(outcomes: Sequence[Outcome], err: Style) -> None:
    """Prints on stderr why some could not be read."""
    found = ((one.tree, finding) for one in outcomes for finding in one.findings)
    text = findings_text(told_once(found), err)
    for line in (*([text] if text else ()), *errors_text(outcomes, err)):
        print(line, file=sys.stderr)
