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

# The types of JSON Schema: as Python has them, and in words.
TYPES: Mapping[str, type] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": float,
    "object": dict,
    "string": str,
}
WORDS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}


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
    return Problem(
        rule=UNKNOWN, path=path, message=f"unknown field {name}", hint=nearest(name, known)
    )


def wrong_type(value: Any, wanted: str, expected: str = "") -> tuple[str, str]:
    """The message, and the hint where quotes make the difference."""
    there = WORDS[next(name for name, one in TYPES.items() if one is type(value))]
    hint = ""
    if expected == "string" and type(value) in (bool, int, float):
        hint = "put it in quotes"
    elif type(value) is str and expected in ("integer", "number", "boolean"):
        hint = "take the quotes away" if _is_plain(value, expected) else ""
    return f"this is {there}, not {wanted}", hint


def _is_plain(text: str, expected: str) -> bool:
    """Whether a text would be of the type without its quotes."""
    if expected == "boolean":
        return text in ("true", "false")
    return text.removeprefix("-").isdecimal()


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
