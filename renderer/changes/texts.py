"""Texts inside objects as what they say, in the formats that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Structure = dict[str, Any] | list[Any]


class Structured(NamedTuple):
    """Two versions of a text as what they hold, in the format that both have."""

    format: str
    old: Structure
    new: Structure


def structured(name: str, old: str, new: str) -> Structured | None:
    """What two versions of a text hold; None where they are to be compared line by line.

    `name` is that of the field or file: its ending says the format, and without one the text.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    for label, read in _READERS.get(ending, ()):
        before, after = read(old), read(new)
        if before is not None and after is not None and type(before) is type(after):
            return Structured(label, before, after)
    return None


def _json(text: str) -> Structure | None:
    import json

    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice: readers differ in which counts")
    return found


def _yaml(text: str) -> Structure | None:
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    try:
        documents = read_stream(text)
    except YamlError:
        return None
    found = documents[0] if len(documents) == 1 else documents
    return found if isinstance(found, (dict, list)) and found else None


def _ini(text: str) -> Structure | None:
    from configparser import Error, RawConfigParser

    reader = RawConfigParser(default_section="", interpolation=None)
    reader.optionxform = str  # type: ignore[assignment, method-assign] # typeshed: python/mypy#2427
    try:
        reader.read_string(text)
    except Error:
        return None
    return {section: dict(reader.items(section)) for section in reader.sections()} or None


def _properties(text: str) -> Structure | None:
    """Lines of `key=value`, with comments and empty lines between."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "!")):
            continue
        key, is_pair, value = stripped.partition("=")
        if not is_pair or key.strip() in found or stripped.endswith("\\"):
            return None
        found[key.strip()] = value.strip()
    return found or None


def _toml(text: str) -> Structure | None:
    import tomllib

    try:
        return tomllib.loads(text) or None
    except (ValueError, RecursionError):  # also of a number that is too long to be printed
        return None


_Reader = tuple[str, "Callable[[str], Structure | None]"]
_JSON: _Reader = ("JSON", _json)
_YAML: _Reader = ("YAML", _yaml)
_INI: _Reader = ("INI", _ini)
_PROPERTIES: _Reader = ("properties", _properties)
_TOML: _Reader = ("TOML", _toml)
# By the ending of a name; without one the text has to be what a program can only mean that way.
_READERS: dict[str, tuple[_Reader, ...]] = {
    "": (_JSON, _INI),
    "cfg": (_INI, _PROPERTIES),
    "conf": (_INI,),
    "env": (_PROPERTIES,),
    "ini": (_INI, _PROPERTIES),
    "json": (_JSON,),
    "properties": (_PROPERTIES,),
    "toml": (_TOML,),
    "yaml": (_YAML,),
    "yml": (_YAML,),
}
