"""How far a long run has come, on a terminal."""

from __future__ import annotations

import sys
import time

_PROGRESS_AFTER = 1.0  # seconds
_SHOWN_EVERY = 0.1
_WIDTH = 30


class Progress:
    """A bar on stderr, only on a terminal and only when the work takes longer than a second."""

    def __init__(self, total: int, noun: str, *, hidden: bool) -> None:
        self._total = total
        self._noun = noun
        self._started = time.monotonic()
        self._hidden = hidden or not sys.stderr.isatty()
        self._shown = 0.0

    def show(self, done: int) -> None:
        now = time.monotonic()
        is_early = now - self._started < _PROGRESS_AFTER or now - self._shown < _SHOWN_EVERY
        if self._hidden or is_early:
            return
        self._shown = now
        filled = _WIDTH * done // self._total
        bar = "#" * filled + "-" * (_WIDTH - filled)
        print(f"\r[{bar}] {done}/{self._total} {self._noun}s", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
