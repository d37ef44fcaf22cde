"""Settings that stand where nobody reads them: in a file or table that is nearly ours, or below the
root of the repository."""

from __future__ import annotations

import os
import posixpath
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from renderer.findings import Finding, Location
from renderer.kustomize.files import is_below
from renderer.repository.settings import SETTINGS
from renderer.repository.settings_file import OWN, SHARED, has_settings
from renderer.repository.source_file import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.repository.workspace import Workspace

_NEARLY: Final = frozenset([OWN, "renderer.toml"])  # whatever their case, and with a dot before
_TABLE: Final = "renderer"
_NEAR: Final = 0.85  # how like one of ours the name of a setting is


def unread_settings(space: Workspace) -> Iterator[Finding]:
    """A warning for each place where settings stand that do not count."""
    for name in _names(space.repository):
        if name == SHARED:
            if _is_ours(_tables(space.repository, name, "tool", _TABLE)):
                hint = f"write [tool.render], or move them to {OWN}"
                yield _finding(name, f"[tool.{_TABLE}] is not read", hint)
        elif name.lower().lstrip(".") in _NEARLY and name != OWN:
            is_other = os.path.isfile(os.path.join(space.repository, name))
            if is_other and _is_ours(_tables(space.repository, name)):
                yield _finding(name, "settings are not read from a file of this name", _RENAME)
    yield from _below(space)


_RENAME: Final = f"call it {OWN}"


def _names(directory: str) -> list[str]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    own = os.path.join(directory, OWN)  # where case does not matter, another name may be the same
    others = (name for name in names if name.lower() == OWN and name != OWN)
    same = {name for name in others if os.path.exists(own) and _is_same(directory, name, own)}
    return [name for name in names if name not in same]


def _is_same(directory: str, name: str, own: str) -> bool:
    try:
        return os.path.samefile(os.path.join(directory, name), own)
    except OSError:
        return False


def _tables(repository: str, name: str, *keys: str) -> Any:
    """A table in a file; empty where it is none, None where nothing is called so."""
    import tomllib

    from renderer.errors import RenderError

    try:
        document: Any = tomllib.loads((read_source(repository, name) or b"").decode())
    except (RenderError, ValueError, RecursionError):
        return None if keys else {}
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _is_ours(table: Any) -> bool:
    """Whether a table may be meant for us: others use such names, too."""
    if not isinstance(table, dict):
        return False
    known = ("tool", *SETTINGS)
    return not table or any(get_close_matches(name, known, cutoff=_NEAR) for name in table)


def _below(space: Workspace) -> Iterator[Finding]:
    """What stands in the source of a tree, or between it and the root."""
    looked: set[str] = set()
    for tree in space.trees:
        directory = tree.source
        while directory and directory not in looked:
            looked.add(directory)
            path = os.path.join(space.repository, directory)
            for name in (OWN, SHARED):
                is_there = os.path.isfile(os.path.join(path, name))
                if is_there and is_below(os.path.realpath(path), space.repository):
                    if name == OWN or has_settings(path):
                        where = posixpath.join(directory, name)
                        yield _finding(where, _NOT_AT_THE_ROOT, _TO_THE_ROOT)
                    break
            directory = posixpath.dirname(directory)


_NOT_AT_THE_ROOT: Final = "settings count at the root of the repository, and these are below it"
_TO_THE_ROOT: Final = "move them there: in here they only count for who renders from this directory"


def _finding(path: str, message: str, hint: str) -> Finding:
    return Finding.warning("unread-settings", message, Location(path), hint=hint)
