"""kustomize's messages, made short: the file, and the innermost cause in its own words.

kustomize tries every entry first as a file and then as a directory, and reports both with
the whole way that led there:

    accumulating resources: accumulation err='accumulating resources from '../../base':
    '/repo/base' must resolve to a file': recursed accumulation of path '/repo/base': ...

Only one of the two attempts is what the reader meant. Whatever is not understood here is
passed on as it is, for a long message is better than a wrong one.
"""

from __future__ import annotations

import os
import re
from typing import Final

from renderer.kustomize.files import KUSTOMIZATION_FILES

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
_MALFORMED: Final = re.compile(r"MalformedYAMLError: (?P<cause>.*) in File: .*$", re.DOTALL)
_GENERATOR: Final = re.compile(r"merging from generator &\{[^}]*\}: ")  # a Go address
_RESOURCE_ID: Final = re.compile(
    r'resid\.ResId\{Gvk:resid\.Gvk\{Group:"[^"]*", Version:"[^"]*", Kind:"(?P<kind>[^"]*)"'
    r'[^}]*\}, Name:"(?P<name>[^"]*)", Namespace:"[^"]*"\}'
)
_OBJECT: Final = re.compile(  # Go's way to show a ResourceMeta
    r"in object \{\{(?P<version>\S*) (?P<kind>\S*)\} \{\{(?P<name>\S*) \S*\} .*", re.DOTALL
)
_INTERNAL: Final = re.compile(r'"annotations":\{"internal\.config\.kubernetes\.io/[^}]*\},?')
_NOTHING: Final = re.compile(r"\.\[no(?:Ver|Grp|Ns)\]")
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


def shorten(stderr: str, directory: str, repository: str) -> str:
    """Turn what kustomize said when it refused `directory` into `file: cause`.

    `directory` and `repository` are absolute; paths in the message become relative to the
    repository.
    """
    start = _ERROR.search(stderr)
    full = stderr[start.end() :].strip() if start else stderr.strip()
    path, cause = _follow(full, os.path.realpath(directory))
    if not cause:
        path, cause = directory, full or "kustomize failed and did not say why"
    if os.path.isdir(path):
        path = os.path.join(path, _kustomization_name(path))
    cause = cause.replace(repository.rstrip("/") + "/", "").replace(repository, ".")
    return f"{os.path.relpath(path, repository)}: {cause}"


def _kustomization_name(directory: str) -> str:
    for name in KUSTOMIZATION_FILES:
        if os.path.exists(os.path.join(directory, name)):
            return name
    return ""


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
            return directory, _simplify(text)


def _about_entry(text: str, directory: str, entry: str) -> tuple[str, str]:
    """Judge an entry that was meant as a file: the attempt to enter it is of no interest."""
    missing = _MISSING.match(text)
    if missing and text.startswith("': ", missing.end()) and "must build at" not in text:
        return directory, _simplify(text[missing.end() + 3 :])  # git was asked, and failed
    as_file, separator, _ = text.rpartition("': must build at directory")
    cause = _simplify(as_file if separator else text)
    path = os.path.join(directory, entry)
    return (os.path.normpath(path) if os.path.isfile(path) else directory), cause


def _simplify(cause: str) -> str:
    if match := _MISSING.search(cause):
        return f"{match['path']} does not exist"
    if match := _MALFORMED.match(cause):
        return match["cause"]
    cause = _CONFIG.sub(r"\g<plugin>: ", cause)
    cause = _RESOURCE_ID.sub(r"\g<kind> \g<name>", _GENERATOR.sub("", cause))
    cause = _OBJECT.sub(_object, cause)
    return _NOTHING.sub("", _INTERNAL.sub("", cause))


def _object(match: re.Match[str]) -> str:
    return " ".join(["in the object", *(part for part in match.groups() if part)])


def _unquote(text: str) -> str:
    """Undo Go's %q, which is JSON but for escapes that paths and messages hardly have."""
    import json

    try:
        return str(json.loads(text))
    except ValueError:
        return text[1:-1]
