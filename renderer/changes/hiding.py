"""Secrets taken out of two versions of an object before anything is compared.

A number stands in the place of each value: equal values have equal numbers, in these two versions
and nowhere else. It tells whether a secret changed, and nothing to guess from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.exposures import exposures
from renderer.patching.pointing import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renderer.checks.secrets.texts import Found
    from renderer.patching.pointing import Path

_HELD = ("data", "stringData")


class Hiding:
    """What stands in the place of the secrets of some versions of an object."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def without_secrets(
        self, data: Mapping[str, Any], declared: Iterable[Path] = ()
    ) -> dict[str, Any]:
        """An object without its secrets: the values of a Secret, what `render check` calls exposed,
        and what stands at the paths `declared`."""
        hidden: dict[str, Any] = {**data}
        if (data.get("apiVersion"), data.get("kind")) == ("v1", "Secret"):
            for field in _HELD:
                if field in hidden:
                    hidden[field] = self._each(hidden[field])
        found: dict[Path, list[Found]] = {}
        for path, one in exposures(data):
            found.setdefault(path, []).append(one)
        for path, places in found.items():
            _put(hidden, path, self._masked(value_at(data, path), places))
        for path in declared:
            _put(hidden, path, self._whole(value_at(data, path)))
        return hidden

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


def _put(data: dict[str, Any], path: Path, value: Any) -> None:
    """Sets a field that is there; containers on the way are copied, for others share them."""
    node: Any = data
    for step in path[:-1]:
        node[step] = node[step].copy()
        node = node[step]
    node[path[-1]] = value
