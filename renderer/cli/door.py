"""The one place that turns exceptions into messages and exit codes."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from renderer import interrupts
from renderer.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_NO,
    EXIT_OK,
    EXIT_USAGE,
    RenderError,
    UsageError,
)
from renderer.findings import FindingsError

if TYPE_CHECKING:
    from collections.abc import Callable


# Objects between two looks for circles, of which we make few: each look is at much of what is read.
_SELDOM = 100_000
_NO_MEMORY = "error: this takes more memory than there is; no file is half written\n"
_COMPLETES = "_RENDER_COMPLETE"  # what a shell sets when it asks for words


def main(arguments: list[str] | None = None) -> None:
    """The entry point; `arguments` are those of the process if not given."""
    _end_with(lambda: _type(arguments))


def _type(arguments: list[str] | None) -> int | None:
    """Runs a command as it was typed; gives its exit code."""
    import typer

    from renderer.cli.app import app

    try:
        code: int | None = app(args=arguments, prog_name="render", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except (KeyError, ValueError):
        if _COMPLETES not in os.environ:
            raise
        message = f"{_COMPLETES} is for shells: COMP_WORDS and COMP_CWORD say what to complete"
        raise UsageError(message, hint="set it up with: render --install-completion") from None
    if code == EXIT_INTERRUPTED:  # newer versions of Typer make a code of it
        raise KeyboardInterrupt
    return code


def _call_function() -> int:
    """Runs `render krm` as kustomize does, without arguments: Typer would take half the time."""
    from renderer.krm.function import run

    return EXIT_OK if run() else EXIT_NO


def _end_with(command: Callable[[], int | None]) -> NoReturn:
    """Runs a command and ends with its exit code, or that of the exception that it raised."""
    try:
        _settle_streams()
        code = command()
        sys.stdout.flush()
    except RenderError as error:
        _say(error.message if isinstance(error, FindingsError) else f"error: {error.message}")
        if error.hint:
            _say(f"  hint: {error.hint}")
        code = error.exit_code
    except KeyboardInterrupt:
        _say("interrupted: every file is old or new as a whole; run it again to go on")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        _give_up_stdout()  # who read us has had enough
        code = EXIT_FAILED
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code)


def script() -> NoReturn:
    """The console script."""
    _leave_with(main)


def krm_script() -> NoReturn:
    """The console script of the KRM function: `render krm` for those who pass no arguments."""
    if sys.argv[1:]:
        _leave_with(lambda: main(["krm", *sys.argv[1:]]))
    _leave_with(lambda: _end_with(_call_function))


def _leave_with(command: Callable[[], None]) -> NoReturn:
    """Runs a command without taking the interpreter apart at the end, which takes 30 ms."""
    code: object = EXIT_FAILED
    gc.set_threshold(_SELDOM)
    try:
        interrupts.heed()
        command()
    except SystemExit as end:
        code = end.code
    with contextlib.suppress(OSError):  # what could not be said has led to another exit code
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else EXIT_OK)


def _unexpected(error: Exception) -> int:
    """Tells of an exception that nobody has turned into a message, and gives the exit code."""
    # Typer brings its own copy of click, or takes the one installed, by version: what both
    # have in common is that a wrong call knows how to show itself.
    if callable(show := getattr(error, "show", None)):
        show()
        return EXIT_USAGE
    if os.environ.get("RENDER_TRACEBACK"):
        raise error
    if isinstance(error, MemoryError) or "failed to map segment" in str(error):  # of a module
        sys.stderr.write(_NO_MEMORY)  # nothing can be imported any more, not even `printable`
    elif isinstance(error, RecursionError):
        _say("error: this nests, or refers, more deeply than can be followed")
    elif isinstance(error, OSError):  # no room for what we print, a disk that breaks
        _give_up_stdout()
        where = f"{error.filename}: " if error.filename else ""
        _say(f"error: {where}{error.strerror or error}")
    else:
        _say(f"internal error: {type(error).__name__}: {error}")
        _say("  hint: this is a defect of render; RENDER_TRACEBACK=1 shows where it happened")
    return EXIT_FAILED


def _settle_streams() -> None:
    """What is printed is the same bytes in every locale, and a closed stream is no error."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - open until the end
    own = sys.__stdout__
    if own is not None and sys.stdout is own:
        # Always with a buffer: without one (PYTHONUNBUFFERED), Python loses what a pipe that
        # is full or closed does not take at once, and says nothing.
        raw = open(own.fileno(), "wb", closefd=False)  # noqa: SIM115 - open until the end
        terminal = own.isatty()
        sys.stdout = io.TextIOWrapper(
            raw, "utf-8", "backslashreplace", newline="\n", line_buffering=terminal
        )


def _give_up_stdout() -> None:
    """Nothing may be written at exit to what could not be written before."""
    with contextlib.suppress(OSError):  # one that is no file needs nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    from renderer.reports.text import printable

    print(printable(text), file=sys.stderr)
