"""Where a user's own files are, by the XDG base directory specification."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def own_directory(environ: Mapping[str, str], variable: str, in_home: str) -> str | None:
    """Our directory where a variable (as XDG_CACHE_HOME) puts it, or `in_home`; None for nowhere.

    The specification says that a relative path in the variable is to be ignored.
    """
    for base, below in ((environ.get(variable, ""), ""), (environ.get("HOME", ""), in_home)):
        if os.path.isabs(base):
            return os.path.join(base, below, "renderer")
    return None
