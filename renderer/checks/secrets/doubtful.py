"""What may be a secret though nothing says so: it is hidden where it stands, and never accused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.secrets.names import is_public, words_of
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.values import decoded, is_invented, is_literal, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

RANDOM = "a value that is written as keys are"
HASHED = "the hash of a password"
LOGIN = "a user with a password"

_SHORTEST, _LONGEST = 32, 300  # characters
_CHARACTERS = rf"(?!/)[\w+/.-]{{{_SHORTEST},{_LONGEST}}}={{0,2}}"
_WHOLE = re.compile(rf"\s*({_CHARACTERS})\s*\Z")
# Of a shorter value the name says that it may be one.
_SHORT = re.compile(rf"\s*((?!/)[\w+/.-]{{10,{_LONGEST}}}={{0,2}})\s*\Z")
_LIKELY = (("auth",), ("cookie",), ("pincode",), ("salt",), ("seed",), ("signature",))
# In a text: behind a sign, up to the end of the value.
_BEHIND = re.compile(rf"[=:][ \t]*\\*[\"']?({_CHARACTERS})\\*[\"']?[ \t]*(?=[,;}}\]\r\n]|\Z)")
_NAME = re.compile(r"([\w.-]{1,80})\\*[\"']?\s{0,4}\Z")
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_JOINED = re.compile(r"[-_.]")
_SHORTEST_PART = 10  # characters of the longest, between what joins words
_LONGEST_RUN = 3  # characters on an average; words are longer
# The value of such a name says what something else is like, or which key is meant.
_SUMS = word_set(
    "checksum checksums commit digest etag h1 hash integrity kid md5 nonce public revision sha sha1"
    " sha256 sha384 sha512 sum uid version"
)
# A token with which a node joins a cluster of kubeadm.
_BOOTSTRAP = re.compile(r"[a-z0-9]{6}\.(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{16}\Z")
# The password is `X`, in a sentence.
_SAID = re.compile(r"(?i)\b(?:key|pass\w{4,6}|secret|token) is:?\s+[`\"']([^\s`\"']{10,300})[`\"']")
# user=web:hunter2, as a TURN server writes it.
_LOGIN = re.compile(
    r"\b(?:auth|login|user)\\*[\"']?[ \t]*[:=][ \t]*\\*[\"']?[\w.@-]{1,60}:([^\s\"':/@,;{}$]{6,})"
)
# That of crypt(3), bcrypt, argon2 and what Django and PostgreSQL store: guessed if it is weak.
_HASH = re.compile(
    r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"
    r"|\$(?:1|5|6|7|apr1|y)\$[\w./,=-]{0,64}\$(?:[\w./=-]{1,64}\$)?[./A-Za-z0-9]{22,90}"
    r"|\$argon2(?:d|id?)\$[\w=,$]{1,60}\$[\w+/=]{8,120}\$[\w+/=]{20,120}"
    r"|\{S?SHA\d{0,3}\}[\w+/]{27,120}={0,2}"
    r"|\bpbkdf2_sha\d+\$\d+\$[^$\s]{1,60}\$[\w+/]{20,120}={0,2}"
    r"|\bSCRAM-SHA-256\$\d+:[\w+/=]{8,60}\$[\w+/=]{20,90}:[\w+/=]{20,90}"
)


def doubtful(name: str, text: str) -> Iterator[tuple[int, int, str]]:
    """Where something stands that may be a secret (offset, end), and what it is."""
    for offset, end in _random_values(name, text):
        yield offset, end, RANDOM
    for offset, end in _said(text):
        yield offset, end, RANDOM
    if _BOOTSTRAP.match(text):
        yield 0, len(text), RANDOM
    for found in _LOGIN.finditer(text) if ":" in text else ():
        if is_made(found[1]) and is_literal(found[1]):
            yield *found.span(1), LOGIN
    for found in _HASH.finditer(text) if "$" in text or "}" in text else ():
        yield *found.span(), HASHED


def _random_values(name: str, text: str) -> Iterator[tuple[int, int]]:
    is_likely = words_of(name)[-1:] in _LIKELY
    whole = (_SHORT if is_likely else _WHOLE).match(text)
    if whole and _may_be_key(name, whole[1]):
        yield whole.span(1)
    for found in _BEHIND.finditer(text) if len(text) > _SHORTEST else ():
        before = _name_before(text, found.start())
        if _may_be_key(before, found[1]) and not _is_encrypted(text, found.start()):
            yield found.span(1)


def _said(text: str) -> Iterator[tuple[int, int]]:
    for found in _SAID.finditer(text) if " is" in text else ():
        if is_random(found[1]) and is_literal(found[1]) and not is_invented(found[1]):
            yield found.span(1)


def is_random(value: str) -> bool:
    """Whether a value mixes capitals, small letters and digits as nobody does who writes words."""
    part = max(_JOINED.split(value), key=len)  # ViT-SO400M-16 is a name
    runs = _RUNS.findall(part)
    return (
        len(runs) * _LONGEST_RUN >= len(part) >= _SHORTEST_PART
        and any(run.isdigit() for run in runs)
        and not (part.islower() or part.isupper())
    )


def _may_be_key(name: str, value: str) -> bool:
    if not is_random(value) or is_public(name) or not _SUMS.isdisjoint(words_of(name)):
        return False
    inner = decoded(value)
    if inner and not (_WHOLE.match(inner) and is_random(inner)):
        return False  # a text, which is looked at itself
    return is_literal(value) and not is_invented(value)


def _is_encrypted(text: str, offset: int) -> bool:
    """Whether SOPS or Vault encrypted the value."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return "ENC[" in line or "vault:v" in line


def _name_before(text: str, offset: int) -> str:
    before = _NAME.search(text, max(0, offset - 100), offset)
    return before[1] if before else ""
