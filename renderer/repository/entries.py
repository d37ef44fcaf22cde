"""The entries `[[trees]]` of the settings, as they are written in TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.errors import UsageError
from renderer.repository.patterns import TreePattern
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = ("source", "output", "cluster", "where", "fallback")


def read_entries(file: str, table: Mapping[str, Any]) -> tuple[TreePattern, ...]:
    """The entries of a table of settings: `trees`, or `source` and `output` as the short form.

    Raises UsageError for what cannot be understood.
    """
    short = {name: table[name] for name in ("source", "output") if name in table}
    if "trees" not in table:
        return (_entry(f"{file}: ", short),)
    if short:
        raise UsageError(
            f"{file}: {' and '.join(short)} beside trees: the short form is for one entry",
            hint=f"write {' and '.join(short)} into an entry of trees",
        )
    entries = table["trees"]
    if not isinstance(entries, list) or not entries:
        name = "tool.render.trees" if file == "pyproject.toml" else "trees"
        raise UsageError(f"{file}: trees must be tables", hint=f"write each as [[{name}]]")
    return tuple(_entry(f"{file}: trees[{number}]: ", one) for number, one in enumerate(entries))


def _entry(label: str, table: Any) -> TreePattern:
    if not isinstance(table, dict):
        raise UsageError(f"{label}an entry must be a table", hint='as {source = "...", ...}')
    for name, value in table.items():
        if name not in _FIELDS:
            raise UsageError(f"{label}unknown field {name}", hint=nearest(name, _FIELDS))
        if name == "fallback" and not isinstance(value, bool):
            raise UsageError(f"{label}fallback must be true or false")
        if name in ("source", "output", "cluster"):
            _check_text(label, name, value)
    where = _where(label, table.get("where", {}))
    return TreePattern(**{**table, "where": where}, label=label)


def _check_text(label: str, name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise UsageError(f"{label}{name} must be a string")
    if "\0" in value:
        raise UsageError(f"{label}{name} holds a NUL character")


def _where(label: str, where: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    hint = 'as where = {env = ["prod", "test"]}'
    if not isinstance(where, dict):
        raise UsageError(f"{label}where must be a table of variables", hint=hint)
    found = []
    for name, values in where.items():
        listed = [values] if isinstance(values, str) else values
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise UsageError(f"{label}where.{name} must be a list of strings", hint=hint)
        if not listed:
            raise UsageError(f"{label}where.{name} is empty, so nothing would match", hint=hint)
        found.append((name, tuple(listed)))
    return tuple(found)
