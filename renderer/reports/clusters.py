"""Sets of clusters in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.counting import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_LISTED = 4  # names that are simply listed
_FEWEST = 3  # of one beginning, that are worth a pattern
_BUT = 2  # names that may be missing from a pattern
_WIDTH = 70  # columns of the text; it stands behind others, and has to fit a terminal


class _Part(NamedTuple):
    """A name, or a pattern that says exactly so many of them."""

    text: str
    size: int


def clusters_text(names: Collection[str], among: Collection[str], width: int = _WIDTH) -> str:
    """`in 37 clusters: prod-*, staging-* but staging-eu`; `among` are all that anything is of.

    Where that is too long: `in 600 of 1000 clusters: prod-*, blue and 420 more`.
    """
    if len(names) == 1:
        return f"in {next(iter(names))}"
    missing = sorted(set(among) - set(names))
    if len(missing) <= _BUT and len(names) > _LISTED:
        return f"in all {counted(len(among), 'cluster')}{_but(missing)}"
    few = len(names) <= _LISTED
    parts = [_Part(one, 1) for one in sorted(names)] if few else [*_parts(set(names), set(among))]
    text = f"in {counted(len(names), 'cluster')}: {', '.join(one.text for one in parts)}"
    if len(text) <= width:
        return text
    first = f"in {len(names)} of {counted(len(among), 'cluster')}: "
    # What says the most comes first; the others keep their order.
    return first + _cut(sorted(parts, key=lambda one: -one.size), width - len(first))


def _cut(parts: Sequence[_Part], width: int) -> str:
    """As many parts as there is room for, at least one, and how many names the others are."""
    shown = parts[0].text
    left = sum(one.size for one in parts[1:])
    for one in parts[1:]:
        longer = f"{shown}, {one.text}"
        if len(f"{longer} and {left - one.size} more") > width:
            break
        shown, left = longer, left - one.size
    return f"{shown} and {left} more" if left else shown


def _parts(names: set[str], among: set[str]) -> Iterator[_Part]:
    groups: dict[str, list[str]] = {}
    for name in sorted(among):
        groups.setdefault(_beginning(name), []).append(name)
    for beginning, some in groups.items():
        there = [one for one in some if one in names]
        missing = [one for one in some if one not in names]
        if len(there) >= _FEWEST and len(missing) <= _BUT:
            yield _Part(f"{beginning}*{_but(missing)}", len(there))
        else:
            yield from (_Part(one, 1) for one in there)


def _but(missing: Sequence[str]) -> str:
    return f" but {' and '.join(missing)}" if missing else ""


def _beginning(name: str) -> str:
    """A name up to the first part that may tell clusters apart."""
    for end, character in enumerate(name, 1):
        if character in "-/._":
            return name[:end]
    return name
