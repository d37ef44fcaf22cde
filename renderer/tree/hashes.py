"""Which files of a tree change by nothing but names that follow content.

A changed setting gives its ConfigMap another name, and every file that refers to it another line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.tree.planning import Change

# kustomize's hexadecimal digits, which spell no words (api/hasher: encode); ours are the same.
_HASHED = re.compile(rb"(.+-)[2456789bcdfghkmt]{10}\Z")
_METADATA = b"\nmetadata:\n"
_NAME = re.compile(rb"\nmetadata:\n(?: .*\n)*?  name: (\S+)\n")


def paths_changed_by_hashes(changes: Iterable[Change]) -> set[str]:
    """The paths of the changed files that are equal but for hashes in names.

    The names are those of the changed objects themselves: a file is called without the hash of
    its object's name, so one path with two names is one object whose content has changed.
    """
    changed = [(one.path, one.old, one.new) for one in changes if one.old and one.new]
    stems: dict[bytes, bytes] = {}  # old and new names, without what changes
    for _, old, new in changed:
        names = _renamed(old, new)
        if names:
            stems.update(names)
    if not stems:
        return set()
    return {
        path
        for path, old, new in changed
        if len(old) == len(new) and _without(old, stems) == _without(new, stems)
    }


def _renamed(old: bytes, new: bytes) -> dict[bytes, bytes] | None:
    """The two names of an object, each with the stem that they share; None for other names."""
    before, after = _hashed_name(old), _hashed_name(new)
    if before is None or after is None or before[0] == after[0] or before[1] != after[1]:
        return None
    return {before[0]: before[1], after[0]: after[1]}


def _hashed_name(content: bytes) -> re.Match[bytes] | None:
    at = content.find(_METADATA)
    name = _NAME.match(content, at) if at >= 0 else None
    return _HASHED.match(name[1]) if name else None


def _without(content: bytes, stems: dict[bytes, bytes]) -> bytes:
    for name, stem in stems.items():
        content = content.replace(name, stem)
    return content
