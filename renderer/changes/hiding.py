"""Secrets taken out of two versions of an object before anything is compared.

A number stands in the place of each value: equal values have equal numbers, in these two versions
and nowhere else. It tells whether a secret changed, and nothing to guess from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.exposures import exposures
from renderer.checks.secrets.facing import Hidden, with_facing
from renderer.patching.pointing import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renderer.checks.secrets.texts import Found
    from renderer.patching.pointing import Path

_HELD = ("data", "stringData")
_SHOWN = ("apiVersion", "kind", "metadata", "type", "immutable")
_SHORTEST = 8  # characters: what is shorter stands in two places by chance
_WORD = re.compile(r"[a-z]+\Z")
_HIDDEN = re.compile(r"<hidden [0-9]+>")


class Hiding:
    """What stands in the place of the secrets of some versions of an object."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def without_declared(self, data: dict[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
        """An object without what stands at some paths; what is inside another goes with it."""
        hidden = data
        done: list[Path] = []
        for path in sorted(paths, key=len):
            if path and not any(path[: len(one)] == one for one in done):
                hidden = {**data} if hidden is data else hidden
                _put(hidden, path, self._whole(value_at(data, path)))
                done.append(path)
        return hidden

    def without_secrets(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """An object without its secrets: the values of a Secret, what `render check` calls exposed,
        and what only may be.

        Of other kinds that are called Secret too, it is known only where they hold values.
        """
        hidden: dict[str, Any] = {**data}
        if data.get("kind") == "Secret":
            is_core = data.get("apiVersion") == "v1"
            for field in data:
                if field in _HELD or (is_core and field not in _SHOWN):
                    hidden[field] = self._each(hidden[field])
        found: dict[Path, list[Found]] = {}
        for path, one in exposures(data):
            found.setdefault(path, []).append(one)
        for path, places in found.items():
            _put(hidden, path, self._masked(value_at(data, path), places))
        return hidden

    def without_copies(self, value: Any) -> Any:
        """A value without what is, as a whole, a secret that was found: under another name it may
        look like none."""
        if isinstance(value, dict):
            return {key: self.without_copies(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.without_copies(one) for one in value]
        is_long = isinstance(value, str) and len(value) >= _SHORTEST and not _WORD.match(value)
        return self._whole(value) if is_long and value in self._numbers else value

    @property
    def has_found(self) -> bool:
        """Whether something was hidden."""
        return bool(self._numbers)

    def alike(self, old: Any, new: Any) -> tuple[Any, Any]:
        """Two values of a field: what stands in the place of a secret of the other is hidden too.

        A secret is found by what it looks like, and the other may look like none.
        """
        if _is_hidden(old) or _is_hidden(new):
            return self._once(old), self._once(new)
        if isinstance(old, str) and isinstance(new, str) and "<hidden " in old + new:
            return self._alike_lines(old.split("\n"), new.split("\n"))
        return old, new

    def _alike_lines(self, old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
        found = [
            frozenset(i for i, line in enumerate(one) if _is_hidden(line)) for one in (old, new)
        ]
        before, after = (
            "\n".join(self._once(line) if i in hidden else line for i, line in enumerate(lines))
            for lines, hidden in zip((old, new), with_facing(old, new, Hidden(*found)), strict=True)
        )
        return before, after

    def _once(self, value: Any) -> str:
        return str(value) if _is_hidden(value) else self._whole(value)

    def _each(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._whole(one) for key, one in value.items()}
        return self._whole(value)

    def _whole(self, value: Any) -> str:
        key = value if isinstance(value, str) else repr(value)
        return f"<hidden {self._numbers.setdefault(key, len(self._numbers) + 1)}>"

    def _masked(self, value: Any, places: Iterable[Found]) -> str:
        """A value of which some lines are secrets, or all of it."""
        if not isinstance(value, str) or any(not one.line for one in places):
            return self._whole(value)
        lines = value.split("\n")
        for one in places:
            for index in range(one.line - 1, min(one.last, len(lines))):
                lines[index] = self._whole(lines[index])
        return "\n".join(lines)


def _is_hidden(value: Any) -> bool:
    return isinstance(value, str) and _HIDDEN.fullmatch(value) is not None


def _put(data: dict[str, Any], path: Path, value: Any) -> None:
    """Sets a field that is there; containers on the way are copied, for others share them."""
    node: Any = data
    for step in path[:-1]:
        node[step] = node[step].copy()
        node = node[step]
    node[path[-1]] = value
