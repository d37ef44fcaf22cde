"""Read what the engine printed: fast, values only."""

from __future__ import annotations

from typing import Any

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.events import MAX_DEPTH, decode, translated
from renderer.yamldoc.safety import too_deep
from renderer.yamldoc.scalars import Json, NotJsonError, printed_value

_NO_KEY: Any = object()


def read_stream(source: str | bytes, deepest: int = MAX_DEPTH) -> list[Json]:
    """The non-empty documents of a stream that kustomize (or `write`) printed.

    No tags, aliases or merge keys: an engine prints none, so they are errors here. `deepest` is
    how many containers may be inside one another.
    """
    text = decode(source) if isinstance(source, bytes) else source
    parser = CParser(text)
    try:
        return _documents(parser, deepest)
    except (YAMLError, UnicodeEncodeError) as error:
        raise translated(error) from error
    finally:
        parser.dispose()


def _documents(  # noqa: C901 # the hot loop, in one piece for speed
    parser: CParser, deepest: int
) -> list[Json]:
    documents: list[Json] = []
    stack: list[tuple[Any, Any]] = []
    into: Any = documents  # the container that is being filled
    key: Any = _NO_KEY  # the mapping key that waits for its value
    while True:
        event: Any = parser.get_event()
        kind = type(event)
        if kind is ScalarEvent:
            plain = event.style is None or event.style == ""
            value: Any = _plain(event) if plain else event.value
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            fresh: Any = {} if kind is MappingStartEvent else []
            if type(into) is list:
                into.append(fresh)
            else:
                _add(into, key, fresh, event)
            stack.append((into, _NO_KEY))
            into, key = fresh, _NO_KEY
            if len(stack) > deepest:
                raise too_deep(event.start_mark.line + 1, event.start_mark.column + 1)
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            into, key = stack.pop()
            continue
        elif event is None:
            return [document for document in documents if document is not None]
        elif kind is AliasEvent:
            raise _error("an alias in machine-written YAML", event)
        else:
            continue
        if type(into) is list:
            into.append(value)
        elif key is _NO_KEY:
            key = value
        else:
            _add(into, key, value, event)
            key = _NO_KEY


def _add(into: dict[str, Json], key: object, value: Json, event: Any) -> None:
    if type(key) is not str:
        raise _error("a mapping key that is not a string", event)
    if key in into:
        raise _error(f"the key '{key}' stands here twice", event)
    into[key] = value


def _plain(event: Any) -> Json:
    try:
        return printed_value(event.value)
    except NotJsonError:
        raise _error(f"the number {event.value} does not exist in JSON", event) from None


def _error(message: str, event: Any) -> YamlError:
    return YamlError(message, event.start_mark.line + 1, event.start_mark.column + 1)
