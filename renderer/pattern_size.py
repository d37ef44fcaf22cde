"""How large a regular expression is with its repetitions written out: `(a{50}){50}` is 2,500."""

from __future__ import annotations

import re
from functools import lru_cache

CLASS = 8  # how much more memory a class such as `.` or `[a-z]` takes than a character
UNICODE = 2000  # and one of Unicode, such as \p{L}

_ESCAPE = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|.)", re.DOTALL)
_CLASS = re.compile(r"\[[^\]]*\]")
_REPEATED = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}")
# What may be read in several ways: classes in classes, `[]...]`, and comments of the flag x.
_UNCLEAR = re.compile(r"\[\^?\]|\[[^\]]*[\[()]|\(\?[a-zA-Z-]*x")
_MOST = 10**9


@lru_cache(maxsize=4096)
def pattern_size(pattern: str, *, in_memory: bool = False) -> int:
    """No fewer than the characters and classes in a pattern, each as often as it is repeated.

    `in_memory` counts classes by what they take. Where it is not clear what a repetition repeats,
    all repeat the whole.
    """
    classes = (CLASS, UNICODE) if in_memory else (1, 1)
    plain = _ESCAPE.sub(lambda found: "\2" if found[0][1] in "pP" else "\1", pattern)
    sizes = {"\1": classes[0], "\2": classes[1], ".": classes[0]}
    if _UNCLEAR.search(plain):
        total = sum(sizes.get(one, classes[0]) for one in plain)
        for repeated in _REPEATED.finditer(plain):
            total = min(_MOST, total * _times(repeated))
        return total
    return _written_out(plain, sizes, classes[0])


def _written_out(plain: str, sizes: dict[str, int], class_size: int) -> int:
    around: list[int] = []  # for each open group, the size of what stands before it
    total = last = at = 0
    while at < len(plain):
        char, end = plain[at], at + 1
        if char == "(":
            around.append(total + 1)
            total = last = 0
        elif char == ")" and around:
            last = total
            total += around.pop()
        elif char == "{" and (repeated := _REPEATED.match(plain, at)):
            grown = min(_MOST, last * _times(repeated))
            total, last, end = total + grown - last, grown, repeated.end()
        elif char == "[" and (found := _CLASS.match(plain, at)):
            inside = sum(sizes.get(one, 1) for one in found[0]) if class_size > 1 else 0
            last = class_size + inside
            total, end = total + last, found.end()
        elif char in "*+?":
            total += 1  # a repetition after it repeats what stands before it
        else:
            last = sizes.get(char, 1)
            total += last
        at = end
    return min(_MOST, total + sum(around))


def _times(repeated: re.Match[str]) -> int:
    return max([1, *(int(one[:10]) for one in repeated.groups() if one)])
