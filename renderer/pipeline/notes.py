"""What is worth knowing of a tree, though nothing is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.patching.pointing import format_path, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.patching.final import Final

# In a manifest's text: the end of a line that ends with a space, or with CRLF, in quotes.
_SPACE, _CRLF = " \\n", "\\r\\n"


def quoted_texts(finals: Iterable[Final]) -> Iterator[str]:
    """Says of each text that is quoted because a line of it ends with a space, or with CRLF, which
    line is the first."""
    for final in finals:
        text = final.text
        if "\\" in text and (_SPACE in text or _CRLF in text):  # most have none: quick to see
            for path, value in texts_in(final.manifest.data):
                what = _first_end(value) if "\n" in value else ""
                if what:
                    place = f"{final.manifest.label} {format_path(path)}"
                    yield f"{place}: {what}, so this text is in quotes"


def _first_end(text: str) -> str:
    """The first line that ends with a space, else with CRLF; empty if none does."""
    *lines, last = text.split("\n")
    for number, line in enumerate((*lines, last), 1):
        if line.endswith(" "):
            return f"line {number} ends with a space"
    for number, line in enumerate(lines, 1):
        if line.endswith("\r"):
            return f"line {number} ends with CRLF"
    return ""
