"""Which paths are asked for, as git is told it and as it is looked up here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.kustomize.files import is_below

if TYPE_CHECKING:
    from collections.abc import Iterable

_WILD = re.compile(r"[*?\[\]\\]")  # what a pathspec with "glob" does not take for itself


class Paths(NamedTuple):
    """What is at or below `directories`, everywhere if there are none, but nothing in `without`.

    With `names` these are only the files below whose names begin with one of them: words without
    a character that means something in a pathspec.
    """

    directories: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def below(cls, prefixes: Iterable[str], names: tuple[str, ...] = ()) -> Paths:
        """What is at or below some paths; an empty one is everything."""
        directories = tuple(one.strip("/") for one in prefixes)
        return cls(directories if all(directories) else (), names=names)

    @property
    def pathspecs(self) -> list[str]:
        """The same for git, or a little more; none are everything.

        https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-pathspec
        """
        within = [f":(literal){one}" for one in self.directories]
        if self.names:
            above = [f"{_taken_for_itself(one)}/" for one in self.directories] or [""]
            within = [f":(glob){one}**/{name}*" for one in above for name in self.names]
        return [*within, *(f":(exclude,literal){one}" for one in self.without)]

    def hold(self, path: str) -> bool:
        """Whether a path is one of these."""
        folder, _, name = path.rpartition("/")
        if self.names:
            held = self._cover(folder) and name.startswith(self.names)
        else:
            held = self._cover(path)
        return held and not any(is_below(path, one) for one in self.without)

    def include(self, others: Paths) -> bool:
        """Whether all others are among these, however many there are."""
        if self.names and not (others.names and all(map(self._begin, others.names))):
            return False
        if not all(any(is_below(one, out) for out in others.without) for one in self.without):
            return False
        if not self.directories:
            return True
        return bool(others.directories) and all(map(self._cover, others.directories))

    def _begin(self, name: str) -> bool:
        return name.startswith(self.names)

    def _cover(self, path: str) -> bool:
        return not self.directories or any(is_below(path, one) for one in self.directories)


def _taken_for_itself(path: str) -> str:
    return _WILD.sub(r"\\\g<0>", path)
