"""The door to libyaml: its events, with its errors as ours.

Only events are used. PyYAML's composer and constructors recurse in C and crash the process
on deep input, and they resolve scalars by other rules than Go does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 200
MAX_NODES = 1_000_000


def decode(source: bytes) -> str:
    """The text of a file; every tool of Kubernetes wants UTF-8, whatever a BOM may say."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise YamlError("this file is not UTF-8 text", line, column) from error
    return text


def events(text: str, first_line: int = 1) -> Iterator[Any]:
    """The parse events of a text that begins at `first_line` of its file."""
    parser = CParser(text)
    try:
        while True:
            event = parser.get_event()
            if event is None:
                return
            yield event
    except (YAMLError, UnicodeEncodeError) as error:
        raise translated(error, first_line) from error
    finally:
        parser.dispose()


def translated(error: Exception, first_line: int = 1) -> YamlError:
    """libyaml's complaint as one plain sentence with a position."""
    if isinstance(error, ReaderError):
        return YamlError(f"the character {error.character} cannot stand in YAML: {error.reason}")
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if error.context_mark and "end of stream" in (error.problem or ""):
            mark = error.context_mark  # where the quote is that nothing closes
        message = error.problem or "not valid YAML"
        if error.context:
            message = f"{message} ({error.context})"
        if mark is not None:
            return YamlError(f"not valid YAML: {message}", mark.line + first_line, mark.column + 1)
        return YamlError(f"not valid YAML: {message}")
    return YamlError(f"not valid YAML: {error}")
