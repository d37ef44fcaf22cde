"""Whether a value is written as a secret is, or as the name of a thing is."""

from __future__ import annotations

import re
from functools import lru_cache

# Names have no other characters.
_NAME = re.compile(r"[A-Za-z0-9 _./:@-]+\Z")
_PARTS = re.compile(r"[A-Za-z0-9]+")
_RUNS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# An abbreviation has no vowel; a word has one, and more than a letter.
_SPOKEN = re.compile(
    r"(?i:(?!.*[bcdfghjklmnpqrstvwxz]{6})(?=.*[aeiouy])[a-z]{2,})\Z|[A-Z]{2,5}\Z|[a-z]{1,5}\Z"
)
# What people make up for a secret says so, or counts.
_MADE_UP = re.compile(
    r"change|insecure|qwert|letmein|super|top[-_]?secret|unsafe|\bvery|123|p[a@]ss(?:w[o0]rd|wd)"
    r"|(?<=[a-z])(?:secret|token|admin\Z)|secret(?!key)(?=[a-z])"
    r"|\A(?:abc|admin|foobar|password|root|secret|test|token)\Z"
)
_LEET = str.maketrans("013457", "oieast")  # s3cr3t
# One word and a number: hunter2, unless it is a thing that is counted, or the name of a format.
_NUMBERED = re.compile(r"[a-z]{4,}\d{1,4}\Z")
_COUNTED = re.compile(
    r"(?:account|app|base|cert|certificate|cluster|config|cred|credential|creds|data|db|file|group"
    r"|host|key|node|oauth|pod|port|role|route|secret|server|service|site|store|svc|tls|user|version"
    r"|volume|zone)\d+\Z"
)
_VERSION = re.compile(r"v\d+(?:alpha|beta|rc)\d+\Z")
_LONGEST_WORD = 20  # letters
_LONGEST_NUMBER = 4  # digits beside letters, as in a year or a port
_LONGEST_ALONE = 8  # digits, as in a date
_SHORT = 5  # characters, of which two may be numbers: s3v4


@lru_cache(maxsize=8192)
def is_made(value: str) -> bool:
    """Whether a value is one that nobody gives to a thing as its name.

    A name is of words, and of short numbers behind them: `ns/web-tls2`, `kubeconfig3`, `webTlsKey`.
    What is random has signs, capitals and digits in the midst of it, or is longer than words are;
    what is made up says so, or is a word with a number (`hunter2`). A word that is a secret all the
    same (`bacon`) cannot be told from a name.
    """
    if not _NAME.match(value):
        return True
    words = _HUMP.sub("-", value).lower()
    if "/" not in value and (_MADE_UP.search(words) or _MADE_UP.search(words.translate(_LEET))):
        return True
    if _NUMBERED.match(value) and not _COUNTED.search(value):
        return True
    return not all(map(_is_word, _PARTS.findall(value)))


def _is_word(part: str) -> bool:
    runs = _RUNS.findall(part)
    numbers = [run for run in runs if run.isdigit()]
    words = [run for run in runs if not run.isdigit()]
    if not words:
        return len(part) <= _LONGEST_ALONE
    if max(map(len, numbers), default=0) > _LONGEST_NUMBER:
        return False
    is_short = len(part) <= _SHORT and (part.islower() or part.isupper())
    if len(numbers) > 1 and not (is_short or _VERSION.match(part)):
        return False
    odd = sum(not _SPOKEN.match(word) for word in words)
    return odd <= (0 if numbers else 1) and max(map(len, words)) <= _LONGEST_WORD
