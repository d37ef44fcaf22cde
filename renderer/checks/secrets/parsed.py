"""Names and values of YAML and JSON in a text that stand on several lines, or are escaped.

What stands on one line is found there, whatever the text is. The rest sees only who parses it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from renderer.checks.secrets.judging import Judgement, judge_pair
from renderer.yamldoc.documents import YamlError
from renderer.yamldoc.events import events

if TYPE_CHECKING:
    from collections.abc import Iterator

# A name that may say secret, and a value that is not on its line, has a tag or an anchor, or is an
# alias; or a name in which characters are escaped. Most texts have none, and are not parsed.
_APART = re.compile(
    r"(?:pass\w{0,6}|pw\w{0,3}|psk|secret|token|key|credentials?)[\"']?"
    r"(?:\s{0,80}\n\s{0,80}:"
    r"|:[ \t]*(?:[&!*]|[\"'][^\"'\n]{0,300}\n"
    r"|(?:#[^\n]{0,300})?\r?\n[ \t]+(?![\w.-]{1,80}:[ \r\n])[^\s-]))"
)
_ESCAPED = re.compile(r"\\(?:u00|x)[4-7][0-9a-f]")
_STRING = r"\"((?:[^\"\\\n]|\\.){1,300})\""
_MEMBER = re.compile(rf"{_STRING}(\s{{0,80}}:\s{{0,80}}){_STRING}")
_LONGEST = 1 << 20  # characters
_OF_YAML = "tag:yaml.org,2002:"
_NO_KEY: Any = object()


def may_be_apart(lower: str) -> bool:
    """Whether a text in lower case may have a secret that no line shows: fast."""
    return _APART.search(lower) is not None or _ESCAPED.search(lower) is not None


def in_structure(text: str) -> Iterator[tuple[int, Judgement]]:
    """Where values stand whose names say that they are secrets, unless a line shows it."""
    if len(text) > _LONGEST:
        return
    is_json = text.lstrip().startswith(("{", "["))
    for offset, name, value in _in_json(text) if is_json else _in_yaml(text):
        judgement = judge_pair(name, value)
        if judgement:
            yield offset, judgement


def _in_json(text: str) -> Iterator[tuple[int, str, str]]:
    for found in _MEMBER.finditer(text):
        if "\n" in found[2] or "\\" in found[1]:
            yield found.start(3), _unescaped(found[1]), _unescaped(found[3])


def _unescaped(written: str) -> str:
    try:
        return str(json.loads(f'"{written}"'))
    except ValueError:
        return written


def _in_yaml(text: str) -> Iterator[tuple[int, str, str]]:
    """The scalars of a text of YAML with their names; of what is none, those up to its error."""
    try:
        yield from _pairs(text)
    except YamlError:
        return


def _pairs(text: str) -> Iterator[tuple[int, str, str]]:
    stack: list[Any] = []  # the key that waits for its value in each mapping; None in a sequence
    anchors: dict[str, str] = {}
    for event in events(text):
        kind = type(event)
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            stack.pop()
        elif kind is ScalarEvent or kind is AliasEvent:
            value = event.value if kind is ScalarEvent else anchors.get(event.anchor, "")
            if kind is ScalarEvent and event.anchor:
                anchors[event.anchor] = value
            if not stack or stack[-1] is None:
                continue
            if stack[-1] is _NO_KEY:
                stack[-1] = event
                continue
            key, stack[-1] = stack[-1], _NO_KEY
            if type(key) is ScalarEvent and _is_apart(text, key, event):
                yield min(event.start_mark.index, len(text) - 1), key.value, value
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if stack and stack[-1] is not None:
                # A mapping may be a key, which nobody calls a secret.
                stack[-1] = _NO_KEY if stack[-1] is not _NO_KEY else event
            stack.append(_NO_KEY if kind is MappingStartEvent else None)


def _is_apart(text: str, key: Any, value: Any) -> bool:
    """Whether a line of the text does not show a name with its value."""
    start, end = value.start_mark, value.end_mark
    if type(value) is AliasEvent:
        return True
    if value.tag and not value.tag.startswith(_OF_YAML):
        return False  # `!secret wifi` of Home Assistant refers to one
    if value.anchor or value.tag:
        return True
    is_escaped = key.style == '"' and not text.startswith(key.value, key.start_mark.index + 1)
    is_long = value.style in ('"', "'") and end.line != start.line
    return is_escaped or is_long or start.line != key.end_mark.line
