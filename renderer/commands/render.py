"""`render clusters/prod`: write trees, or say what is stale."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from renderer.errors import EXIT_FAILED, EXIT_NO, EXIT_OK, ToolError
from renderer.pipeline.outcome import Options, Outcome
from renderer.pipeline.run import render_clusters
from renderer.reports.text import (
    Style,
    diff_text,
    errors_text,
    findings_text,
    printable,
    summary_line,
)
from renderer.repository.clusters import choose
from renderer.repository.orphans import find_orphans, orphan_finding
from renderer.repository.unmatched import unmatched_clusters, unmatched_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renderer.findings import Finding
    from renderer.repository.workspace import Workspace

# A forked process cannot safely go on on macOS (system libraries), and not at all on Windows.
_CAN_FORK = sys.platform.startswith("linux")
PROCESSES = min(2, os.cpu_count() or 1) if _CAN_FORK else 1
_PROGRESS_AFTER = 1.0  # seconds


def run(
    space: Workspace,
    arguments: Sequence[str],
    *,
    check: bool,
    diff: bool,
    prune: bool,
    quiet: bool,
    verbose: bool,
    color: bool,
) -> int:
    """Renders and reports; gives the exit code."""
    started = time.monotonic()
    clusters = []
    if space.clusters or not prune:  # after the last overlay there are still trees to remove
        clusters = choose(space.clusters, arguments, space.repository, os.getcwd())
    options = Options(write=not check, diff=diff, processes=PROCESSES)
    progress = _Progress(len(clusters), started, hidden=quiet)
    outcomes = []
    for outcome in render_clusters(space, clusters, options):
        outcomes.append(outcome)
        progress.show(len(outcomes))
    progress.clear()
    outcomes.sort(key=lambda outcome: outcome.cluster.name)
    space.records.keep(
        (outcome.cluster.output, outcome.record) for outcome in outcomes if outcome.record
    )
    report = _Report(check=check, diff=diff, quiet=quiet, verbose=verbose, color=color)
    for outcome in outcomes:
        report.outcome(outcome)
    stale = False
    if clusters == space.clusters:
        stale = _orphans(space, report, prune=prune, write=not check)
        known = [outcome.record for outcome in outcomes if outcome.record]
        if len(known) == len(outcomes):
            names = dict.fromkeys(record.composition for record in known)
            report.warn(unmatched_targets(space.records, names))
            report.warn(unneeded_settings(space, outcomes))
    report.findings(outcomes)
    report.total(outcomes, time.monotonic() - started)
    if any(isinstance(outcome.error, ToolError) for outcome in outcomes):
        return EXIT_FAILED
    failed = any(outcome.failed for outcome in outcomes)
    no = failed or (check and (stale or any(outcome.changes for outcome in outcomes)))
    return EXIT_NO if no else EXIT_OK


def unneeded_settings(space: Workspace, outcomes: Iterable[Outcome]) -> list[Finding]:
    """A warning for each exception of the settings, and each version of Kubernetes by clusters,
    that none of all clusters has needed."""
    excused = {place for outcome in outcomes for place in outcome.excused}
    findings = space.check_policy.unneeded(excused, space.settings.file)
    return [*findings, *unmatched_clusters(space.settings, space.clusters)]


def _orphans(space: Workspace, report: _Report, *, prune: bool, write: bool) -> bool:
    """Reports trees whose overlay is gone, or removes what is ours in them."""
    found = find_orphans(space)
    for output, plan in found:
        if prune and write:
            from renderer.tree.writing import carry_out

            carry_out(space.repository, output, plan)
            report.pruned(output, len(plan.changes))
        else:
            report.warn([orphan_finding(output)])
    return bool(found)


class _Report:
    """Prints as it is told: results on stdout, everything else on stderr."""

    def __init__(self, *, check: bool, diff: bool, quiet: bool, verbose: bool, color: bool) -> None:
        self._check, self._diff = check, diff
        self._quiet, self._verbose = quiet, verbose
        colored = color and not os.environ.get("NO_COLOR")
        self._out = Style(colored and sys.stdout.isatty())
        self._err = Style(colored and sys.stderr.isatty())

    def outcome(self, outcome: Outcome) -> None:
        cluster = outcome.cluster
        if self._diff:
            for change in outcome.changes:
                text = diff_text(cluster.output, change, self._out, terminal=sys.stdout.isatty())
                sys.stdout.write(text)
        elif self._check and not self._quiet:
            for change in outcome.changes:
                print(f"{change.verb}: {cluster.output}/{change.path}")
        sys.stdout.flush()  # so that both streams of a terminal stay in their order
        if outcome.failed or self._quiet:
            return
        counts = [(verb, outcome.count(verb)) for verb in ("added", "changed", "removed")]
        counts.append(("unchanged", outcome.unchanged))
        line = summary_line(cluster.output, outcome.manifests, counts, dry=self._check)
        print(line, file=sys.stderr)
        if self._verbose:
            lines = [
                f"  {change.verb} {cluster.output}/{change.path}" for change in outcome.changes
            ]
            lines += [f"  kustomize: {note}" for note in outcome.notes]
            for line in lines:
                print(printable(line), file=sys.stderr)

    def pruned(self, output: str, count: int) -> None:
        if not self._quiet:
            print(f"{output}: its overlay is gone; {count} files removed", file=sys.stderr)

    def warn(self, findings: Iterable[Finding]) -> None:
        for finding in findings if not self._quiet else ():
            print(printable(str(finding)), file=sys.stderr)

    def findings(self, outcomes: Sequence[Outcome]) -> None:
        found = [(one.cluster, finding) for one in outcomes for finding in one.findings]
        if self._quiet:
            found = [(cluster, finding) for cluster, finding in found if finding.is_error]
        text = findings_text(found, self._err)
        if text:
            print(text, file=sys.stderr)
        for line in errors_text(outcomes, self._err):
            print(line, file=sys.stderr)

    def total(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        if self._quiet:
            return
        failed = sum(outcome.failed for outcome in outcomes)
        changed = sum(bool(outcome.changes) for outcome in outcomes)
        what = "stale" if self._check else "written"
        parts = [f"{len(outcomes)} clusters" if len(outcomes) != 1 else "1 cluster"]
        parts += [f"{changed} {what}"] if changed else []
        parts += [f"{len(outcomes) - changed - failed} up to date"]
        parts += [f"{failed} failed"] if failed else []
        print(f"{', '.join(parts)} in {seconds:.2f} s", file=sys.stderr)


class _Progress:
    """A bar on stderr, only on a terminal and only when the work takes longer than a second."""

    def __init__(self, total: int, started: float, *, hidden: bool) -> None:
        self._total = total
        self._started = started
        self._hidden = hidden or not sys.stderr.isatty()
        self._shown = 0.0

    def show(self, done: int) -> None:
        now = time.monotonic()
        if self._hidden or now - self._started < _PROGRESS_AFTER or now - self._shown < 0.1:
            return
        self._shown = now
        width = 30
        filled = width * done // self._total
        bar = "#" * filled + "-" * (width - filled)
        print(f"\r[{bar}] {done}/{self._total} clusters", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
