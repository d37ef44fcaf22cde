"""Kustomizations of a side of a review, composed from git's objects as whoever syncs them does."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.errors import RenderError
from renderer.history.writing import write_files
from renderer.kustomize.files import is_below
from renderer.kustomize.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from renderer.cache import Cache
    from renderer.kustomize.program import Engine
    from renderer.pipeline.kustomizations import Reach

    Objects = Sequence[Mapping[str, Any]]
    _Key = tuple[str, tuple[tuple[str, str], ...]]


# Syncers are composed in a moment: whoever needs more wants to hold up those who review.
_SECONDS = 60  # for all of both sides
_SECONDS_EACH = 15
_AT_ONCE = 8


class Composing(NamedTuple):
    """What composes: the engine is looked for when something is to be composed. Nothing is fetched,
    and no chart inflated, whatever the user permits: what differs of them no file says."""

    engine: Callable[[], Engine]
    repository: str
    cache: Cache | None = None
    timeout: float = Policy("").timeout


class Composer:
    """Remembers what it has composed: of two sides most is the same."""

    def __init__(self, composing: Composing | None) -> None:
        self._composing = composing
        self._known: dict[_Key, Objects | None] = {}
        self._spent = 0.0  # seconds

    def compose(
        self, reaches: Sequence[Reach], read: Callable[[Iterable[str]], Iterator[bytes]]
    ) -> list[Objects | None]:
        """The objects of each; None for what cannot be composed.

        `read` gives the contents of files by their ids.
        """
        keys = [(one.directory, tuple(sorted(one.files.items()))) for one in reaches]
        by_key = dict(zip(keys, reaches, strict=True))
        missing = {key: one for key, one in by_key.items() if key not in self._known}
        if missing:
            self._known |= dict.fromkeys(missing)
            waiting = [*missing.items()]
            while waiting and self._spent < _SECONDS:
                some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
                began = time.monotonic()
                with contextlib.suppress(RenderError):
                    found = self._composed([one for _, one in some], read)
                    self._known |= {key: found.get(one.directory) for key, one in some}
                self._spent += time.monotonic() - began
        return [self._known[key] for key in keys]

    def _composed(
        self, reaches: Sequence[Reach], read: Callable[[Iterable[str]], Iterator[bytes]]
    ) -> dict[str, Objects]:
        from renderer.composition.stack import Stack, compose, stack_key
        from renderer.kustomize.closure import ClosureReader

        if self._composing is None:
            return {}
        files = {path: found for one in reaches for path, found in one.files.items() if found}
        with tempfile.TemporaryDirectory(prefix="render-") as made:
            directory = os.path.realpath(made)
            if is_below(directory, self._composing.repository):
                return {}
            write_files(directory, zip(files, read(files.values()), strict=True))
            timeout = min(self._composing.timeout, _SECONDS_EACH)
            policy = Policy(directory, timeout=timeout)
            reader = ClosureReader(policy, self._composing.cache)
            closures = {}
            for one in reaches:
                try:
                    closures[one.directory] = reader.read(os.path.join(directory, one.directory))
                except RenderError:
                    continue  # what it reads is told where it differs
            if not closures:
                return {}
            engine = self._composing.engine()
            keyed = {name: stack_key(one, engine) for name, one in closures.items()}
            stacks = compose(
                {keyed[name]: one for name, one in closures.items()},
                engine,
                policy,
                self._composing.cache,
                lambda _: None,
            )
        return {
            name: [one.data for one in stack.manifests]
            for name, key in keyed.items()
            if isinstance(stack := stacks[key], Stack)
        }
