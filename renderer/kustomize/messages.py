"""kustomize's messages, followed to what they are about, and to their innermost cause.

kustomize tries every entry first as a file and then as a directory, and reports both with
the whole way that led there:

    accumulating resources: accumulation err='accumulating resources from '../../base':
    '/repo/base' must resolve to a file': recursed accumulation of path '/repo/base': ...

Only one of the two attempts is what the reader meant.
"""

from __future__ import annotations

import os
import re
from typing import Final

_ERROR: Final = re.compile(r"^[Ee]rror: ", re.MULTILINE)
_LOG_TIME: Final = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")
_EDIT_FIX: Final = re.compile(r"(\[EXPERIMENTAL\] )?Run 'kustomize edit fix' to update.*$")

_INTO_DIRECTORY: Final = re.compile(
    r"(?:recursed accumulation of|couldn't make target for|recursed merging from)"
    r" path '(?P<path>[^']*)': "
)
_QUOTED: Final = re.compile(r'(?:accumulateDirectory|loader\.New):? (?P<text>"(?:[^"\\]|\\.)*")$')
_ENTRY: Final = re.compile(r"(?:accumulating|merging) resources from '(?P<entry>[^']*)': ")
_NOT_A_FILE: Final = re.compile(r"'[^']*' must resolve to a file': ")
_CONFIG: Final = re.compile(
    r"trouble configuring builtin (?P<plugin>\w+) with config: `\n.*?\n`: ", re.DOTALL
)
_MISSING: Final = re.compile(
    r"evalsymlink failure on '(?P<path>[^']*)' : lstat [^:]*: no such file or directory"
)
_NOISE: Final = ("accumulating resources: ", "accumulating components: ", "accumulation err='")


def warnings(stderr: str) -> tuple[str, ...]:
    """Return what kustomize warned of, each once, without its decoration."""
    found: dict[str, None] = {}
    for line in stderr.splitlines():
        text = _LOG_TIME.sub("", line.strip())
        text = text.removeprefix("# ").removeprefix("Warning: ")
        if text := _EDIT_FIX.sub("", text).strip():
            found[text] = None
    return tuple(found)


def follow(stderr: str, directory: str) -> tuple[str, str]:
    """Return the path that a refusal of `directory` is about, and the innermost cause.

    Both paths are absolute. The cause is in kustomize's words and may hold any value.
    """
    start = _ERROR.search(stderr)
    full = stderr[start.end() :].strip() if start else stderr.strip()
    path, cause = _follow(full, directory)
    return (path, cause) if cause else (directory, full)


def _follow(text: str, directory: str) -> tuple[str, str]:
    """Follow a message inwards; return the path that its cause is about, and the cause."""
    while True:
        text = text.strip()
        for noise in _NOISE:
            text = text.removeprefix(noise)
        if match := _QUOTED.match(text):
            text = _unquote(match["text"])
        elif match := _INTO_DIRECTORY.match(text):
            directory = match["path"]
            text = text[match.end() :]
        elif match := _ENTRY.match(text):
            text = text[match.end() :]
            as_directory = _NOT_A_FILE.match(text)
            if not as_directory:
                return _about_entry(text, directory, match["entry"])
            text = text[as_directory.end() :]
        else:
            return directory, _CONFIG.sub(r"\g<plugin>: ", text)


def _about_entry(text: str, directory: str, entry: str) -> tuple[str, str]:
    """Judge an entry that was meant as a file: the attempt to enter it is of no interest."""
    missing = _MISSING.match(text)
    if missing and text.startswith("': ", missing.end()) and "must build at" not in text:
        return directory, text[missing.end() + 3 :]  # git was asked, and failed
    as_file, separator, _ = text.rpartition("': must build at directory")
    cause = as_file if separator else text
    path = os.path.join(directory, entry)
    return (os.path.normpath(path) if os.path.isfile(path) else directory), cause


def _unquote(text: str) -> str:
    """Undo Go's %q, which is JSON but for escapes that paths and messages hardly have."""
    import json

    try:
        return str(json.loads(text))
    except ValueError:
        return text[1:-1]
