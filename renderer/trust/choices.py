"""The choices of the user, from options, the environment and the user's configuration."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import UsageError
from renderer.suggesting import nearest
from renderer.trust.permissions import permitted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from renderer.trust.user import UserDirectory

_VARIABLE = "RENDER_ENGINE"
_FILE = "config.toml"
_SETTINGS = ("engine",)


class EngineChoice(NamedTuple):
    """A program in the place of the shipped one: a path, or a name in PATH; and who says so."""

    program: str
    origin: str


class Choices(NamedTuple):
    """What the user says, and no repository can; `engine` None is the shipped one.

    `trusted` are those of the permissions that hold only while the repository asks for the same.
    """

    engine: EngineChoice | None = None
    permissions: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()


def choices(
    asked: Collection[str],
    repository: str,
    user: UserDirectory,
    *,
    engine: str | None,
    options: Collection[str],
    environ: Mapping[str, str],
) -> Choices:
    """What holds for a repository that asks for permissions.

    `engine` and `options` (names of permissions) were typed. Raises UsageError.
    """
    given = permitted(asked, repository, user, options=options, environ=environ)
    typed = permitted((), repository, user, options=options, environ=environ)
    return Choices(_engine(engine, environ, user), given, given - typed)


def _engine(
    typed: str | None, environ: Mapping[str, str], user: UserDirectory
) -> EngineChoice | None:
    if typed is not None:
        return EngineChoice(typed, "--engine")
    for program, origin in (
        (environ.get(_VARIABLE, ""), _VARIABLE),
        (_configured(user), str(user.path(_FILE))),
    ):
        if program:
            if os.sep in program and not os.path.isabs(os.path.expanduser(program)):
                # It would be another file in each directory, and so the repository's.
                raise UsageError(
                    f"{origin}: the engine {program!r} is a path that depends on the directory",
                    hint="write a path that begins with /, or the name of a program in PATH",
                )
            return EngineChoice(program, origin)
    return None


def _configured(user: UserDirectory) -> str:
    content = user.read(_FILE)
    if content is None:
        return ""
    import tomllib

    path = user.path(_FILE)
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # both of tomllib and of UTF-8
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where = f":{place[1]}:{place[2]}" if place else ""
        raise UsageError(f"{path}{where}: this is not TOML") from None
    for name in document:
        if name not in _SETTINGS:
            raise UsageError(f"{path}: unknown setting {name}", hint=nearest(name, _SETTINGS))
    engine = document.get("engine", "")
    if not isinstance(engine, str) or "\0" in engine:
        raise UsageError(f"{path}: engine must be a string")
    return engine
