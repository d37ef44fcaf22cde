"""What only a look at all clusters can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.pipeline.entries import unmatched_entries
from renderer.repository.bases import base_trees
from renderer.repository.unmatched import (
    unmatched_targets,
    unneeded_settings,
    unused_expectations,
)
from renderer.repository.unread import unread_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.findings import Finding
    from renderer.pipeline.outcome import Outcome
    from renderer.repository.workspace import Workspace


def findings_of_all(space: Workspace, outcomes: Sequence[Outcome]) -> list[Finding]:
    """Bases that are taken for clusters, what matches in no cluster, and settings that none needs.

    Where `outcomes` are not of all trees, only which of their entries match in none at all.
    """
    entries = space.check_policy.judge(unmatched_entries(space, outcomes))
    if len(outcomes) < len(space.trees):
        return [*entries.findings]
    always = [*base_trees(space), *unread_settings(space)]
    if any(outcome.failed for outcome in outcomes):
        # What else is missing may be what one that failed would have needed.
        return [*always, *entries.findings]
    compositions = dict.fromkeys(outcome.composition for outcome in outcomes)
    excused = {index for outcome in outcomes for index in outcome.excused}
    return [
        *always,
        *entries.findings,
        *unmatched_targets(space.records, compositions),
        *unused_expectations(one for outcome in outcomes for one in outcome.expected),
        *unneeded_settings(space, excused.union(entries.excused)),
    ]
