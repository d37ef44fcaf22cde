"""What a name says of its value: a secret, or what is public."""

from __future__ import annotations

import re
from functools import lru_cache

from renderer.checks.secrets.values import word_set

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAK = re.compile(r"[^a-z0-9]+")

# One of several is numbered: PASSWORD_2, token1.
_NUMBER = re.compile(r"(?<=[A-Za-z])[-_.]?\d{1,5}\Z")

# One of them is in every name that says secret.
_KEYWORDS = (
    *("pass", "pw", "psk", "psw", "secret", "token", "key", "credential", "masterauth"),
    *("bearer", "hmac", "mnemonic", "erlang"),
)

_PASSWORDS = ("password", "passwd", "passwrd", "passphrase", "passcode")
_ENDINGS = (
    *_PASSWORDS,
    "accesskey",
    "apikey",
    "authkey",
    "encryptionkey",
    "privatekey",
    "secret",
    "secretkey",
    "token",
)
_PASSWORD_WORDS = word_set(
    "adminpass bindpass bindpw dbpass keypass masterauth pass psk psw pw pwd pword requirepass"
    " rootpass rootpw storepass userpass"
)
_WORDS = frozenset(["bearer", "credential", "credentials", "hmac", "mnemonic"])
# `key` says nothing alone.
_KEYS = word_set(
    "access account activation aes api auth bearer cipher cookie crypto decryption encryption"
    " fernet hash hmac jwt licence license master preshared private recovery secret session shared"
    " signing storage unseal vapid"
)
# Several words that say secret only together.
_TOGETHER = (("secret", "key", "base"), ("erlang", "cookie"))
# The last word says in which form, or for which system, a secret is.
_FORMS = re.compile(
    r"(?<=[A-Za-z])[-_.]?(?:clear(?:text)?|dev|plain(?:text)?|prod|production|raw|staging)\Z",
    re.IGNORECASE,
)
# With these before it, `token` is a mark: of a request, of a page, in a text of a language model.
_MARKS = word_set(
    "begin bos continuation continue creation end eos idempotency mask next pad page"
    " request resume start stop unk"
)
# With these before it, `secret` is the name of an object that holds one.
_OBJECTS = word_set(
    "auth ca cert certificate config git https image k8s kube kubernetes pull registry ssh ssl tls"
)
# Anywhere in a name, they say that the value names something else.
_ELSEWHERE = word_set("existing from public ref reference")
# Before its last word, they say that it is a switch: whether there is a secret, or what is done.
_SWITCHES = word_set(
    "allow allowed automount create enable force generate has hide is require show skip use"
)
# With these before it, `pass` is one of several, or what is done: `--set-pass`, `first_pass`.
_VERBS = word_set("all by first get multi one second set single two")
_PRODUCTS = frozenset(["onepassword", "1password"])
# The last words of what tells who, where, which and how, and is no secret in a Secret either.
_PUBLIC = word_set(
    "addr address agent algorithm annotations app arn audience backend branch bucket ca cert"
    " channel cidr class cluster cname compression context count country crt currency database db"
    " dbname debug description dir directory dn domain driver duration email enabled endpoint"
    " endpoints engine env environment expiration expiry feature features filename fingerprint"
    " flavor folder format frequency from group groups handle host hostname hosts id identity ids"
    " image images index insecure instance interval ip ips issuer kind labels language level limit"
    " locale location login mail method mode name names namespace network number org organization"
    " origin output owner path period plan platform policy pool port prefix priority project"
    " protocol provider proxy queue realm recipients region registry replicas repo repository"
    " resource resources retention role schedule schema scheme scope scopes sender server servers"
    " service site size sku ssl sslmode stage status strategy subject subnet subscription suffix"
    " table tag tags team tenant theme threads timeout timezone title tls topic type tz uid unit"
    " uri url urls user username users vendor version vhost volume vpc workspace zone"
)
_PUBLIC_ENDINGS = (
    "name",
    "names",
    "host",
    "port",
    "clientid",
    "tenantid",
    "accountid",
    "appid",
    "ocid",
    "mtime",
)
# With these before it, `secret` is one and no object that holds one.
SECRETS = word_set(
    "access api app application client consumer cookie encryption hmac jwt master oauth session"
    " shared signing token"
)
# With these before it, `token` is one that people make up, to begin with.
_FIRST_TOKENS = word_set("admin bootstrap root verify")
LONGEST_NAME = 100  # characters
# Also nvapi-NVKEY, and key1, as clouds call one of two keys.
_PLACEHOLDER = re.compile(
    r"(?:[a-z]+-)?[A-Z_]*(?:KEY|PASSWORD|SECRET|TOKEN)\Z|(?:[a-z]+[-_])?[kK]ey[-_]?\d\Z"
)
_LABEL = re.compile(r"[A-Z][A-Z_]*\Z|[A-Z][a-z]+[:.]?\Z")  # DB_PASSWORD, Password
_SIGNS = re.compile(r"[^a-z0-9./-]")  # which are in no name of an object


@lru_cache(maxsize=8192)
def says_secret(name: str) -> bool:
    """Whether the last words of a name say that the value is a secret.

    `password_min_length`, `token_url`, `secretName`, `key_file`, `password_cmd` and
    `existingSecret` do not. A name that says so twice, as `password_secret`, is that of a place to
    look it up.
    """
    return may_name_secret(name.lower()) and _say_secret(words_of_one(name))


@lru_cache(maxsize=8192)
def of_each(name: str) -> str:
    """What each value below a name is called, where that says secret: password of `passwords`.

    Empty where it does not. `secrets` and `credentials` mostly tell where they are.
    """
    if not name.endswith(("s", "S")):
        return ""
    one = name[:-1]
    is_plain = words_of(one) in (("secret",), ("credential",))
    return one if says_secret(one) and not is_plain else ""


def surely_says_secret(name: str) -> bool:
    """Whether a name that says secret is that of no switch, of nothing done, and of no product."""
    *before, last = words_of_one(name) or ("",)
    if not _SWITCHES.isdisjoint(before) or last in _PRODUCTS:
        return False
    return last != "pass" or _VERBS.isdisjoint(before[-1:])


def says_made(name: str) -> bool:
    """Whether a name is of a secret that is made for one purpose, and stands there itself.

    `clientSecret` and `SECRET_KEY` are; a `secret`, a `token` or an `apiKey` may be called so, and
    `secretKey` is the key in a Secret as often.
    """
    before, last = ("", "", *words_of_one(name))[-2:]
    if last == "key":
        return before == "auth" or (before == "secret" and not name.endswith("Key"))
    if last == "token":
        return before in _FIRST_TOKENS
    return last == "secret" and (before in SECRETS or before == "http")


@lru_cache(maxsize=8192)
def is_password(name: str) -> bool:
    """Whether a name says password: then even a number is one."""
    words = words_of_one(name)
    return bool(words) and (words[-1].endswith(_PASSWORDS) or words[-1] in _PASSWORD_WORDS)


def may_be_object(name: str, value: str) -> bool:
    """Whether a value is the name of an object, where the name says that it may be: `auth-secret`,
    `tlsSecret`."""
    *before, last = words_of_one(name) or ("",)
    is_of_object = last == "secret" and not _OBJECTS.isdisjoint(before[-1:])
    return not is_of_object or not _ELSEWHERE.isdisjoint(before) or _SIGNS.search(value) is None


def is_public(name: str) -> bool:
    """Whether a name is of what a Secret holds beside the secret: who, where, which."""
    words = words_of(name)
    if not words or says_secret(name):
        return False
    last = words[-1].rstrip("0123456789")
    return last in _PUBLIC or last.endswith(_PUBLIC_ENDINGS)


def is_label(value: str) -> bool:
    """Whether a value is itself a name of a secret: of a variable, or what a user reads."""
    if len(value) > LONGEST_NAME:
        return " " in value
    words = value.split()
    is_name = len(words) == 1 and _LABEL.match(value) is not None
    is_name = is_name and any(map(says_secret, (value, *value.split("_"))))
    is_sentence = len(words) > 1 and any(map(says_secret, (*words, value)))
    return is_name or is_sentence or _PLACEHOLDER.match(value) is not None


def may_name_secret(text: str) -> bool:
    """Whether a text in lower case may hold a name that says secret: fast."""
    return any(word in text for word in _KEYWORDS)


def _say_secret(words: tuple[str, ...]) -> bool:
    if not words or not _ELSEWHERE.isdisjoint(words):
        return False
    if any(words[-len(some) :] == some for some in _TOGETHER):
        return True
    last = words[-1]
    before = words[-2] if len(words) > 1 else ""
    if last == "key":
        return before in _KEYS and not (before == "secret" and _say_secret(words[:-2]))
    if last == "secret":
        return before not in _OBJECTS and not _say_secret(words[:-1])
    if last == "token":
        return before not in _MARKS and "initial" not in words
    return last.endswith(_ENDINGS) or last in _WORDS or last in _PASSWORD_WORDS


def words_of_one(name: str) -> tuple[str, ...]:
    """The words of a name without the number of one of several, and without its form."""
    return words_of(_FORMS.sub("", _NUMBER.sub("", name)))


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, however it joins them."""
    parts = _BREAK.split(_HUMP.sub("_", name).lower())
    return tuple(part for part in parts if part)
