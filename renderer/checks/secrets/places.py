"""Whether a value is the name of a place where a secret is, though its own name says secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.secrets.names import (
    LONGEST_NAME,
    SECRETS,
    is_password,
    is_public,
    words_of,
    words_of_one,
)
from renderer.checks.secrets.values import literal_of, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

# What names Secrets and their keys ends with: also `https-keystore`, `client-secret`.
_PLACES = word_set(
    "auth ca cert certificate certs certificates config cred credential credentials creds jwk jwks"
    " key keys keystore passphrase password passwords pull secret secrets ssl tls token tokens"
    " truststore"
)
_SHORTEST_ACCESS_KEY = 25  # characters; that of AWS, which is an id, has 20
_OF_SECRETS = ("secrets", "credentials", "creds")
# Also INSTALLATION_PREFIX-smtp, of which a part is filled in.
_PLACE = re.compile(
    r"[a-z0-9]+(?:(?:[-.]+[a-z0-9]+)+|_[a-z0-9]+)\Z|[A-Z]+(?:_[A-Z]+)*(?:-[a-z0-9]+)+\Z"
)
_PLACES_ON_THE_WAY = re.compile(r"[a-z][a-z0-9._-]*(?:/[a-z][a-z0-9._-]*)+\Z")  # kv/web-secrets/a
_KEY = re.compile(r"[A-Za-z][\w.-]*\Z")
_WORDS_OF_A_NAME = re.compile(r"[a-z]+(?:[-_][a-z]+)*\Z")
# default/web, webTlsSecret
_NAMESPACED = re.compile(r"[a-z][a-z0-9-]*/[a-z][a-z0-9.-]*\Z|[a-z]+(?:[A-Z][a-z]+)*Secret\Z")
# Also oidc-secret-one, but not what a person made up to be one.
_SECRET_OF = re.compile(
    r"(?!(?:a|my|our|some|super|the|this|top|very|your)-)(?:[a-z0-9]+-)+secret-[a-z0-9]+\Z"
)


def names_place(name: str, value: str) -> bool:
    """Whether a value is the name of a Secret or of a key, though its own name says secret.

    `https_secret: https-keystore` and `secretKey: password` are; a password may look like that too.
    So is an access key: to be the secret, it must be longer than an id.
    """
    value = literal_of(value)
    if len(value) > LONGEST_NAME:
        return False
    words, value_words = words_of_one(name), words_of(value)
    if words == value_words and (len(words) > 1 or not is_password(name)):
        return True  # `clientSecret: client-secret`
    if _PLACES_ON_THE_WAY.match(value) and _are_places(value.split("/")):
        return True
    if is_password(name) or not words:
        return False
    # `credentials: same-origin`; `awsSecretAccessKey: secret_access_key`
    is_word = _WORDS_OF_A_NAME.match(value) and not value.startswith("change")
    is_word = is_word and words[-1] == "credentials"
    if is_word or (len(value_words) > 1 and words[-len(value_words) :] == value_words):
        return True
    if is_id_of_key(name):
        return len(value) < _SHORTEST_ACCESS_KEY
    is_object = _PLACE.match(value) is not None and len(value_words) > 1
    if value.endswith(_OF_SECRETS) or (is_object and value_words[-1] in _PLACES):
        return True
    if words[-1] == "secret":
        if words[:-1] == value_words:
            return True  # `OPERATOR_SECRET: operator`
        is_secret = not SECRETS.isdisjoint(words[-2:-1])
        is_named = _NAMESPACED.match(value) or _SECRET_OF.match(value)
        return (is_object and not is_secret) or is_named is not None
    return words[-1] == "key" and _names_key(words, value)


def is_id_of_key(name: str) -> bool:
    """Whether a name is that of an access key, which often is the id of a secret one."""
    words = words_of_one(name)
    is_access_key = words[-1:] and words[-1].endswith("accesskey")
    is_access_key = is_access_key or words[-2:] == ("access", "key")
    return bool(is_access_key) and "secret" not in words[-3:]


def _names_key(words: tuple[str, ...], value: str) -> bool:
    """Whether a value is the name of a key, mostly of one word: of a Secret, or of a cloud."""
    if words[-2:] == ("crypto", "key") and _WORDS_OF_A_NAME.match(value):
        return True
    is_place = not _PLACES.isdisjoint(words_of(value)[-1:])
    return _KEY.match(value) is not None and (is_place or is_public(value))


def _are_places(steps: Iterable[str]) -> bool:
    """Whether one of the steps of a path is called as Secrets and their keys are."""
    return any(not _PLACES.isdisjoint(words_of(step)[-1:]) for step in steps)
