"""Names whose values stand apart from them: as two attributes, two elements, or two arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTE = r"\\*[\"']?"
# `name: X` and `value: Y` side by side, in YAML, JSON and XML.
_BESIDE = re.compile(
    rf"(?:name|field|key(?<=\bkey)|property|variable){_QUOTE}[ \t]*[:=][ \t]*"
    rf"{_QUOTE}([\w.-]+){_QUOTE}(?:[ \t]*,)?\s*"
    rf"{_QUOTE}(?:content|val(?:ue)?){_QUOTE}[ \t]*[:=][ \t]*"
)
# Of ini, without a space: `pass:X`.
_TIGHT = re.compile(
    r":(?:(?<=ass:)|(?<=word:)|(?<=wd:)|(?<=oken:))"
    r"(?=[^\s:/\"'{}$<>\\]*\d)[^\s:/\"'{}$<>\\]{6,300}[ \t]*(?m:$)"
)
_BEFORE_TIGHT = re.compile(r"[ \t]*([\w.-]{1,80})\Z")
_ELEMENT = re.compile(r"<([\w:.-]+)>(?=([^<>\n]+)</\1>)")
_OF_PLIST = re.compile(r"<key>([\w.-]+)</key>\s{0,80}<string>(?=([^<>\n]+)</string>)")
_KEYWORD = re.compile(r"(?<![\w:]):([\w.-]+)[ \t]+(?=\")")  # of EDN: `:password "X"`
_DEFINED = re.compile(r"\bdefine\(\s*[\"']([\w.-]+)[\"']\s*,\s*(?=[\"'])")  # of PHP
# What a program gives to a name: `System.setProperty("a.password", "X")`.
_GIVEN = re.compile(
    r"\b(?:add|put|set|with)\w{0,30}\(\s*[\"'](\w[\w.-]*)[\"']\s*,\s*(?=[\"'])", re.IGNORECASE
)
# A name with its type: `const secret: string = 'X'`, `var password string = "X"`.
_TYPED = re.compile(
    r"\b(\w+)(?:[ \t]*:[ \t]*&?(?:'\w+[ \t]+)?\w[\w.<>\[\]|? \t]{0,60}|[ \t]+string)"
    r"[ \t]*=[ \t]*(?=[\"'])"
)


class Named(NamedTuple):
    """A name, and where its value begins; in an element what that is. Not all of them surely are a
    name and its value."""

    name: str
    offset: int
    text: str = ""
    is_sure: bool = True


def named_apart(text: str, in_program: bool) -> Iterator[Named]:
    """The names in a text, of settings or of a program, whose values stand apart from them."""
    forms = (_BESIDE, _KEYWORD, *((_DEFINED, _TYPED) if in_program else ()))
    for form in forms:
        for found in form.finditer(text):
            yield Named(found[1], found.end())
    for found in () if in_program else _TIGHT.finditer(text):
        line = max(text.rfind("\n", 0, found.start()) + 1, found.start() - 100)
        before = _BEFORE_TIGHT.match(text, line, found.start())
        if before:
            yield Named(before[1], found.start() + 1, is_sure=False)
    for found in _GIVEN.finditer(text) if in_program else ():
        yield Named(found[1], found.end(), is_sure=False)
    for form in (_ELEMENT, _OF_PLIST) if "</" in text else ():
        for found in form.finditer(text):
            yield Named(found[1], found.end(), found[2])
