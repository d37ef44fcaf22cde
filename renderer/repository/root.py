"""Which directory is the repository, and which file has its settings."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.repository.settings_file import SettingsFile, find_settings_file

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_repository(start: str) -> SettingsFile:
    """The repository that a directory is in, a real path, with its settings.

    It is the nearest directory upwards that has settings, else the git work tree, else the
    nearest directory with overlays/; else the directory itself. Nothing above the work tree is
    looked at; without one, the search ends below a directory that belongs to another user, or that
    everybody may write into.
    Raises UsageError for settings that cannot be read.
    """
    candidates = [*_candidates(os.path.realpath(start))]
    for candidate in candidates:
        found = settings_of(candidate, start)
        if found.name:
            return found
    if _is_work_tree(candidates[-1]):
        return SettingsFile(candidates[-1])
    with_overlays = filter(_has_overlays, candidates)
    return SettingsFile(next(with_overlays, candidates[0]))


def settings_of(directory: str, here: str) -> SettingsFile:
    """The settings that a directory itself has; `here` is where errors are told.

    Raises UsageError for settings that cannot be read.
    """
    try:
        return find_settings_file(directory) or SettingsFile(directory)
    except UsageError as error:
        raise SettingsFile(directory).seen_from(os.path.realpath(here), error) from None


def work_tree_of(directory: str) -> str:
    """The git work tree that a real path is in; the path itself if it is in none."""
    for one in _upwards(directory):
        if _is_work_tree(one):
            return one
    return directory


def _candidates(start: str) -> Iterator[str]:
    """The directories from the start upwards that may be the repository."""
    top = work_tree_of(start)
    if _is_work_tree(top):
        for one in _upwards(start):
            yield one
            if one == top:
                return
    owner = _owner(start)
    for one in _upwards(start):
        if one != start and (_owner(one) != owner or _is_open_to_all(one)):
            return
        yield one


def _upwards(directory: str) -> Iterator[str]:
    while True:
        yield directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent


def _is_work_tree(directory: str) -> bool:
    """Whether git's .git is there (a file in submodules and further work trees).

    One that somebody else has put into a directory, as into /tmp, is none: git refuses it too
    (git-config, safe.directory).
    """
    git = _owner(os.path.join(directory, ".git"))
    return git is not None and git in (_owner(directory), _us())


def _has_overlays(directory: str) -> bool:
    return os.path.isdir(os.path.join(directory, "overlays"))


def _is_open_to_all(directory: str) -> bool:
    return bool(os.lstat(directory).st_mode & stat.S_IWOTH)


def _owner(path: str) -> int | None:
    """Who owns a file or a link itself; None where there is nothing, or nothing to be seen."""
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def _us() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0
