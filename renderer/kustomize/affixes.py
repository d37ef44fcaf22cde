"""What kustomizations put before and behind names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Affixes:
    """The namePrefix and nameSuffix of all kustomizations of a composition, as pairs."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        pairs = tuple(pairs)
        self._prefixes = {prefix for prefix, _ in pairs if prefix}
        self._suffixes = {suffix for _, suffix in pairs if suffix}

    def earlier(self, *names: str) -> set[str]:
        """These names, and all that they may have been before; a prefix may stand twice."""
        found = {*names}
        new = [*names]
        while new:
            name = new.pop()
            shorter = {name.removeprefix(one) for one in self._prefixes}
            shorter |= {name.removesuffix(one) for one in self._suffixes}
            new += shorter - found - {""}
            found |= shorter - {""}
        return found
