"""What asks us to end: heeded as ^C is, and put off where it would leave something running."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Generator


def heed() -> None:
    """Let what asks us to end do what ^C does: a program that we have started would go on without
    a limit of time, and directories for temporary files would stay."""
    for number in _ending_signals():
        # Who starts us may have them ignored, as nohup does.
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


@contextlib.contextmanager
def put_off() -> Generator[None]:
    """Heed what asks us to end only after this: a program is being started, and is not listed yet
    among those that we stop then.

    Signals are not blocked instead, for the program would inherit that.
    """
    import threading

    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield
        return
    asked: list[int] = []
    heeded = {
        number: handler
        for number in _ending_signals()
        if callable(handler := signal.getsignal(number))
    }
    try:
        for number in heeded:
            signal.signal(number, lambda number, _: asked.append(number))
        yield
    finally:
        for number, handler in heeded.items():
            signal.signal(number, handler)
        if asked:
            signal.raise_signal(asked[0])


def _interrupt(*_: object) -> NoReturn:
    for number in _ending_signals():  # a second one would interrupt our tidying up
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _ending_signals() -> list[signal.Signals]:
    """Those that ask a process to end; Windows has no hang-up."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    return [signal.Signals[name] for name in names if name in signal.Signals.__members__]
