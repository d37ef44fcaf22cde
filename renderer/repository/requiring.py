"""Writing `requires` into a person's settings: one line, or the versions in it, and nothing else.

TOML is not written anew, because that would lose comments and form. The text is changed where the
key may well belong, and what comes out is read: it counts only where nothing else has changed.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from renderer.errors import UsageError
from renderer.repository.requirements import SETTING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.repository.settings_file import SettingsFile

_MOST = 50  # places that are tried; the whole text is read for each
_ANY_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_OWN_TABLE = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*render[ \t]*\].*\n", re.MULTILINE)
_TABLE_BELOW = re.compile(r"^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*render[ \t]*\.", re.MULTILINE)


def required_line(versions: Mapping[str, str]) -> str:
    """The setting as TOML."""
    items = ", ".join(f'{name} = "{version}"' for name, version in versions.items())
    return f"{SETTING} = {{{items}}}"


def with_requires(file: SettingsFile, versions: Mapping[str, str]) -> str:
    """The text of settings, with these versions required.

    Where something is required already, its versions are written anew, and nothing is added to it.
    Raises UsageError, with what to write, where a person should do it.
    """
    line = required_line(versions)
    if SETTING not in file.table:
        return _first(file, {SETTING: dict(versions)}, _with_line(file, line), line)
    text = file.text
    before = file.table[SETTING]
    names = [name for name in versions if name in before]
    for name in names:
        before = {**before, name: versions[name]}
        changed = _with_version(text, name, versions[name])
        text = _first(file, {SETTING: before}, changed, line)
    if not names:
        raise _refusal(file, line)
    return text


def _first(file: SettingsFile, new: Mapping[str, Any], texts: Iterator[str], line: str) -> str:
    """The first text that says what the file says, but for these settings."""
    import tomllib

    wanted = _document(file, new)
    for text in islice(texts, _MOST):
        try:
            if tomllib.loads(text) == wanted:
                return text
        except tomllib.TOMLDecodeError:
            continue
    raise _refusal(file, line)


def _document(file: SettingsFile, new: Mapping[str, Any]) -> dict[str, Any]:
    import tomllib

    document = tomllib.loads(file.text)
    table = document
    for key in file.keys:
        table = table[key]
    table.update(new)
    return document


def _refusal(file: SettingsFile, line: str) -> UsageError:
    return UsageError(
        f"{file.place(SETTING)}: this has a form into which only a person should write",
        hint=f"write it yourself: {line}",
    )


def _with_line(file: SettingsFile, line: str) -> Iterator[str]:
    """The text with a line in the places where the table may begin, or have its keys."""
    end = "\r\n" if "\r\n" in file.text else "\n"
    text = file.text if file.text.endswith("\n") or not file.text else f"{file.text}{end}"
    if not file.keys:
        for found in _ANY_TABLE.finditer(text):
            yield _inserted(text, found.start(), line, end)
        yield _inserted(text, len(text), line, end)
        return
    for found in _OWN_TABLE.finditer(text):
        yield f"{text[: found.end()]}{line}{end}{text[found.end() :]}"
    for found in _TABLE_BELOW.finditer(text):
        yield _inserted(text, found.start(), f"{end}[{'.'.join(file.keys)}]{end}{line}", end)


def _inserted(text: str, before: int, line: str, end: str) -> str:
    """A line after the last statement before a place, with nothing but comments in between."""
    lines = text[:before].splitlines(keepends=True)
    while lines and not lines[-1].partition("#")[0].strip():
        del lines[-1]
    head = "".join(lines)
    rest = text[len(head) :]
    gap = end if rest and not rest.startswith(("\n", "\r")) else ""
    return f"{head}{line}{end}{gap}{rest}"


def _with_version(text: str, name: str, version: str) -> Iterator[str]:
    """The text with another version wherever something of this name may stand."""
    for found in re.finditer(rf"\b{name}[\"']?[ \t]*=[ \t]*(\"[^\"\n]*\"|'[^'\n]*')", text):
        yield f'{text[: found.start(1)]}"{version}"{text[found.end(1) :]}'
