"""`[tool.render]` of pyproject.toml, or render.toml: how a repository wants to be rendered."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

from renderer.checks import RULES, SEVERITIES
from renderer.errors import UsageError
from renderer.suggesting import nearest

SETTINGS_FILES = ("render.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a repository; TOML writes them with dashes.

    `source` and `output` are patterns relative to the repository, with the same
    `{variables}`. `timeout` is in seconds for one run of the engine. `checks` maps the name
    of a rule to error, warning or off.
    """

    source: str = "overlays/{cluster}"
    output: str = "clusters/{cluster}"
    engine: str = ""
    allow_outside: bool = False
    allow_remote: bool = False
    allow_helm: bool = False
    timeout: float = 120.0
    checks: tuple[tuple[str, str], ...] = ()


def find_repository(start: str) -> str:
    """The repository that a directory is in: absolute, links resolved.

    The nearest directory upwards that has our settings, else that is a git work tree, else
    that has overlays/; else the directory itself.
    """
    candidates = []
    directory = os.path.realpath(start)
    while True:
        candidates.append(directory)
        parent = os.path.dirname(directory)
        if parent == directory:
            break
        directory = parent
    for has in (_has_settings, _is_work_tree, _has_overlays):
        for candidate in candidates:
            if has(candidate):
                return candidate
    return candidates[0]


def _has_settings(directory: str) -> bool:
    if os.path.isfile(os.path.join(directory, "render.toml")):
        return True
    try:
        with open(os.path.join(directory, "pyproject.toml"), "rb") as file:
            return b"[tool.render" in file.read()
    except OSError:
        return False


def _is_work_tree(directory: str) -> bool:
    return os.path.exists(os.path.join(directory, ".git"))


def _has_overlays(directory: str) -> bool:
    return os.path.isdir(os.path.join(directory, "overlays"))


def read_settings(repository: str) -> Settings:
    """The settings of a repository, or the defaults. Raises UsageError for wrong ones."""
    for name in SETTINGS_FILES:
        path = os.path.join(repository, name)
        table = _table(path, name)
        if table is not None:
            return _checked(table, name)
    return Settings()


def _table(path: str, name: str) -> dict[str, Any] | None:
    import tomllib

    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    if name == "pyproject.toml" and b"render" not in content:
        return None
    try:
        document = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} is not TOML: {error}") from None
    tool = document.get("tool")
    table = tool.get("render") if isinstance(tool, dict) else None
    if table is None and name == "render.toml":
        table = document
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{name}: [tool.render] must be a table")
    return table


def _checked(table: dict[str, Any], file: str) -> Settings:
    known = {field.name.replace("_", "-"): field for field in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise UsageError(f"{file}: unknown setting {name}", hint=nearest(name, known))
        values[name.replace("-", "_")] = _typed(file, name, value)
    return Settings(**values)


def _typed(file: str, name: str, value: Any) -> Any:
    if name == "checks":
        return _checks(file, value)
    if name == "timeout":
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            return float(value)
        raise UsageError(f"{file}: timeout must be a number of seconds above 0")
    wanted: type = bool if name.startswith("allow-") else str
    if not isinstance(value, wanted):
        shown = "true or false" if wanted is bool else "a string"
        raise UsageError(f"{file}: {name} must be {shown}")
    return value


def _checks(file: str, value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or any(one not in SEVERITIES for one in value.values()):
        raise UsageError(f"{file}: checks maps rules to {', '.join(SEVERITIES)}")
    for rule in value:
        if rule not in RULES:
            raise UsageError(f"{file}: there is no rule {rule}", hint=nearest(rule, RULES))
    return tuple(sorted(value.items()))
