"""Sets of clusters in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.counting import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LISTED = 4  # names that are simply listed
_FEWEST = 3  # of one beginning, that are worth a pattern
_BUT = 2  # names that may be missing from a pattern


def clusters_text(names: Collection[str], among: Collection[str]) -> str:
    """`in 37 clusters: prod-*, staging-* but staging-eu`; `among` are all that anything is of."""
    if len(names) == 1:
        return f"in {next(iter(names))}"
    counts = counted(len(names), "cluster")
    if len(names) == len(among) > _LISTED:
        return f"in all {counts}"
    shown = sorted(names) if len(names) <= _LISTED else [*_patterns(set(names), set(among))]
    return f"in {counts}: {', '.join(shown)}"


def _patterns(names: set[str], among: set[str]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for name in sorted(among):
        groups.setdefault(_beginning(name), []).append(name)
    for beginning, some in groups.items():
        there = [one for one in some if one in names]
        missing = [one for one in some if one not in names]
        if len(there) >= _FEWEST and len(missing) <= _BUT:
            but = f" but {' and '.join(missing)}" if missing else ""
            yield f"{beginning}*{but}"
        else:
            yield from there


def _beginning(name: str) -> str:
    """A name up to the first part that may tell clusters apart."""
    for end, character in enumerate(name, 1):
        if character in "-/._":
            return name[:end]
    return name
