"""What can be wrong with a value, in words that never hold the value: it may be secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.patching.pointing import Path

UNKNOWN = "unknown-manifest-field"
INVALID = "invalid-manifest"
UNSERVED = "unserved-version"

# The way down to a value: where its container is, and its key in it; the object itself is None.
Trail = tuple[Any, "str | int"] | None


class Problem(NamedTuple):
    """What is wrong at a path. Neither text holds the value that is there: it may be secret.

    `readable` is whether the server can read the object nevertheless, and refuses it later.
    """

    rule: str
    path: Path
    message: str
    hint: str = ""
    readable: bool = False


def unknown_field(name: str, known: Mapping[str, Any], path: Path) -> Problem:
    """A field that is not among the known ones."""
    return Problem(UNKNOWN, path, f"unknown field {name}", hint=nearest(name, known))


def path_to(trail: Trail) -> Path:
    """The path that a trail stands for."""
    path: list[str | int] = []
    while trail is not None:
        trail, key = trail
        path.append(key)
    return tuple(reversed(path))


def without_status(problems: list[Problem]) -> list[Problem]:
    """Without those in a status that the server drops, once it could be read."""
    return [one for one in problems if not (one.readable and one.path[:1] == ("status",))]
