"""From the text of an expression to its program, by the rules of Go's regexp/syntax (parse.go)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.expressions.classes import between, folded, none_of, one_of
from renderer.expressions.error import ExpressionError
from renderer.expressions.escapes import class_at, escape_at, named_class_at
from renderer.expressions.program import Assertion, alternation, repetition

if TYPE_CHECKING:
    from renderer.expressions.program import Accepts, Program

LONGEST: Final = 4096  # characters of an expression
_MOST_INSTRUCTIONS: Final = 5000  # a name of 253 characters then takes a quarter of a second
_DEEPEST: Final = 200  # groups in groups; in Go, 1,000 levels of all that nests
_MOST_REPEATED: Final = 1000  # Go's own bound, also for repetitions in repetitions together

_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}", re.ASCII)
_NAMED = re.compile(r"\(\?P?<([^>]*)>")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_AROUND = re.compile(r"\(\?<?[=!]")
_ASSERTIONS = {
    "A": Assertion.TEXT_START,
    "z": Assertion.TEXT_END,
    "b": Assertion.BOUNDARY,
    "B": Assertion.NO_BOUNDARY,
}
_STARS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class _Part(NamedTuple):
    """A piece of an expression; `repeated` is how often what is in it is repeated at most."""

    program: Program
    repeated: int = 1


class _Group:
    """A group that is open: its alternatives so far, the parts of the last, the flags outside."""

    def __init__(self, flags: frozenset[str]) -> None:
        self.flags = flags
        self.alternatives: list[_Part] = []
        self.parts: list[_Part] = []

    def bar(self) -> None:
        program = tuple(one for part in self.parts for one in part.program)
        repeated = max((one.repeated for one in self.parts), default=1)
        self.alternatives.append(_Part(program, repeated))
        self.parts = []

    def close(self) -> _Part:
        self.bar()
        program = alternation([one.program for one in self.alternatives])
        return _Part(program, max(one.repeated for one in self.alternatives))


def parse(expression: str) -> Program:
    """The program of an expression. Raises ExpressionError for what Go or kustomize refuses."""
    if len(expression) > LONGEST:
        raise ExpressionError(f"it is longer than {LONGEST:,} characters")
    return _Parser(expression).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags: frozenset[str] = frozenset()
        self._groups = [_Group(self._flags)]

    def parse(self) -> Program:
        was_repeated = False
        while self._at < len(self._text):
            char = self._text[self._at]
            counted = _COUNT.match(self._text, self._at) if char == "{" else None
            if char in _STARS or counted:
                self._repeat(counted, was_repeated=was_repeated)
                was_repeated = True
                continue
            was_repeated = False
            self._one(char)
        if len(self._groups) > 1:
            raise ExpressionError("a ( is not closed")
        program = self._groups[0].close().program
        _check_size(len(program))
        return program

    def _one(self, char: str) -> None:
        """What stands here and repeats nothing."""
        match char:
            case "(":
                self._open()
                return
            case "[":
                self._push(self._class())
                return
            case "\\":
                self._escape()
                return
        self._at += 1
        is_multiline = "m" in self._flags
        match char:
            case "|":
                self._groups[-1].bar()
            case ")":
                self._close()
            case "^":
                self._assert(Assertion.LINE_START if is_multiline else Assertion.TEXT_START)
            case "$":
                self._assert(Assertion.LINE_END if is_multiline else Assertion.TEXT_END)
            case ".":
                takes_all = "s" in self._flags
                self._push(lambda one: takes_all or one != "\n")
            case _:
                self._literal(char)

    # What is pushed

    def _push(self, accepts: Accepts) -> None:
        self._groups[-1].parts.append(_Part((accepts,)))

    def _assert(self, assertion: Assertion) -> None:
        self._groups[-1].parts.append(_Part((assertion,)))

    def _literal(self, char: str) -> None:
        self._push(self._cased(between(char, char)))

    def _cased(self, accepts: Accepts) -> Accepts:
        return folded(accepts) if "i" in self._flags else accepts

    # Groups

    def _open(self) -> None:
        text, at = self._text, self._at
        inside = self._flags
        if not text.startswith("(?", at):
            self._at += 1
        elif around := _AROUND.match(text, at):
            raise ExpressionError(f"{around[0]} looks ahead or behind, which Go's cannot")
        elif named := _NAMED.match(text, at):
            if not re.fullmatch(r"\w+", named[1], re.ASCII):
                raise ExpressionError(f"{named[0]} names no group")
            self._at = named.end()
        elif flags := _FLAGS.match(text, at):
            inside = self._flags.union(flags[1]).difference(flags[2] or "")
            self._at = flags.end()
            if flags[3] == ")":  # for what follows in the group that is open
                self._flags = inside
                return
        else:
            raise ExpressionError(f"{text[at : at + 3]} begins no group that Go knows")
        self._groups.append(_Group(self._flags))
        self._flags = inside
        if len(self._groups) > _DEEPEST:
            raise ExpressionError(f"it nests more than {_DEEPEST} groups")

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise ExpressionError("a ) closes nothing")
        group = self._groups.pop()
        self._flags = group.flags
        part = group.close()
        _check_size(len(part.program))
        self._groups[-1].parts.append(part)

    # Repetitions

    def _repeat(self, counted: re.Match[str] | None, *, was_repeated: bool) -> None:
        text, at = self._text, self._at
        least, most = _counts(counted) if counted else _STARS[text[at]]
        end = counted.end() if counted else at + 1
        end += text.startswith("?", end)  # as few as possible: the same texts match
        sign, times = text[at:end], max(least, most or 0)
        if counted and times > _MOST_REPEATED:
            raise ExpressionError(f"{sign} repeats more than {_MOST_REPEATED:,} times")
        if most is not None and least > most:
            raise ExpressionError(f"{sign} has its smaller number last")
        if was_repeated:
            raise ExpressionError(f"{sign} repeats what is repeated already")
        parts = self._groups[-1].parts
        if not parts:
            raise ExpressionError(f"nothing stands before {sign}")
        part = parts.pop()
        repeated = part.repeated
        if counted:
            repeated = 1 if most == 0 else repeated * max(times, 1)
        if times > 1 and repeated > _MOST_REPEATED:
            message = f"{sign} and what it repeats give more than {_MOST_REPEATED:,} repetitions"
            raise ExpressionError(message)
        _check_size(len(part.program) * times)
        parts.append(_Part(repetition(part.program, least, most), repeated))
        self._at = end

    # Escapes and classes

    def _escape(self) -> None:
        text, at = self._text, self._at
        letter = text[at + 1 : at + 2]
        if letter in _ASSERTIONS:
            self._at += 2
            self._assert(_ASSERTIONS[letter])
        elif letter == "Q":
            end = text.find("\\E", at + 2)
            if end < 0:  # kustomize writes )$ behind, which would be quoted too
                raise ExpressionError("a \\Q is not ended by \\E")
            for char in text[at + 2 : end]:
                self._literal(char)
            self._at = end + 2
        elif (found := class_at(text, at, folds="i" in self._flags)) is not None:
            accepts, self._at = found
            self._push(accepts)
        else:
            char, self._at = escape_at(text, at)
            self._literal(char)

    def _class(self) -> Accepts:
        text, folds = self._text, "i" in self._flags
        at = self._at + 1
        negated = text.startswith("^", at)
        at += negated
        parts: list[Accepts] = []
        while not (text.startswith("]", at) and parts):
            found = named_class_at(text, at, folds=folds) or class_at(text, at, folds=folds)
            if found is not None:
                accepts, at = found
            else:
                first, at = _class_char(text, at)
                last, begin = first, at
                if text.startswith("-", at) and at + 1 < len(text) and text[at + 1] != "]":
                    last, at = _class_char(text, at + 1)
                if last < first:
                    raise ExpressionError(f"{first}{text[begin:at]} is no range: it runs backwards")
                accepts = self._cased(between(first, last))
            parts.append(accepts)
        self._at = at + 1
        return none_of(one_of(parts)) if negated else one_of(parts)


def _check_size(instructions: int) -> None:
    if instructions > _MOST_INSTRUCTIONS:
        raise ExpressionError("it becomes too large where its repetitions are written out")


def _class_char(text: str, at: int) -> tuple[str, int]:
    if at >= len(text):
        raise ExpressionError("a [ is not closed")
    return escape_at(text, at) if text[at] == "\\" else (text[at], at + 1)


def _counts(counted: re.Match[str]) -> tuple[int, int | None]:
    least = int(counted[1][:9])
    if not counted[2]:
        return least, least
    return least, int(counted[3][:9]) if counted[3] else None
