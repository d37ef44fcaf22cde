"""Names that say that their value is a secret."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAK = re.compile(r"[^a-z0-9]+")

# One of them is in every name that says secret.
_KEYWORDS = ("pass", "pw", "secret", "token", "key", "credential")

_PASSWORDS = ("password", "passwd", "passphrase")
_ENDINGS = (
    *_PASSWORDS,
    "accesskey",
    "apikey",
    "encryptionkey",
    "privatekey",
    "secret",
    "secretkey",
    "token",
)
_WORDS = frozenset(["credential", "credentials", "pass", "pw", "pwd"])
# `key` says nothing alone.
_KEYS = frozenset(
    [
        "access",
        "account",
        "api",
        "auth",
        "cipher",
        "cookie",
        "crypto",
        "encryption",
        "fernet",
        "hmac",
        "jwt",
        "master",
        "private",
        "secret",
        "session",
        "shared",
        "signing",
        "storage",
    ]
)
# With these before it, `secret` is the name of an object that holds one.
_OBJECTS = frozenset(
    [
        "auth",
        "ca",
        "cert",
        "certificate",
        "existing",
        "git",
        "image",
        "k8s",
        "kube",
        "kubernetes",
        "pull",
        "registry",
        "ssh",
        "tls",
    ]
)


def is_password(name: str) -> bool:
    """Whether a name says password: then even a number is one."""
    words = _words(name)
    return bool(words) and (words[-1].endswith(_PASSWORDS) or words[-1] in ("pass", "pw", "pwd"))


def says_secret(name: str) -> bool:
    """Whether the last words of a name say that the value is a secret.

    `password_min_length`, `token_url`, `secretName`, `key_file` and `password_cmd` do not. A
    name that says so twice, as `password_secret`, is that of a place to look it up.
    """
    return may_name_secret(name.lower()) and _say_secret(_words(name))


def may_name_secret(text: str) -> bool:
    """Whether a text in lower case may hold a name that says secret: fast."""
    return any(word in text for word in _KEYWORDS)


def _say_secret(words: list[str]) -> bool:
    if not words or "public" in words[-3:]:
        return False
    last = words[-1]
    before = words[-2] if len(words) > 1 else ""
    if last == "key":
        return before in _KEYS
    if last == "secret":
        return before not in _OBJECTS and not _say_secret(words[:-1])
    return last.endswith(_ENDINGS) or last in _WORDS


def _words(name: str) -> list[str]:
    parts = _BREAK.split(_HUMP.sub("_", name).lower())
    return [part for part in parts if part]
