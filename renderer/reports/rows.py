"""The rows that `--json` prints: docs/reference.md has every field, and each stands for itself.

What two commands tell of has one form: a tree, a finding, a location.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding
from renderer.reports.text import Style, diff_text, is_unseen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.errors import RenderError
    from renderer.findings import Location
    from renderer.pipeline.outcome import Outcome
    from renderer.reports.results import Gone, Results
    from renderer.repository.trees import Tree
    from renderer.tree.planning import Change

    Row = dict[str, Any]

_DELETE = "\x7f"
_ORDER = re.compile(r"##(?=[A-Za-z]*\[)")  # as in renderer.reports.text; no line begins with `::`

_VERBS = ("added", "changed", "removed")


def as_json(rows: Sequence[Row] | Row) -> str:
    """The text that is printed: fields in their order, characters as they are, but for what could
    command a terminal, or whoever reads a log: JSON has the same with and without escapes."""
    text = json.dumps(rows, indent=2, ensure_ascii=False)
    if not text.isascii() or _DELETE in text:
        text = "".join(_as_json(one) for one in text)
    return _ORDER.sub(r"#\\u0023", text)


def _as_json(character: str) -> str:
    if character == "\n" or not is_unseen(character):
        return character
    return "\\u007f" if character == _DELETE else json.dumps(character)[1:-1]


def tree_row(tree: Tree) -> Row:
    """How every row begins that is about a tree."""
    return {
        "name": tree.name,
        "cluster": tree.cluster,
        "source": tree.source,
        "output": tree.output,
    }


def location_row(location: Location | None) -> Row | None:
    """A place in a file; None where there is none."""
    return location and {
        "path": location.path,
        "line": location.line,
        "column": location.column,
    }


def finding_row(tree: Tree | None, finding: Finding) -> Row:
    """A finding, with the tree that it is about."""
    return {
        "cluster": tree and tree.cluster,
        "tree": tree and tree.name,
        "rule": finding.rule or None,
        "severity": str(finding.severity),
        "message": finding.message,
        "location": location_row(finding.location),
        "object": finding.object,
        "field": finding.field,
        "hint": finding.hint,
    }


def _error_row(tree: Tree | None, error: RenderError) -> Row:
    """An error of no rule: kustomize's own, or that of a tool."""
    return finding_row(tree, Finding.error("", error.message, hint=error.hint))


def finding_rows(results: Results) -> list[Row]:
    """Everything that was found, in one list: `render check --json`."""
    rows = [finding_row(one.tree, finding) for one in results.outcomes for finding in one.findings]
    rows += [finding_row(None, finding) for finding in results.findings]
    rows += [_error_row(one.tree, one.error) for one in results.outcomes if one.error]
    return rows


def results_row(results: Results, *, diff: bool) -> Row:
    """What became of each cluster, and what was found about none: `render CLUSTERS --json`."""
    of_none = [finding_row(None, finding) for finding in results.findings]
    of_none += [_error_row(None, results.error)] if results.error else []
    return {
        "clusters": [
            *(_outcome_row(outcome, results.check, diff) for outcome in results.outcomes),
            *(_gone_row(gone, diff) for gone in results.gone),
        ],
        "findings": of_none,
    }


def _outcome_row(outcome: Outcome, check: bool, diff: bool) -> Row:
    tree = outcome.tree
    findings = [finding_row(tree, finding) for finding in outcome.findings]
    findings += [_error_row(tree, outcome.error)] if outcome.error else []
    return {
        **tree_row(tree),
        "verdict": _verdict(outcome, check),
        "manifests": outcome.manifests,
        "counts": _counts(outcome.changes, outcome.unchanged),
        "changes": [*_change_rows(tree.output, outcome.changes, diff)],
        "findings": findings,
        "notes": [*outcome.notes, *outcome.quoted],
        "withheld": [*outcome.withheld],
    }


def _gone_row(gone: Gone, diff: bool) -> Row:
    return {
        "name": None,
        "cluster": None,
        "source": None,
        "output": gone.output,
        "verdict": "removed" if gone.removed else "gone",
        "manifests": 0,
        "counts": _counts(gone.changes, 0),
        "changes": [*_change_rows(gone.output, gone.changes, diff)],
        "findings": [] if gone.removed else [finding_row(None, gone.finding)],
        "notes": [],
        "withheld": [],
    }


def _verdict(outcome: Outcome, check: bool) -> str:
    if outcome.failed:
        return "failed"
    if not outcome.changes:
        return "up-to-date"
    return "stale" if check else "written"


def _counts(changes: Sequence[Change], unchanged: int) -> Row:
    counts = {verb: sum(change.verb == verb for change in changes) for verb in _VERBS}
    by_hashes = sum(change.hashes_only for change in changes)
    return {**counts, "unchanged": unchanged, "hashes_only": by_hashes}


def _change_rows(output: str, changes: Sequence[Change], diff: bool) -> Iterator[Row]:
    plain = Style(color=False)
    for change in changes:
        row = {
            "verb": change.verb,
            "path": f"{output}/{change.path}",
            "hashes_only": change.hashes_only,
        }
        yield {**row, "diff": diff_text(output, change, plain)} if diff else row
