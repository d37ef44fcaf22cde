"""Long texts on a terminal, through the pager that the user has."""

from __future__ import annotations

import os
import sys

_DEFAULT = "less"


def print_long(text: str, *, may_page: bool) -> None:
    """Prints a text; on a terminal that is too small for it by the program that PAGER names.

    That is `less` if it names none. Where it is empty, or cannot be started, nothing pages.
    """
    if may_page and sys.stdout.isatty() and _is_long(text):
        from renderer.process import hand_terminal

        pager = _pager()
        if pager and hand_terminal(pager, text.encode("utf-8", "backslashreplace")):
            return
    sys.stdout.write(text)


def _is_long(text: str) -> bool:
    import shutil

    return text.count("\n") >= shutil.get_terminal_size().lines


def _pager() -> list[str]:
    """The words of the pager, the first a path: not one that means where we are."""
    import shlex

    from renderer.process import find_program

    try:
        program, *words = shlex.split(os.environ.get("PAGER", _DEFAULT))
    except ValueError:  # no word, or a quote that does not end
        return []
    path = find_program(program)
    return [path, *words] if path else []
