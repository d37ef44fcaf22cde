"""What an expression is compiled to: instructions whose jumps are relative, so that they can be
repeated by copying.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias


class Assertion(IntEnum):
    """What must hold between two characters."""

    TEXT_START = 0
    TEXT_END = 1
    LINE_START = 2
    LINE_END = 3
    BOUNDARY = 4
    NO_BOUNDARY = 5


Accepts: TypeAlias = Callable[[str], bool]
"""Whether one character belongs to a class."""

# A class takes one character and goes on with the next instruction, an assertion goes on if it
# holds, and jumps go on at each of their distances. Behind the last one, all is matched.
Jumps: TypeAlias = tuple[int, ...]
Instruction: TypeAlias = "Accepts | Assertion | Jumps"
Program: TypeAlias = tuple[Instruction, ...]


def alternation(programs: list[Program]) -> Program:
    """One of several programs."""
    found = programs[-1]
    for program in reversed(programs[:-1]):
        found = ((1, len(program) + 2), *program, (len(found) + 1,), *found)
    return found


def repetition(program: Program, least: int, most: int | None) -> Program:
    """A program again and again; without `most`, for ever."""
    size = len(program)
    if most is None:
        if least == 0:
            return ((1, size + 2), *program, (-size - 1,))
        return (*program * least, (-size, 1))
    rest = (most - least) * (size + 1)
    optional: list[Instruction] = []
    while rest:
        optional += ((1, rest), *program)
        rest -= size + 1
    return (*program * least, *optional)
