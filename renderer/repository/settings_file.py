"""The file that the settings of a directory are in, read as TOML and not yet understood."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.errors import RenderError, UsageError
from renderer.kustomize.files import is_below
from renderer.repository.source_file import read_source

if TYPE_CHECKING:
    from collections.abc import Callable

OWN, SHARED = "render.toml", "pyproject.toml"  # a file for us, and one shared with others
_TABLE = ("tool", "render")
_HEADER = re.compile(rb"^\s*\[\[?\s*tool\s*\.\s*render\s*[.\]]", re.MULTILINE)
_MOST_LEVELS = 200
# What it takes to find the place of a key: the file is read again for each time it occurs.
_LARGEST, _MOST = 64 * 1024, 50


class SettingsFile(NamedTuple):
    """A file with settings: its name in its directory, the table, and the keys that lead there.

    A directory without settings has a file without a name.
    """

    directory: str
    name: str = ""
    table: dict[str, Any] = {}  # noqa: RUF012 # nobody writes into it
    text: str = ""
    keys: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it is, for people; empty if there is none."""
        return os.path.join(self.directory, self.name) if self.name else ""

    def place(self, *keys: str) -> str:
        """`render.toml:3:1`: where a key of the table, or one in it, stands; the file if nobody
        can tell."""
        place = _place(self.text, (*self.keys, *keys))
        return ":".join((self.name, *map(str, place))) if place else self.name

    def seen_from(self, here: str, error: UsageError) -> UsageError:
        """An error that begins with the name of the file: with its path, where it is not here."""
        if here == self.directory or not error.message.startswith((OWN, SHARED)):
            return error
        return UsageError(f"{self.directory}{os.sep}{error.message}", hint=error.hint)


def find_settings_file(
    directory: str, read: Callable[[str, str], bytes | None] | None = None
) -> SettingsFile | None:
    """The settings that a directory itself has, if any; `directory` is a real path.

    `read` gives the content of a file by directory and name, None where there is none; by default
    that of the disk. Raises UsageError for a file that cannot be read or is not TOML, and for two
    files.
    """
    read = read or _read
    own, shared = _own(directory, read(directory, OWN)), _shared(directory, read(directory, SHARED))
    if own and shared:
        raise UsageError(
            f"{own.name}: {shared.place(_TABLE[-1])} has settings too, and one of both would not"
            " count",
            hint=f"move [tool.render] of {SHARED} into {OWN}, or the other way round",
        )
    return own or shared


def has_settings(directory: str) -> bool:
    """Whether a directory has settings of its own, whatever may be wrong with them."""
    try:
        return find_settings_file(directory) is not None
    except UsageError:
        return True


def _own(directory: str, content: bytes | None) -> SettingsFile | None:
    if content is None:
        return None
    text, document = _parse(OWN, content)
    if "tool" not in document:
        return SettingsFile(directory, OWN, document, text)
    tool = document["tool"]
    table = tool.get("render") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        raise UsageError(f"{OWN}: [tool.render] must be a table")
    others = [key for level in (document, tool) for key in level if key not in _TABLE]
    if others:
        raise UsageError(f"{OWN}: {others[0]} is not in [tool.render], and would not count")
    return SettingsFile(directory, OWN, table, text, _TABLE)


def _shared(directory: str, content: bytes | None) -> SettingsFile | None:
    """The table in pyproject.toml, whatever is wrong with a file that has none."""
    if content is None or b"render" not in content:
        return None
    try:
        text, document = _parse(SHARED, content)
    except UsageError:
        if _HEADER.search(content):
            raise
        return None
    tool = document.get("tool")
    table = tool.get("render") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise UsageError(f"{SHARED}: [tool.render] must be a table")
    return SettingsFile(directory, SHARED, table, text, _TABLE)


def _read(directory: str, name: str) -> bytes | None:
    path = os.path.join(directory, name)
    if os.path.islink(path) and not is_below(os.path.realpath(path), directory):
        raise UsageError(f"{name}: leads out of the repository", hint="copy what it leads to")
    try:
        return read_source(directory, name)
    except RenderError as error:
        raise UsageError(error.message) from None


def _parse(name: str, content: bytes) -> tuple[str, dict[str, Any]]:
    import tomllib

    deep = f"{name} nests more than {_MOST_LEVELS} levels deep"
    if max(map(_levels, content.splitlines()), default=0) > _MOST_LEVELS:
        raise UsageError(deep)
    try:
        text = content.decode()
        return text, tomllib.loads(text)
    except RecursionError:  # lists that are opened line by line
        raise UsageError(deep) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8: byte {error.start + 1} begins no letter") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_not_toml(name, str(error))) from None
    except ValueError:  # Python's own bound for the digits of a number
        raise UsageError(f"{name}: a number in it has more than 4,300 digits") from None


def _not_toml(name: str, message: str) -> str:
    """`render.toml:3:1: this is not TOML: ...`, from tomllib's words with the place in brackets."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if not found:
        return f"{name}: this is not TOML: {message}"
    return f"{name}:{found[2]}:{found[3]}: this is not TOML: {found[1]}"


def _levels(line: bytes) -> int:
    """No fewer than the levels that a line of TOML can open; tomllib recurses at each."""
    return line.count(b"[") + line.count(b"{") + line.count(b".")


def _place(text: str, path: tuple[str, ...]) -> tuple[int, int] | None:
    """Line and column of a key, from 1; tomllib does not tell it.

    A key stands where another word in its place takes it away from the document.
    """
    import tomllib

    if len(text) > _LARGEST:
        return None
    for found in [*re.finditer(re.escape(path[-1]), text)][:_MOST]:
        try:
            changed = tomllib.loads(f"{text[: found.end()]}_{text[found.end() :]}")
        except tomllib.TOMLDecodeError:
            continue
        if not _holds(changed, path):
            before = text[: found.start()]
            return before.count("\n") + 1, found.start() - before.rfind("\n")
    return None


def _holds(document: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
