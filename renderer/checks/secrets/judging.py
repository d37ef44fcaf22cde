"""What is secret-like, in two judgements: what is hidden, and of that what is accused.

Wherever something is shown (a diff, a review, an error, a list), in doubt it is hidden: that costs
a reader a look into the file. What `render check` accuses stops a commit, and who finds no secret
there switches the rule off; so it must surely be one.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from renderer.checks.secrets.doubtful import is_random
from renderer.checks.secrets.names import (
    is_label,
    is_password,
    may_be_object,
    of_each,
    says_made,
    says_secret,
    surely_says_secret,
    words_of,
)
from renderer.checks.secrets.places import is_id_of_key, names_place
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.values import (
    is_literal,
    is_sample,
    literal_of,
    may_be_key,
    surely_literal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOGINS = frozenset(["credential", "credentials"])
# Of several values each: what a template fills in is not cut.
_PART = re.compile(r"(?:\{\{.*?\}\}|\$\{[^}]*\}|[^\s,;])+")
_OWNER = re.compile(r"\A(?:[\w.@-]+:)+")
_AMOUNT = re.compile(r"\d+(?:ms|[smhdwyKMGT]i?)?\Z")
# The words of which a wallet is made, and what they are called.
_PHRASE = re.compile(r"(?:[a-z]{3,8} ){11,23}[a-z]{3,8}\Z")
_PHRASES = (("mnemonic",), ("phrase",), ("seed",))
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


class Judgement(IntEnum):
    """What is done about a value. It is one scale: what is accused is hidden."""

    NONE = 0
    HIDDEN = 1
    ACCUSED = 2


def strongest(judgements: Iterable[Judgement]) -> Judgement:
    """The judgement of a whole by those of its parts."""
    return max(judgements, default=Judgement.NONE)


def accused_if(is_sure: bool) -> Judgement:
    """The judgement of what is hidden in any case."""
    return Judgement.ACCUSED if is_sure else Judgement.HIDDEN


def judge_pair(name: str, value: str) -> Judgement:
    """The judgement of a value by the name of its field or variable: `token`, or `tokens`, which
    holds several, each perhaps behind whose it is (`alice:hunter2,bob:...`)."""
    each = of_each(name)
    if not each:
        return judge_one(name, value)
    parts = {_OWNER.sub("", part) for part in _PART.findall(value)}
    return strongest(judge_of_all(each, part) for part in parts)


def judge_of_all(each: str, value: str) -> Judgement:
    """The judgement of one of several values, by what each is called.

    A name for all says less: it may be that of their settings (`tokens: strict`).
    """
    if _AMOUNT.match(value):
        return Judgement.NONE
    return min(judge_one(each, value), accused_if(is_made(value)))


def judge_one(name: str, value: str) -> Judgement:
    """The judgement of a value by a name that is not that of several.

    Any literal is a password. Settings that are called a key, token, secret or credential hold a
    name as often (of a Secret, of a session): there only what is made for a secret is accused.
    """
    if _PHRASE.match(value) and words_of(name)[-1:] in _PHRASES:
        return Judgement.ACCUSED
    if not says_secret(name):
        is_doubtful = not may_be_object(name, value) and is_literal(value) and is_made(value)
        return Judgement.HIDDEN if is_doubtful and not is_label(value) else Judgement.NONE
    is_secret = (
        is_literal(value)
        and (is_password(name) or may_be_key(name, value))
        and not is_label(value)
        and not names_place(name, value)
    )
    if not is_secret:
        # An id may be a secret all the same, where the service has no other.
        is_doubtful = is_id_of_key(name) and is_literal(value) and is_random(value)
        return Judgement.HIDDEN if is_doubtful else Judgement.NONE
    is_sure = surely_says_secret(name) and surely_literal(value)
    return accused_if(
        is_sure and (is_password(name) or _is_made_for(name, literal_of(value.strip())))
    )


def _is_made_for(name: str, value: str) -> bool:
    """Whether a literal is the key, token or secret of its name, and not the name of one."""
    if is_sample(value) or _is_id(name, value):
        return False
    return says_made(name) or is_made(value) or tells_kind(name, value)


def _is_id(name: str, value: str) -> bool:
    """Whether an encryption key is one that a cloud keeps: where it stands is its id."""
    return words_of(name)[-2:] == ("encryption", "key") and _UUID.match(value) is not None


def tells_kind(name: str, value: str) -> bool:
    """Whether a made-up value has in it what it is, but not behind, as a name has: web-token-01.

    No object is called with an underscore, and a secret may be; `web:word` is a login.
    """
    last = words_of(name)[-1].rstrip("0123456789")
    if (last == "secret" and "_" in value) or (last in _LOGINS and ":" in value):
        return True
    return last in ("secret", "token") and last in words_of(value)[:-1]


def judge_number(name: str) -> Judgement:
    """The judgement of a number by the name of its field, which says that it is a password."""
    return accused_if(says_secret(name) and surely_says_secret(name))
