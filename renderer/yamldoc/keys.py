"""The order in which go-yaml v2 prints mapping keys."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def sorted_keys(keys: Iterable[str]) -> list[str]:
    """The keys in the order of go-yaml v2's `keyList` (sorter.go): numbers by their value.

    That order runs in circles for some keys (0x1F < 1Ex < 093 < 0x1F); kustomize then prints
    another order at every run, and we one that depends on nothing but the keys. What is a
    letter is decided by Python's edition of Unicode, which may be a little older than Go's.
    """
    names = sorted(keys)
    if all(name.isascii() and name.isalpha() for name in names):
        return names
    return sorted(names, key=cmp_to_key(_compare))


def _compare(a: str, b: str) -> int:
    """Negative if `a` goes first: at the first difference, letters last, numbers by value."""
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left == right:
            continue
        left_letter, right_letter = left.isalpha(), right.isalpha()
        if left_letter and right_letter:
            return -1 if left < right else 1
        if left_letter or right_letter:
            return -1 if right_letter else 1
        return _compare_numbers(a, b, index)
    return len(a) - len(b)


def _compare_numbers(a: str, b: str, index: int) -> int:
    start = 0
    if a[index] == "0" or b[index] == "0":
        # A zero counts only behind a digit that is not: 10 > 9, but 01 and 1 are one number.
        before = index - 1
        while before >= 0 and a[before].isdecimal():
            if a[before] != "0":
                start = 1
                break
            before -= 1
    left, left_end = _number_at(a, index, start)
    right, right_end = _number_at(b, index, start)
    if left != right:
        return -1 if left < right else 1
    if left_end != right_end:
        return left_end - right_end
    return -1 if a[index] < b[index] else 1


def _number_at(text: str, index: int, value: int) -> tuple[int, int]:
    """The digits from `index` on as a number that wraps as Go's int64 does, and their end."""
    while index < len(text) and text[index].isdecimal():
        value = value * 10 + ord(text[index]) - ord("0")
        index += 1
    return (value + 2**63) % 2**64 - 2**63, index
