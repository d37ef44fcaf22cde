"""Results as text for a terminal or a log."""

from __future__ import annotations

import difflib
import io
import os
import re
import textwrap
from typing import TYPE_CHECKING, TextIO

from renderer.counting import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.errors import RenderError
    from renderer.repository.trees import Tree
    from renderer.tree.planning import Change

WIDTH = 80  # columns that every terminal has

_GAP = "  "  # between the columns of a table
_COLORS = {"error": "31", "warning": "33", "add": "32", "remove": "31", "hunk": "36", "dim": "2"}


# What is taken for an order where it stands in a log. GitHub Actions (actions/runner,
# Runner.Common/ActionCommand.cs) takes a line that begins with blanks and `::word`, and `##[word`
# wherever it is; so do Azure Pipelines (`##vso[`) and TeamCity (`##teamcity[`). Lines may be broken
# at any blank. `::1` and `::/0` are addresses, and no word.
_ORDER = re.compile(r"(?<!\S):(?=:[^\d/\s:]|:\Z)|(?<=#)#(?=[A-Za-z]*\[)")


class Style:
    """Colours, or none."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self._color else text


def style_for(stream: TextIO, color: bool) -> Style:
    """Colours where they are wanted, on a terminal, and not switched off (no-color.org)."""
    return Style(color and stream.isatty() and not os.environ.get("NO_COLOR"))


_BLANKS = " \u3000"  # the second is as wide as a letter where it is used
_EMPTY = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters and marks without ink


def printable(text: str) -> str:
    """The text without what could command a terminal (controls and direction marks), or a runner
    that reads the log of a build."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_printable(character) for character in text)
    if "::" in text or "##" in text:
        text = _ORDER.sub(lambda found: _as_code(found[0]), text)
    return text


def one_line(text: str) -> str:
    """The text as `printable` has it, without what begins another line, which could say anything
    in our name."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def _printable(character: str) -> str:
    return _as_code(character) if character not in "\n\t" and is_unseen(character) else character


def is_unseen(character: str) -> bool:
    """Whether a character is a control, has to do with the direction or form of others, or looks
    like a blank or like nothing."""
    import unicodedata

    if unicodedata.category(character) == "Zs":
        return character not in _BLANKS
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _EMPTY


def _as_code(character: str) -> str:
    return f"\\u{ord(character):04x}"


def error_text(error: RenderError, style: Style) -> str:
    """An error that is no finding, and that is about no cluster."""
    return error_line(error.message, error.hint, style)


def error_line(message: str, hint: str, style: Style) -> str:
    """The text of an error that no rule names."""
    text = f"{style.paint('error', 'error')}: {printable(message)}"
    return f"{text}\n  hint: {printable(hint)}" if hint else text


def unset_note(count: int, tree: Tree) -> str:
    """What to say where parameters are declared and nothing sets them."""
    return (
        f"note: no cluster.yaml in {printable(tree.source)} sets the {counted(count, 'parameter')}"
        " declared here: this is what plain kustomize composes"
    )


def summary_line(
    name: str,
    manifests: int,
    counts: Sequence[tuple[str, int]],
    *,
    dry: bool,
    by_hashes: int = 0,
) -> str:
    """One line for one cluster; the counts are of files, and zeros are left out.

    `by_hashes` are those of the changed files that changed by nothing but hashes in names.
    """
    shown = []
    for verb, count in counts:
        text = f"{count} {_future(verb) if dry else verb}"
        if verb == "changed" and by_hashes:
            text += f" ({count - by_hashes or 'none'} by more than hashes)"
        shown += [text] if count else []
    found = f"{counted(manifests, 'manifest')}, {', '.join(shown) or 'no files'}"
    return f"{printable(name)}: {found}"


def _future(verb: str) -> str:
    return {"added": "to add", "changed": "to change", "removed": "to remove"}.get(verb, verb)


def diff_text(output: str, change: Change, style: Style, *, terminal: bool = False) -> str:
    """The unified diff of one file, as `patch -p1` takes it; secrets are hidden.

    The path of the file is relative to `output`. On a terminal, what could command it is escaped.
    """

    from renderer.reports.redacting import is_secret, redacted, without_exposed

    old, new = _lines(change.old), _lines(change.new)
    old, new = redacted(old, new) if is_secret(change) else without_exposed(old, new)
    path = f"{output}/{change.path}" if output else change.path
    lines = difflib.unified_diff(
        old,
        new,
        "/dev/null" if change.old is None else _quoted(f"a/{path}"),
        "/dev/null" if change.new is None else _quoted(f"b/{path}"),
    )
    return "".join(_diff_line(line, style, terminal) for line in lines)


def _quoted(path: str) -> str:
    """A path as git writes it: in quotes, as C has them, where it would end the line, or command
    a terminal."""
    if path.isprintable() and not {*path} & {'"', "\\"}:
        end = "\t" if " " in path else ""  # else a tool would take what follows for a date
        return f"{path}{end}"
    quoted = (
        one
        if one.isprintable() and one not in '"\\'
        else "".join(f"\\{byte:03o}" for byte in one.encode("utf-8", "surrogateescape"))
        for one in path
    )
    return f'"{"".join(quoted)}"'


def _diff_line(line: str, style: Style, terminal: bool) -> str:
    text = line.removesuffix("\n")
    if terminal:
        text = printable(text)
    if line.startswith("+"):
        text = style.paint(text, "add")
    elif line.startswith("-"):
        text = style.paint(text, "remove")
    elif line.startswith("@@"):
        text = style.paint(text, "hunk")
    return text + ("\n" if line.endswith("\n") else "\n\\ No newline at end of file\n")


def _lines(content: bytes | None) -> list[str]:
    """The lines as patch counts them: nothing but a line feed ends one."""
    return io.StringIO((content or b"").decode("utf-8", "replace"), newline="\n").readlines()


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Columns of text, as wide as they need to be.

    Where that is wider than `width`, the last columns stand below the others, as the words of
    their cells fit.
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    beside = len(widths)  # columns that stand side by side
    while width and beside > 1 and sum(widths[:beside]) + len(_GAP) * (beside - 1) > width:
        beside -= 1
    indent = " " * (widths[0] + len(_GAP))
    below = max(width or 0, len(indent) + 1)
    return "".join(
        _line(row[:beside], widths)
        + "".join(f"{line}\n" for line in wrapped(" ".join(row[beside:]), indent, width=below))
        for row in (head, *rows)
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
    return f"{_GAP.join(padded).rstrip()}\n"


def wrapped(text: str, first: str, other: str | None = None, *, width: int = WIDTH) -> list[str]:
    """The lines of a text, broken between words; a word that is too long is not broken.

    `first` is the indentation of the first line, and of the others where they have no `other`.
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if other is None else other,
        break_long_words=False,
        break_on_hyphens=False,
    )
