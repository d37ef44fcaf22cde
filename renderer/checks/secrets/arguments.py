"""Secrets in the command of a container and its arguments."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.doubtful import doubtful
from renderer.checks.secrets.embedded import in_manifests
from renderer.checks.secrets.forms import known_secrets
from renderer.checks.secrets.judging import Judgement, accused_if, judge_pair
from renderer.checks.secrets.names import may_name_secret
from renderer.checks.secrets.pairs import Language
from renderer.checks.secrets.texts import NAMED, Found, judgement_of, secrets_in
from renderer.checks.secrets.values import is_literal, surely_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INTERPRETER = re.compile(r"(?:\S*/)?(?:node|perl|php|python|ruby)[\d.]*\Z")
_USER = re.compile(r"(?:-u\S*|--user(?:name)?(?:=\S*)?)\Z")
_GLUED = re.compile(r"-p(?!\d+\Z)(?![a-z-]+\Z)([^\s=]+)\Z")  # neither a port nor an option
_SHORT = 3  # characters of an option that is a letter, or two
_NAME = re.compile(r"--?[A-Za-z][\w.-]*\Z")  # and not -p$PASSWORD, which has its value
_IN_COMMAND = "a password in a command"


def in_arguments(leading: Sequence[Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Found]]:
    """The secrets in arguments, by index; `leading` is what stands before them in the command."""
    words = [one if isinstance(one, str) else "" for one in (*leading, *arguments)]
    text = "\n".join(words)
    in_options = dict(_in_options(words))
    is_likely = in_options or may_name_secret(text.lower()) or "-p" in text
    if not (is_likely or any(known_secrets(text)) or any(doubtful("", text))):
        return  # most are: to look at each would take longer
    has_user = any(map(_USER.match, words))
    has_interpreter = any(map(_INTERPRETER.match, words))
    before = ""
    for index, argument in enumerate(words[len(leading) :]):
        is_program = has_interpreter and before in ("-c", "-e")
        found = _in_argument(argument, before, Language.PROGRAM if is_program else Language.SHELL)
        judgement = in_options.get(len(leading) + index, Judgement.NONE)
        glued = _GLUED.match(argument) if has_user else None
        if glued and is_literal(glued[1]):
            judgement = max(judgement, accused_if(surely_literal(glued[1])))
        if judgement > judgement_of(found):
            found = (Found(0, 0, _IN_COMMAND, judgement),)
        for one in found:
            yield index, one
        before = argument


def _in_options(words: Sequence[str]) -> Iterator[tuple[int, Judgement]]:
    """The words with which an option of a known program has its password, by index."""
    words = [one if "\n" not in one else "" for one in words]
    ends = [*accumulate(len(word) + 1 for word in words)]
    for one in known_secrets(" ".join(words)):
        if one.what == _IN_COMMAND:
            yield bisect_left(ends, one.end), one.judgement


def _in_argument(argument: str, before: str, language: Language) -> tuple[Found, ...]:
    option = before.lstrip("-") if before.startswith("-") and len(before) > _SHORT else ""
    named = judge_pair(option, argument) if option and not argument.startswith("-") else None
    found = (
        (Found(0, 0, NAMED, named if _NAME.match(before) else Judgement.HIDDEN),) if named else ()
    )
    if judgement_of(found) is Judgement.ACCUSED:
        return found
    return (*found, *secrets_in("", argument, language), *in_manifests(argument))
