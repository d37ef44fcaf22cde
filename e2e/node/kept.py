"""What the node is made of and is no program of a Go module: made once, and kept in the cache.

As with the programs (see `e2e.build`), what has a name there is whole, and another recipe is
another name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from e2e.build import BUILDING, alone
from e2e.guard import Guard
from e2e.tools import cache
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Make = Callable[[Guard, Path], None]

INSIDE = "E2E_NODE_DIRECTORY"
"""The variable that tells those on a node, who have no network, which directory is theirs."""

_SECONDS_BETWEEN_LOOKS = 0.2


def kept(name: str, recipe: object, make: Make) -> Path:
    """The directory of a thing in the cache; `make` fills it when there is none of this recipe.

    `make` gets a guard, whose directory is for what is thrown away, and the directory to fill.
    The recipe's `repr` is all that a thing is made of.
    """
    digest = hashlib.sha256(repr((name, recipe)).encode()).hexdigest()
    place = cache() / f"{name}-{digest[:16]}"
    if not place.exists() and INSIDE in os.environ:
        raise ToolError(f"{name} is not made", hint="run: make e2e-node-tools")
    if not place.exists():
        with alone():
            if not place.exists():
                _make(name, place, make)
    return place


def run(
    guard: Guard, what: str, argv: Sequence[str | Path], environment: Mapping[str, str]
) -> None:
    """Run a command to its end; raises `ToolError` with the last line that it said."""
    log = guard.directory / "log"
    with log.open("ab") as output:
        process = guard.start(
            argv, cwd=guard.directory, env=environment, stdout=output, stderr=output
        )
        while process.poll() is None:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    if process.returncode != 0:
        kept_log = log.rename(cache() / f"{what.replace(' ', '-')}.log")
        lines = kept_log.read_text(errors="replace").strip().splitlines() or ["no message"]
        raise ToolError(f"{what} failed: {lines[-1]}", hint=f"read {kept_log}")


def command(name: str) -> str:
    """The path of a program of this machine; raises `ToolError` where there is none."""
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"the node needs {name}", hint=f"install {name}, and put it on PATH")
    return found


def output_of(argv: Sequence[str | Path]) -> str:
    """What a quick command prints; "" if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def say(text: str) -> None:
    """A line about how it goes."""
    print(f"e2e-node: {text}", file=sys.stderr, flush=True)


def _make(name: str, place: Path, make: Make) -> None:
    say(f"making {name}")
    started = time.monotonic()
    with Guard(cache(), BUILDING) as guard:
        whole = guard.directory / "whole"
        whole.mkdir()
        make(guard, whole)
        whole.rename(place)
    say(f"{name} is made after {time.monotonic() - started:.0f} s")
