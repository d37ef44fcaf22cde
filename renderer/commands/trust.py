"""`render trust`: what a repository asks for, and that the user permits it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from renderer.reports.text import printable
from renderer.trust.permissions import PERMISSIONS, forget, trust, trusted

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace


def run(space: Workspace, *, revoke: bool) -> None:
    """Shows what the settings ask for and records it for this repository, or forgets it.

    Raises UsageError where the user's configuration cannot be used.
    """
    repository, asked, user = space.repository, space.settings.asks_for, space.user
    before = trusted(repository, user)
    if revoke:
        if before is not None:
            forget(repository, user)
        _say(f"{repository} is not trusted" + (" any more" if before is not None else ""))
        return
    if not asked:
        _say(f"{repository} asks for nothing ({space.settings_place})")
        return
    _say(f"{repository} asks for ({space.settings_place}):")
    width = max(map(len, asked))
    for name in asked:
        _say(f"  allow-{name.ljust(width)}  {PERMISSIONS[name]}")
    if before == [*asked]:
        _say("this is trusted already; render trust --revoke takes it back")
        return
    trust(repository, asked, user)
    _say("you trust it from now on, until it asks for something else;")
    _say("render trust --revoke takes it back")


def _say(text: str) -> None:
    sys.stdout.write(printable(f"{text}\n"))
