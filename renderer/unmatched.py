"""Targets of parameters that match nothing in any cluster: a misspelt selection, most likely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.records import Records


def unmatched_targets(records: Records, compositions: Iterable[str]) -> list[Finding]:
    """A warning for each target that none of the compositions, together all, has an object for."""
    matches: dict[tuple[Location, str, str], bool] = {}
    for composition in compositions:
        for place, parameter, selection, matched in records.targets.get(composition, ()):
            key = Location(*place), parameter, selection
            matches[key] = matches.get(key, False) or matched
    return [
        Finding(
            "unmatched-target",
            Severity.WARNING,
            f"{parameter}: no cluster has an object that matches {selection}",
            location,
            hint="correct the selection, or take the target out",
        )
        for (location, parameter, selection), matched in sorted(matches.items())
        if not matched
    ]
