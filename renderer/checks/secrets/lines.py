"""The lines of a rendered file in which a secret is exposed, for diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.secrets.exposures import exposures
from renderer.checks.secrets.pairs import Language
from renderer.checks.secrets.texts import secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.checks.secrets.exposures import Exposure
    from renderer.yamldoc.documents import Document

_BLOCK = ("|", ">")


def exposed_lines(lines: Sequence[str]) -> set[int]:
    """The indices of the lines that hold what `exposures` finds in the objects of a file.

    What is no YAML, as a file with conflict markers, is searched as the text that it is.
    """
    from renderer.yamldoc.composing import read_documents
    from renderer.yamldoc.documents import YamlError

    text = "".join(lines)
    try:
        documents = read_documents(text.encode("utf-8", "surrogatepass"))
    except YamlError:
        found = secrets_in("", text, Language.SETTINGS)
        return {index for one in found for index in range(max(one.line, 1) - 1, max(one.last, 1))}
    hidden: set[int] = set()
    for document in documents:
        if isinstance(document.data, dict):
            for one in exposures(document.data):
                hidden.update(_lines_of(one, document, lines))
    return hidden


def _lines_of(exposure: Exposure, document: Document, lines: Sequence[str]) -> Iterator[int]:
    """The indices of the lines of an exposure; of a value that is no literal block, all."""
    key = document.key_at(exposure.path)
    value = document.value_at(exposure.path)
    first, end = key.line - 1, value.line
    column = _indent(lines[first])
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > column):
        end += 1
    start = lines[value.line - 1][value.column - 1 :]
    if exposure.found.line and start.startswith("|"):
        begin = value.line + exposure.found.line - 1
        yield from range(begin, min(begin + exposure.found.last - exposure.found.line + 1, end))
    else:
        # The key of a block stays readable.
        yield from range(value.line if start.startswith(_BLOCK) else first, end)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
