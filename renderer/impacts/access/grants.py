"""What is granted to whom, so that it can be compared, and what of it is new."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

ANY = "*"
MOST = 50  # patterns that are compared with each of many others: people write fewer
# What is more than a `*` in a pattern (gobwas/glob): such a one is only compared with itself.
_SPECIAL = re.compile(r"[?\[\]{}\\!]")


class Grant(NamedTuple):
    """What is granted, in words; `who` is compared as it stands, `what` by the `*` in it."""

    says: str
    who: tuple[str, ...]
    what: tuple[str, ...] = ()

    def includes(self, other: Grant) -> bool:
        """Whether it grants all that another does, to the same."""
        if self.who != other.who or len(self.what) != len(other.what):
            return False
        return all(_covers(own, its) for own, its in zip(self.what, other.what, strict=True))


def beyond(before: Iterable[Grant], after: Iterable[Grant]) -> list[str]:
    """In words, what is granted that was not, and is not a part of what was."""
    known, patterns = set[Grant](), dict[tuple[str, ...], list[Grant]]()
    for one in before:
        known.add(one._replace(says=""))
        some = patterns.setdefault(one.who, [])
        if len(some) < MOST and any(ANY in part for part in one.what):
            some.append(one)
    more = {
        one.says
        for one in after
        if one._replace(says="") not in known
        and not any(old.includes(one) for old in patterns.get(one.who, ()))
    }
    return sorted(more)


def may_meet(one: str, other: str) -> bool:
    """Whether two patterns may both match something: where nobody knows, they may."""
    ends = [re.split(r"[*?\[{\\]", pattern, maxsplit=1)[0] for pattern in (one, other)]
    if ends == [one, other]:
        return one == other
    return ends[0].startswith(ends[1]) or ends[1].startswith(ends[0])


def _covers(own: str, its: str) -> bool:
    if own in (its, ANY):
        return True
    if ANY not in own or _SPECIAL.search(own):
        return False
    first, *middle, last = own.split(ANY)
    if len(its) < len(first) + len(last) or not (its.startswith(first) and its.endswith(last)):
        return False
    rest = its[len(first) : len(its) - len(last)]
    for part in middle:
        _, found, rest = rest.partition(part) if part else ("", ANY, rest)
        if not found:
            return False
    return True
