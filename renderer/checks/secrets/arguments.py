"""Secrets in the command of a container and its arguments."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.embedded import in_manifests
from renderer.checks.secrets.forms import known_secrets
from renderer.checks.secrets.names import may_name_secret
from renderer.checks.secrets.pairs import Language, is_secret_pair
from renderer.checks.secrets.texts import NAMED, Found, secrets_in
from renderer.checks.secrets.values import is_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INTERPRETER = re.compile(r"(?:\S*/)?(?:node|perl|php|python|ruby)[\d.]*\Z")
_USER = re.compile(r"(?:-u\S*|--user(?:name)?(?:=\S*)?)\Z")
_GLUED = re.compile(r"-p(?!\d+\Z)(?![a-z-]+\Z)([^\s=]+)\Z")  # neither a port nor an option
_SHORT = 3  # characters of an option that is a letter, or two
_IN_COMMAND = Found(0, 0, "a password in a command")


def in_arguments(leading: Sequence[Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Found]]:
    """The secrets in arguments, by index; `leading` is what stands before them in the command."""
    words = [one if isinstance(one, str) else "" for one in (*leading, *arguments)]
    text = "\n".join(words)
    in_options = set(_in_options(words))
    is_likely = in_options or may_name_secret(text.lower()) or "-p" in text
    if not (is_likely or any(known_secrets(text))):
        return  # most are: to look at each would take longer
    has_user = any(map(_USER.match, words))
    has_interpreter = any(map(_INTERPRETER.match, words))
    before = ""
    for index, argument in enumerate(words[len(leading) :]):
        is_program = has_interpreter and before in ("-c", "-e")
        found = _in_argument(argument, before, Language.PROGRAM if is_program else Language.SHELL)
        glued = _GLUED.match(argument) if has_user else None
        is_option = (glued and is_literal(glued[1])) or len(leading) + index in in_options
        if not found and is_option:
            found = (_IN_COMMAND,)
        for one in found:
            yield index, one
        before = argument


def _in_options(words: Sequence[str]) -> Iterator[int]:
    """The indices of the words with which an option of a known program has its password."""
    words = [one if "\n" not in one else "" for one in words]
    ends = [*accumulate(len(word) + 1 for word in words)]
    for one in known_secrets(" ".join(words)):
        if one.what == _IN_COMMAND.what:
            yield bisect_left(ends, one.end)


def _in_argument(argument: str, before: str, language: Language) -> tuple[Found, ...]:
    option = before.lstrip("-") if before.startswith("-") and len(before) > _SHORT else ""
    if option and not argument.startswith("-") and is_secret_pair(option, argument):
        return (Found(0, 0, NAMED),)
    return (*secrets_in("", argument, language), *in_manifests(argument))
