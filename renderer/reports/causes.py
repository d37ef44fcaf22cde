"""What brought a change, in a line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from renderer.reports.text import WIDTH, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.changes.causes import Cause
    from renderer.pipeline.causes import GroupCauses

_LISTED = 4  # causes that are named
_INDENT = "    "


def causes_lines(causes: GroupCauses) -> list[str]:
    """`by overlays/prod/cluster.yaml:12 (parameter git.branch)`; nothing where none is known."""
    parts = []
    if causes.known:
        parts.append(_listed(causes.known, "and"))
    if causes.possible:
        parts.append(f"one of {_listed(causes.possible, 'or')}")
    if causes.is_unsourced:
        parts.append("no source: a tree was stale, or another version rendered it")
    if not parts:
        return []
    return textwrap.wrap(
        printable(f"by {', and '.join(parts)}"),
        WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=f"{_INDENT}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _listed(causes: Sequence[Cause], word: str) -> str:
    shown = [_shown(one) for one in causes[:_LISTED]]
    if len(causes) > _LISTED:
        shown.append(f"{len(causes) - _LISTED} more")
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _shown(cause: Cause) -> str:
    place = f"{cause.path}:{cause.line}" if cause.line else cause.path
    return f"{place} ({cause.what})" if cause.what else place
