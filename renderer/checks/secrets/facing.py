"""What stands in the place of a secret in another version of a text: it may be one as well.

A value is found by what it looks like, so an old one may be found and the new one not.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Hidden(NamedTuple):
    """The indices of lines to hide in two versions of a text."""

    old: frozenset[int]
    new: frozenset[int]


def with_facing(old: Sequence[str], new: Sequence[str], found: Hidden) -> Hidden:
    """The lines that are found, and those that replace them or are replaced by them."""
    if not (found.old or found.new):
        return found
    before, after = {*found.old}, {*found.new}
    for verb, i, i_end, j, j_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if verb != "replace":
            continue
        first, other = range(i, i_end), range(j, j_end)
        if len(first) == len(other):
            pairs = [*zip(first, other, strict=True)]
            before.update(one for one, two in pairs if two in found.new)
            after.update(two for one, two in pairs if one in found.old)
        elif len(found.old.intersection(first)) != len(found.new.intersection(other)):
            before.update(first)
            after.update(other)
    return Hidden(frozenset(before), frozenset(after))
