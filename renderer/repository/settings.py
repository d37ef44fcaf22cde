"""`[tool.render]` of pyproject.toml, or render.toml: how a repository wants to be rendered."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from renderer.checks import KUBERNETES
from renderer.checks.policy import RuleException
from renderer.errors import RenderError, UsageError
from renderer.findings import Severity
from renderer.repository.entries import read_entries
from renderer.repository.patterns import TreePattern
from renderer.repository.source_file import read_source
from renderer.rules import CHOOSABLE, RULES
from renderer.suggesting import closest, nearest

_MOST_LEVELS = 200
_LONGEST_TIMEOUT = 24 * 3600  # seconds
_SEVERITIES = (*map(str, Severity), "off")
SETTINGS_FILES = ("render.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a repository; TOML writes them with dashes.

    `trees` are the entries that say which trees there are; `source` and `output` alone are
    the short form for one. `timeout` is in seconds for one run of the engine. `kubernetes` are
    the minor versions whose schemas manifests must fit, by patterns of cluster names, of which
    the first that matches counts. `allow_empty` is whether a tree may hold no manifest.
    `checks` maps the name of a rule to error, warning or off, and
    `exceptions` take single objects out of a rule. `file` is where they are from.
    """

    trees: tuple[TreePattern, ...] = (TreePattern(),)
    engine: str = ""
    allow_outside: bool = False
    allow_remote: bool = False
    allow_helm: bool = False
    allow_empty: bool = False
    timeout: float = 120.0
    kubernetes: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    file: str = ""

    def kubernetes_of(self, cluster: str) -> tuple[str, str]:
        """The minor version of Kubernetes that a cluster runs, and the pattern that says so."""
        for pattern, minor in self.kubernetes:
            if fnmatchcase(cluster, pattern):
                return minor, pattern
        return KUBERNETES[-1], ""


_TREES = ("source", "output", "trees")
SETTINGS = (
    "source",
    "output",
    *(field.name.replace("_", "-") for field in fields(Settings) if field.name != "file"),
)


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
        return b"[tool.render" in (read_source(directory, "pyproject.toml") or b"")
    except RenderError:
        return False


def _is_work_tree(directory: str) -> bool:
    return os.path.exists(os.path.join(directory, ".git"))


def _has_overlays(directory: str) -> bool:
    return os.path.isdir(os.path.join(directory, "overlays"))


def read_settings(repository: str) -> Settings:
    """The settings of a repository, or the defaults. Raises UsageError for wrong ones."""
    for name in SETTINGS_FILES:
        table = _table(repository, name)
        if table is not None:
            return _checked(table, name)
    return Settings()


def _table(repository: str, name: str) -> dict[str, Any] | None:
    import tomllib

    try:
        content = read_source(repository, name)
    except RenderError as error:
        raise UsageError(error.message) from None
    if content is None:
        return None
    if name == "pyproject.toml" and b"render" not in content:
        return None
    try:
        if max(map(_levels, content.splitlines()), default=0) > _MOST_LEVELS:
            raise UsageError(f"{name} nests more than {_MOST_LEVELS} levels deep")
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


def _levels(line: bytes) -> int:
    """No fewer than the levels that a line of TOML can open; tomllib recurses at each."""
    return line.count(b"[") + line.count(b"{") + line.count(b".")


def _checked(table: dict[str, Any], file: str) -> Settings:
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in SETTINGS:
            raise UsageError(f"{file}: unknown setting {name}", hint=nearest(name, SETTINGS))
        if name not in _TREES:
            values[name.replace("-", "_")] = _typed(file, name, value)
    return Settings(file=file, trees=read_entries(file, table), **values)


def _typed(file: str, name: str, value: Any) -> Any:
    if name == "checks":
        return _checks(file, value)
    if name == "exceptions":
        return _exceptions(file, value)
    if name == "timeout":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and 0 < value <= _LONGEST_TIMEOUT:
            return float(value)
        raise UsageError(f"{file}: timeout must be a number of seconds above 0, at most a day")
    if name == "kubernetes":
        return _kubernetes(file, value)
    wanted: type = bool if name.startswith("allow-") else str
    if isinstance(value, str) and "\0" in value:
        raise UsageError(f"{file}: {name} holds a NUL character")
    if not isinstance(value, wanted):
        shown = "true or false" if wanted is bool else "a string"
        raise UsageError(f"{file}: {name} must be {shown}")
    return value


def _kubernetes(file: str, value: Any) -> tuple[tuple[str, str], ...]:
    minors = value if isinstance(value, dict) else {"*": value}
    if any(minor not in KUBERNETES for minor in minors.values()):
        known = ", ".join(f'"{minor}"' for minor in KUBERNETES)
        raise UsageError(
            f"{file}: kubernetes must be one of {known}",
            hint=f'or a table of them by clusters: {{"prod-*" = "{KUBERNETES[0]}"}}',
        )
    return tuple(minors.items())


def _checks(file: str, value: Any) -> tuple[tuple[str, str], ...]:
    known = ", ".join(_SEVERITIES)
    if not isinstance(value, dict):
        raise UsageError(f"{file}: checks maps rules to {known}")
    for rule, severity in value.items():
        _check_rule(file, "checks", rule)
        if severity not in _SEVERITIES:
            hint = closest(severity, _SEVERITIES) if isinstance(severity, str) else ""
            raise UsageError(f"{file}: checks.{rule} must be one of {known}", hint=hint)
    return tuple(sorted(value.items()))


def _check_rule(file: str, where: str, rule: str) -> None:
    if rule in CHOOSABLE:
        return
    if rule in RULES:
        message = f"the rule {rule} is none of those that settings are for"
        hint = "render rules lists those that they are for, under verify"
    else:
        message = f"there is no rule {rule}"
        hint = closest(rule, CHOOSABLE) or "render rules lists them"
    raise UsageError(f"{file}: {where}: {message}", hint=hint)


def _exceptions(file: str, value: Any) -> tuple[RuleException, ...]:
    names = RuleException._fields
    if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
        table = "tool.render.exceptions" if file == "pyproject.toml" else "exceptions"
        raise UsageError(f"{file}: exceptions must be tables", hint=f"write each as [[{table}]]")
    for number, one in enumerate(value, 1):
        where = f"exception {number}"
        for name in one:
            if name not in names:
                raise UsageError(f"{file}: {where} has no field {name}", hint=nearest(name, names))
        for name in names:
            if not isinstance(one.get(name), str) or not one[name].strip():
                raise UsageError(
                    f"{file}: {where} needs {name}, a string that is not empty",
                    hint="it names a rule, the object as findings do, and the reason",
                )
        _check_rule(file, where, one["rule"])
    return tuple(RuleException(**one) for one in value)
