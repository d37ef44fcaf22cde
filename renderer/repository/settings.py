"""`[tool.render]` of pyproject.toml, or render.toml: how a repository wants to be rendered."""

from __future__ import annotations

import re
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks import KUBERNETES
from renderer.checks.policy import RuleException
from renderer.errors import UsageError
from renderer.findings import Severity
from renderer.repository.entries import read_entries
from renderer.repository.patterns import TreePattern
from renderer.repository.requirements import read_requires
from renderer.rules import CHOOSABLE, IMPACTS, RULES
from renderer.suggesting import closest, nearest
from renderer.trust.permissions import PERMISSIONS

if TYPE_CHECKING:
    from renderer.repository.settings_file import SettingsFile

_LONGEST_TIMEOUT = 24 * 3600  # seconds
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEVERITIES = (*map(str, Severity), "off")


class Settings(NamedTuple):
    """The settings of a repository; TOML writes them with dashes.

    `trees` are the entries that say which trees there are; `source` and `output` alone are
    the short form for one. `asks_for` are the permissions that the repository says it needs
    (`allow-helm` and its like), and that only the user gives. `timeout` is in seconds for one run
    of the engine. `kubernetes` are the minor versions whose schemas manifests must fit, by
    patterns of cluster names, of which the first that matches counts. `allow_empty` is
    whether a tree may hold no manifest. `checks` maps the name of a rule to error, warning or
    off, and `exceptions` take single objects out of a rule. `requires` are the versions of
    kustomize and of us that are asked for. `file` is where they are from.
    """

    trees: tuple[TreePattern, ...] = (TreePattern(),)
    asks_for: tuple[str, ...] = ()
    allow_empty: bool = False
    timeout: float = 120.0
    kubernetes: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str, str], ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    file: str = ""

    def kubernetes_of(self, cluster: str) -> tuple[str, str]:
        """The minor version of Kubernetes that a cluster runs, and the pattern that says so."""
        for pattern, minor in self.kubernetes:
            if fnmatchcase(cluster, pattern):
                return minor, pattern
        return KUBERNETES[-1], ""


_TREES = ("source", "output", "trees")
_PERMISSIONS = {f"allow-{name}": name for name in PERMISSIONS}
SETTINGS = (
    "source",
    "output",
    *_PERMISSIONS,
    *(name.replace("_", "-") for name in Settings._fields if name not in ("file", "asks_for")),
)


def read_settings(found: SettingsFile) -> Settings:
    """The settings in a file, or the defaults. Raises UsageError for wrong ones."""
    file = found.name
    values: dict[str, Any] = {}
    asked = []
    for name, value in found.table.items():
        try:
            checked = None if name in _TREES else _checked(file, name, value)
        except UsageError as error:
            message = error.message.replace(file, found.place(name), 1)
            raise UsageError(message, hint=error.hint) from None
        if name not in (*_TREES, *_PERMISSIONS):
            values[name.replace("-", "_")] = checked
        elif checked:
            asked.append(_PERMISSIONS[name])
    trees = read_entries(file, found.table)
    return Settings(file=file, trees=trees, asks_for=tuple(sorted(asked)), **values)


def _checked(file: str, name: str, value: Any) -> Any:
    """The value of a setting as `Settings` has it. Raises UsageError."""
    if name == "engine":
        raise UsageError(
            f"{file}: engine: a repository cannot choose the program that is run",
            hint="take it out; --engine, RENDER_ENGINE or your own ~/.config/renderer/config.toml"
            " choose one",
        )
    if name not in SETTINGS:
        raise UsageError(f"{file}: unknown setting {name}", hint=nearest(name, SETTINGS))
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
    if name == "requires":
        return read_requires(file, value)
    if not isinstance(value, bool):
        raise UsageError(f"{file}: {name} must be true or false")
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
    if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
        table = "tool.render.exceptions" if file == "pyproject.toml" else "exceptions"
        raise UsageError(f"{file}: exceptions must be tables", hint=f"write each as [[{table}]]")
    return tuple(
        _exception(file, f"exception {number}", one) for number, one in enumerate(value, 1)
    )


def _exception(file: str, where: str, table: dict[str, Any]) -> RuleException:
    names = RuleException._fields
    for name in table:
        if name not in names:
            raise UsageError(f"{file}: {where} has no field {name}", hint=nearest(name, names))
    if "rule" in table and "impact" in table:
        raise UsageError(f"{file}: {where} is about a rule or an impact, not both")
    what = "impact" if "impact" in table else "rule"
    for name in (what, "object", "reason"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            raise UsageError(
                f"{file}: {where} needs {name}, a string that is not empty",
                hint="it names a rule or an impact, the object as findings do, and the reason",
            )
    if what == "rule":
        _check_rule(file, where, table["rule"])
    elif table["impact"] == IMPACTS[-1]:
        message = (
            f"{where}: where nothing happens (impact {IMPACTS[-1]}) there is nothing to excuse"
        )
        raise UsageError(f"{file}: {message}", hint="take the exception out")
    elif table["impact"] not in IMPACTS:
        hint = closest(table["impact"], IMPACTS) or f"the impacts are {', '.join(IMPACTS)}"
        raise UsageError(f"{file}: {where}: there is no impact {table['impact']}", hint=hint)
    expires = _day(file, where, table["expires"]) if "expires" in table else ""
    return RuleException(**{"rule": "", **table, "expires": expires})


def _day(file: str, where: str, value: Any) -> str:
    """A day as TOML or a string writes it. Raises UsageError for what is none."""
    from datetime import date, datetime

    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value).isoformat()
    raise UsageError(
        f"{file}: {where}: expires must be a day", hint="write it as expires = 2026-12-31"
    )
