"""A repository at another time: a side with its sources on disk, where they can be rendered."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.errors import RenderError, UsageError
from renderer.findings import FindingsError
from renderer.history.work_tree import WorkTree
from renderer.history.writing import Twin, Written, write_side
from renderer.kustomize.files import KUSTOMIZATION_FILES, is_below
from renderer.repository.settings import Settings, read_settings
from renderer.repository.settings_file import OWN, SHARED, SettingsFile, find_settings_file
from renderer.repository.trees import CLUSTER_FILE, Patterns
from renderer.repository.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.history.sides import Side
    from renderer.history.stored import Stored

SOURCE_FILES: Final = (*KUSTOMIZATION_FILES, CLUSTER_FILE)


class Version(NamedTuple):
    """A side that can be rendered; `written` is None where it is the working tree itself."""

    side: Stored
    space: Workspace
    written: Written | None = None

    def refusal(self, error: RenderError) -> RenderError:
        """An error of this version, which says of which side it is."""
        told, hint = f": {error.message}", error.hint
        if isinstance(error, FindingsError):
            told = ":\n" + "\n".join(str(one) for one in error.findings if one.is_error)
        if self.written and self.written.submodules:
            named = ", ".join(self.written.submodules)
            hint = f"the objects of a revision do not hold submodules: {named}"
        refusal = RenderError(f"{self.side.name} cannot be rendered{told}", hint=hint)
        refusal.exit_code = error.exit_code
        return refusal


@contextlib.contextmanager
def version_of(
    space: Workspace, side: Stored, *, twin: Twin | None = None, whole: bool = False
) -> Iterator[Version]:
    """A side with its sources on disk for a while; the working tree is where it is.

    Any other is written to a temporary directory, by default without what trees hold: with
    `whole` also that, for sources can lead there. Raises RenderError, which names the side.
    """
    if isinstance(side, WorkTree):
        _check_whole(side)
        yield Version(side, space)
        return
    with tempfile.TemporaryDirectory(prefix="render-") as made:
        directory = os.path.realpath(made)
        if is_below(directory, space.repository):
            raise UsageError(
                f"the directory for temporary files, {os.path.dirname(directory)}, is in the"
                " repository",
                hint="let TMPDIR name another",
            )
        try:
            is_wanted = (lambda _: True) if whole else _without_trees(space, side)
            written = write_side(side, directory, is_wanted, twin)
            version = _opened(space, directory)
        except UsageError as error:
            raise UsageError(f"in {side.name}: {error.message}", hint=error.hint) from None
        yield Version(side, version, written)


def _check_whole(side: WorkTree) -> None:
    if side.repository.says("config", "--type=bool", "core.sparseCheckout") == "true":
        raise UsageError(
            "this is a sparse checkout, and what it leaves out would seem to be gone",
            hint="give two revisions",
        )


def _opened(space: Workspace, directory: str) -> Workspace:
    """The same repository in another directory, with the settings that are there.

    What the user permitted holds here too, but nothing that `render trust` has recorded if other
    things are asked for here, and nothing outside: that is elsewhere, seen from here.
    """
    settings = read_settings(find_settings_file(directory) or SettingsFile(directory))
    allowed = space.choices.permissions - {"outside"}
    if settings.asks_for != space.settings.asks_for:
        allowed -= space.choices.trusted
    version = Workspace(directory, settings, space.choices._replace(permissions=allowed))
    version.cache = space.cache  # which may not be another's, whatever is in that directory
    return version


def settings_of(side: Side, directory: str) -> Settings:
    """The settings that a side has, read from it; `directory` is what its paths are relative to."""
    if isinstance(side, WorkTree):  # from the disk, as whoever renders there
        return read_settings(find_settings_file(directory) or SettingsFile(directory))
    ids = side.files([OWN, SHARED])
    contents = dict(side.read(ids.values()))

    def read(_directory: str, name: str) -> bytes | None:
        return contents[ids[name]] if name in ids else None

    return read_settings(find_settings_file(directory, read) or SettingsFile(directory))


def _without_trees(space: Workspace, side: Side) -> Callable[[str], bool]:
    """Whether a path is of a source, as far as its name tells: most files are in trees, and
    sources seldom lead there."""
    patterns = Patterns(settings_of(side, space.repository))

    @cache
    def is_in_tree(directory: str) -> bool:
        above = directory.rpartition("/")[0]
        return bool(directory) and (is_in_tree(above) or patterns.is_output(directory))

    def is_wanted(path: str) -> bool:
        directory, _, name = path.rpartition("/")
        return name in SOURCE_FILES or not is_in_tree(directory)

    return is_wanted
