"""Selections and settings that match nothing in any cluster: misspelt, or left over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.findings import Finding, Location
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.kubernetes.expected import Expected
    from renderer.repository.records import Records
    from renderer.repository.settings import Settings
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace


_GLOB = re.compile(r"(?<![.\])])\*")
_EXPRESSIONS = "these are regular expressions: write .* for any text"


def unmatched_targets(records: Records, compositions: Iterable[str]) -> list[Finding]:
    """A warning for each target that none of the compositions, together all, has an object for."""
    matches: dict[tuple[Location, str, str], bool] = {}
    for composition in compositions:
        for location, parameter, selection, matched in records.targets.get(composition, ()):
            key = Location(*location), parameter, selection
            matches[key] = matches.get(key, False) or matched
    return [
        Finding.warning(
            "unmatched-target",
            f"{parameter}: no cluster has an object that matches {selection}",
            location,
            hint=_EXPRESSIONS if _GLOB.search(selection) else "correct it, or take the target out",
        )
        for (location, parameter, selection), matched in sorted(matches.items())
        if not matched
    ]


def unused_expectations(expected: Iterable[Expected]) -> list[Finding]:
    """A warning for each Secret, and key of one, that is expected and that no cluster uses."""
    found: dict[Location, tuple[str, bool]] = {}
    for one in expected:
        _, is_used = found.get(one.location, ("", False))
        found[one.location] = one.what, is_used or one.is_used
    return [
        Finding.warning(
            "unused-expectation",
            f"{what} is expected, and nothing in any cluster uses it",
            location,
            hint="correct it, or take it out",
        )
        for location, (what, is_used) in sorted(found.items())
        if not is_used
    ]


def unneeded_settings(space: Workspace, excused: Iterable[int]) -> list[Finding]:
    """A warning for each exception of the settings, and each version of Kubernetes by clusters,
    that none of all clusters has needed; `excused` are the places of those that were."""
    policy, file = space.check_policy, space.settings.file
    unneeded = [*policy.unneeded(excused, file), *policy.expired(file)]
    return [*unneeded, *_unmatched_clusters(space.settings, space.trees)]


def _unmatched_clusters(settings: Settings, trees: Iterable[Tree]) -> list[Finding]:
    """A warning for each version of Kubernetes in the settings that counts for no cluster."""
    names = sorted({tree.cluster for tree in trees})
    meant = {settings.kubernetes_of(name)[1] for name in names}
    return [
        Finding.warning(
            "unmatched-cluster",
            f"kubernetes: no cluster takes its version, {minor}, from {pattern}",
            Location(settings.file),
            hint=closest(pattern, names) or "the first pattern that matches a cluster counts",
        )
        for pattern, minor in settings.kubernetes
        if pattern not in meant and pattern != "*"
    ]
