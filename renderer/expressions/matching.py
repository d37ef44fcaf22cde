"""Matching a text: all ways through a program at once, so that no text takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from renderer.expressions.classes import PERL
from renderer.expressions.program import Assertion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.expressions.program import Program

_States = frozenset[int]

_MOST_KEPT: Final = 10_000  # numbers in the states that are remembered: 1 MB
_is_word = PERL["w"]


class Matcher:
    """A program, and what is known of it from texts that were matched before."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._looks_around = any(isinstance(one, Assertion) for one in program)
        self._after: dict[tuple[_States, str, str], _States] = {}
        self._kept = 0

    def matches(self, text: str) -> bool:
        """Whether the text matches as a whole."""
        states, before = frozenset((0,)), ""
        for char in text:
            states = self._step(states, before if self._looks_around else "", char)
            if not states:
                return False
            before = char
        return len(self._program) in self._reached(states, before, "")

    def _step(self, states: _States, before: str, char: str) -> _States:
        """Where the program may stand behind a character."""
        key = states, before, char
        found = self._after.get(key)
        if found is None:
            program = self._program
            found = frozenset(
                state + 1
                for state in self._reached(states, before, char)
                if state < len(program) and callable(one := program[state]) and one(char)
            )
            if self._kept > _MOST_KEPT:
                self._after.clear()
                self._kept = 0
            self._after[key] = found
            self._kept += len(found) + 1
        return found

    def _reached(self, states: Iterable[int], before: str, after: str) -> set[int]:
        """The states that can be reached between two characters; empty ones are the ends."""
        program, size = self._program, len(self._program)
        reached = set(states)
        waiting = [*reached]
        while waiting:
            state = waiting.pop()
            one = program[state] if state < size else ()
            if isinstance(one, tuple):
                following = [state + distance for distance in one]
            elif isinstance(one, Assertion) and _holds(one, before, after):
                following = [state + 1]
            else:
                continue
            for state in following:
                if state not in reached:
                    reached.add(state)
                    waiting.append(state)
        return reached


def _holds(assertion: Assertion, before: str, after: str) -> bool:
    match assertion:
        case Assertion.TEXT_START:
            return not before
        case Assertion.TEXT_END:
            return not after
        case Assertion.LINE_START:
            return before in ("", "\n")
        case Assertion.LINE_END:
            return after in ("", "\n")
    is_boundary = (before != "" and _is_word(before)) != (after != "" and _is_word(after))
    return is_boundary == (assertion is Assertion.BOUNDARY)
