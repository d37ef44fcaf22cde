"""When a CronJob runs: the form of a schedule.

https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#writing-a-cronjob-spec
"""

from __future__ import annotations

import re

_WANTED = "a schedule is five fields, minute hour day month weekday (30 2 * * 1-5), or as @daily"
_NAMED = ("@annually", "@daily", "@hourly", "@midnight", "@monthly", "@weekly", "@yearly")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("weekday", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_RANGE = re.compile(r"(?:[*?](?:-\w*)?|(\w+)(?:-(\w+))?)(?:/(\d{1,9}))?\Z", re.ASCII)
_EVERY = re.compile(r"@every -?(?:\d+(?:\.\d*)?(?:ns|us|ms|s|m|h))+\Z", re.ASCII)


def wrong_schedule(value: str) -> str:
    """What is wrong with a schedule, without the schedule; empty if it is well."""
    if "TZ" in value:
        return "a schedule has no time zone: set spec.timeZone"
    if value.startswith("@"):
        return "" if value in _NAMED or _EVERY.match(value) else _WANTED
    fields = value.split()
    if len(fields) != len(_FIELDS):
        return f"{_WANTED}; these are {len(fields)}"
    for text, (name, least, most, words) in zip(fields, _FIELDS, strict=True):
        for one in text.split(","):
            if one and not _is_range(one.lower(), least, most, words):
                return f"the {name} of a schedule is {least} to {most}: * or 1-3 or */2 or 1,2"
    return ""


def _is_range(text: str, least: int, most: int, words: dict[str, int]) -> bool:
    found = _RANGE.match(text)
    if not found or (found[3] and not int(found[3])):
        return False
    first, last = (_number(found[group], words) for group in (1, 2))
    if found[1] is None:
        return True
    if first is None or (last is None and found[2]):
        return False
    return least <= first <= (first if last is None else last) <= most


def _number(text: str | None, words: dict[str, int]) -> int | None:
    if text is None:
        return None
    if text in words:
        return words[text]
    return int(text) if text.isdecimal() and len(text) < 10 else None
