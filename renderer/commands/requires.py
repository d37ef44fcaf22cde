"""`render requires`: the versions that a repository requires, and those that are installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import RenderError, UsageError
from renderer.reports.text import printable, table
from renderer.repository.requirements import KUSTOMIZE, OURS, RENDERER, installed_kustomize
from renderer.repository.requiring import required_line, with_requires
from renderer.repository.root import settings_of
from renderer.repository.settings_file import OWN
from renderer.tree.folders import open_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.repository.workspace import Workspace


def run(space: Workspace, *, write: bool) -> None:
    """Prints both, or writes what is installed into the settings.

    Raises UsageError where they do not fit, and where only a person should write.
    """
    installed = {KUSTOMIZE: installed_kustomize(space.find_engine(verify=True)), RENDERER: OURS}
    if write:
        versions = {
            KUSTOMIZE: installed[KUSTOMIZE].version,
            RENDERER: f">={OURS.version}",
        }
        _say(f"{_write(space.repository, versions)}: {required_line(versions)}\n")
        return
    required = dict(space.settings.requires)
    rows = [[name, one.version, required.get(name, "")] for name, one in installed.items()]
    _say(table(["NAME", "INSTALLED", "REQUIRED"], rows))
    sys.stdout.flush()  # so that both streams of a terminal stay in their order
    space.check_requirements()


def _write(repository: str, versions: Mapping[str, str]) -> str:
    """Writes the setting, and nothing else; gives the path of the file as seen from here."""
    found = settings_of(repository, os.getcwd())
    name = found.name or OWN
    path = os.path.relpath(os.path.join(repository, name))
    text = with_requires(found, versions) if found.name else f"{required_line(versions)}\n"
    if os.path.islink(os.path.join(repository, name)):
        hint = f"write it yourself: {required_line(versions)}"
        raise UsageError(f"{path}: is a link, and would be replaced", hint=hint)
    try:
        with open_folder(repository) as folder:
            folder.put(name, text.encode())
    except OSError as error:
        raise RenderError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def _say(text: str) -> None:
    sys.stdout.write(printable(text))
