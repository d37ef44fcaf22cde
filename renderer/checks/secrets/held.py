"""The values of a Secret: what of them is secret, and what only stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.checks.secrets.judging import Judgement, accused_if, strongest, tells_kind
from renderer.checks.secrets.names import (
    is_label,
    is_password,
    is_public,
    says_secret,
    surely_says_secret,
    words_of,
)
from renderer.checks.secrets.pairs import Language, has_extension
from renderer.checks.secrets.places import names_place
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.texts import NAMED, judgement_of, secrets_in
from renderer.checks.secrets.values import (
    decoded,
    is_literal,
    is_sample,
    literal_of,
    surely_literal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.checks.secrets.texts import Found

ENCRYPTED = "ENC["  # how a value begins that SOPS encrypted
_HASH = re.compile(r"\$(?:2[abxy]?|[156y]|apr1|argon2\w*)\$|\{SSHA\}")
_CERTIFICATES = re.compile(
    r"(?:\s*-----BEGIN ((?:TRUSTED )?CERTIFICATE(?: REQUEST)?|PUBLIC KEY|X509 CRL|DH PARAMETERS)"
    r"-----(?:(?!-----).)*"
    r"-----END \1-----)+\s*\Z",
    re.DOTALL,
)
# A line of a file of settings: a name and a value, a section, a comment, an end.
_SETTING_LINE = re.compile(r"\s*(?:[#;/-].*|\[[^\]]*\]\s*|[\w.\"'-]+\s*[:={].*|[\]})]*,?\s*)\Z")
_SETTING = re.compile(r"[\w.\"'-]+\s*[:=]\s*\S|[#;]")
_ASSIGNMENT = re.compile(r"[A-Za-z][A-Za-z_.]{2,}=[^=\s]")  # which no base64 looks like
# Letters and digits are mixed, and that not only in a version at the end of words: model-large-2b.
_RANDOM = re.compile(r"(?=[\w%-]*(?:[A-Za-z]\d|\d[A-Za-z])[A-Za-z0-9]{3})[\w%-]{16,}")
_QUERY = re.compile(r"[?&]([\w.-]+)=(?=[^&\s])")
_KEY_WITHOUT_BODY = re.compile(r"-----BEGIN(?!.*[A-Za-z0-9+/=]{16})", re.DOTALL)
_HOST = re.compile(
    r"localhost\Z|(?:[a-z0-9-]+\.)+[a-z]{2,24}\.?(?::\d+)?\Z"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d{1,5})?\Z|(?=.*:.*:)[0-9a-f:]{3,39}(?:/\d{1,3})?\Z"
)
_LOOKED_UP = re.compile(r"(?:op|pvc|ref\+\w+|vault)://")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+\Z")
_LONGEST_PUBLIC = 100  # characters of a name
_LONGEST_LIST = 300  # of several names
_QUANTITY = re.compile(r"\d{1,6}(?:,\d{1,6})*(?:ms|[smhdwyKMGT]i?)?\Z")
_SENTENCE = re.compile(r"[A-Z]\w*(?: [\w,'-]+){3,}[.!?]\Z")
_ALGORITHM = re.compile(
    r"(?:aes|argon2|bcrypt|chacha20|ecdsa|ed25519|hmac|md5|pbkdf2|rsa|sha\d)(?![a-z]{3})[a-z\d-]{0,20}\Z"
)
_EMAILS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?:,\s*[\w.+-]+@[\w-]+(?:\.[\w-]+)+)*\Z")
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+\Z")  # KEY_LESS
_PASSPHRASE = re.compile(r"[a-z]+(?: [a-z]+){3,}\Z")  # correct horse battery staple
_RECIPIENT = re.compile(r"age1[a-z0-9]{58}\Z")
_HARMLESS = (_QUANTITY, _HOST, _SENTENCE, _ALGORITHM, _EMAILS, _CONSTANT, _RECIPIENT)
_PUBLIC_KEY = re.compile(r"(?:ssh|ecdsa|sk-(?:ssh|ecdsa))-[\w@.-]+ AAAA[\w+/]+={0,2}(?: .*)?\Z")
_IMAGE = re.compile(r"(?:iVBORw0KGgo|/9j/4|R0lGODlh|UklGR)[A-Za-z0-9+/\s]*={0,2}\Z")  # PNG, JPEG
_COMMENTS = re.compile(r"(?:\s*(?:#(?!!)|//)[^\n]*(?:\n|\Z))+\Z")
_WORDS = re.compile(r"[a-z]+\d*(?:[-_ ][a-z]+)*\Z")  # which no file of a key or certificate is
_ENCODED = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*\Z")
# A line of a file that is a key or a license.
_LINE = re.compile(r"(?m)^\s*(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}\s*$")
_FEW_LINES = 3  # as a user and a password are
_SHORTEST_KEY = 64  # characters
_SAYS_SECRET = re.compile(r"(?i)pass|secret|token")
_KEYS = ("key", "hash", "salt", "seed", "pin", "license")
_OF_SOPS = "sops_"  # what it adds to a file of variables: recipients, dates
_DOCUMENTS = (".md", ".html")
_OF_TLS = ("tls.crt", "tls.key")
_DOCKER = (".dockerconfigjson", ".dockercfg")


def judge_held(field: str, name: str, value: Any) -> Judgement:
    """The judgement of a value of `data` or `stringData` of a Secret.

    In doubt it is hidden. Words and names are accused where their own name says that they are
    secret.
    """
    return judge_content(name, value, text_of(field, value) if value else "")


def judge_content(name: str, value: Any, text: str | None) -> Judgement:
    """The judgement of a value of a Secret of which the text is known (None: it is no text)."""
    if text is None:
        # `test` is base64 by chance, and no key; neither is `version1`.
        is_long = len(str(value)) >= _SHORTEST_KEY
        return accused_if(is_long or (name not in _OF_TLS and is_made(str(value))))
    text = text.strip()
    if text.startswith(ENCRYPTED):
        return Judgement.NONE
    if name in _DOCKER:
        return _judge_docker(text)
    if _HASH.match(text):
        return Judgement.ACCUSED
    found = judgement_of(secrets_in(name, text, Language.PROSE))
    return found if found is Judgement.ACCUSED else max(found, _judge_text(name, text))


def text_of(field: str, value: Any) -> str | None:
    """What a value is as text, None where it is none; in data it is base64, if it is that."""
    from base64 import b64decode

    # [YOUR_KEY] without quotes, which is to be filled in, is a list.
    text = str(value[0] if isinstance(value, list) and len(value) == 1 else value)
    is_plain = not is_literal(text) or is_label(text) or text.startswith(ENCRYPTED)
    if field == "stringData" or is_plain or " " in text.strip():
        return text
    try:
        content = b64decode("".join(text.split()), validate=True)
    except ValueError:
        return text
    try:
        return content.decode()
    except ValueError:
        return None


def _judge_text(name: str, text: str) -> Judgement:
    """The judgement of a text in which nothing surely is a secret by its form."""
    is_public_file = _CERTIFICATES.match(text) or _CERTIFICATES.match(decoded(text))
    if is_public_file or _KEY_WITHOUT_BODY.match(text) or _COMMENTS.match(text):
        return Judgement.NONE
    is_words = name in _OF_TLS and _WORDS.match(text)
    if is_words or name.startswith(_OF_SOPS) or name.endswith(_DOCUMENTS):
        return Judgement.NONE
    if text.startswith("{{") and not is_literal(text):
        return Judgement.NONE
    if "\n" in text or text.startswith(("{", "[")):
        judgement = _judge_file(name, text)
    elif _URL.match(text):
        judgement = Judgement.ACCUSED if _is_secret_url(text) else Judgement.NONE
    elif is_literal(text):
        judgement = _judge_line(name, text)
    else:
        judgement = Judgement.NONE
    if judgement and name in _OF_TLS:
        # A key that is whole was found by its form; half a one is not right, and secret.
        is_pem = text.startswith("-----BEGIN") and "CERTIFICATE" not in text
        return accused_if(is_pem or _ENCODED.match(text) is not None)
    return judgement


def _judge_line(name: str, line: str) -> Judgement:
    text = literal_of(line)
    # A sentence that names a secret explains one, but a passphrase may be a sentence.
    is_name = is_label(text) and not (" " in text and is_password(name))
    if says_secret(name):
        is_place = names_place(name, text) and not tells_kind(name, text)
        if is_name or is_place:
            return Judgement.NONE
        is_sure = surely_says_secret(name) and surely_literal(line)
        return accused_if(is_sure and (is_password(name) or not _is_sample(name, text)))
    if has_extension(name) and _SETTING.match(text):
        return _judge_named(secrets_in(name, text))
    if _ASSIGNMENT.match(text):
        return _judge_named(secrets_in(name, text, Language.SETTINGS))
    is_short = (is_public(name) and _is_short(text)) or _repeats(name, text)
    if is_short or is_name or any(form.match(text) for form in _HARMLESS):
        return Judgement.NONE
    # A word or a name is a secret where a name says so; where it says nothing, mostly not.
    is_key = _says_key(name) and " " not in text
    is_written_so = is_made(text) or _PASSPHRASE.match(text) or _SAYS_SECRET.search(text)
    is_known = _PUBLIC_KEY.match(text) or _IMAGE.match(text) or _is_sample(name, text)
    return accused_if(bool(is_key or is_written_so) and surely_literal(line) and not is_known)


def _is_sample(name: str, text: str) -> bool:
    """Whether a key is one of an example: `AWS_SECRET_ACCESS_KEY: my-aws-access-key`."""
    words = words_of(name)
    repeats = words[-1:] == ("key",) and words_of(text)[-2:] == words[-2:]
    return is_sample(text) or (repeats and text.islower())


def _says_key(name: str) -> bool:
    """Whether a name says that the value is a key of some kind, a hash or the like."""
    return name == "value" or any(word.endswith(_KEYS) for word in words_of(name)[-2:])


def _is_short(text: str) -> bool:
    """Whether a text is no longer than names are; several may be, if nothing in them is random."""
    if len(text) > _LONGEST_LIST:
        return False
    return len(text) <= _LONGEST_PUBLIC or not _RANDOM.search(text)


def _repeats(name: str, text: str) -> bool:
    """Whether a value is what its name ends with, as in a sample: `azure.account: account`."""
    words = words_of(text)
    return bool(words) and words_of(name)[-len(words) :] == words


def _is_secret_url(url: str) -> bool:
    """Whether a URL gives access by what is in its path or query, as a webhook does."""
    if _LOOKED_UP.match(url):
        return False
    path = url.partition("://")[2].partition("/")[2]
    is_named = any(says_secret(found[1]) for found in _QUERY.finditer(path))
    return is_named or (_RANDOM.search(path) is not None and is_literal(path))


def _judge_file(name: str, text: str) -> Judgement:
    """The judgement of a file of several lines, or of JSON: of settings, by what is in them."""
    if name in ("known_hosts", "ssh_known_hosts"):
        return Judgement.NONE
    says_language = has_extension(name) or text.startswith("#!")
    if says_language or _is_mapping(text) or _is_lines(text):
        return _judge_named(secrets_in(name, text, None if says_language else Language.SETTINGS))
    lines = [line.strip() for line in text.splitlines()]
    is_secret = len(lines) <= _FEW_LINES and any(map(_is_one_secret, lines))
    return accused_if(is_secret or _LINE.search(text) is not None)


def _judge_named(found: Sequence[Found]) -> Judgement:
    """The judgement of settings: where secrets are expected, a name for one and a value will do."""
    is_named = any(one.what == NAMED for one in found)
    return Judgement.ACCUSED if is_named else judgement_of(found)


def _is_one_secret(line: str) -> bool:
    return " " not in line and is_literal(line) and surely_literal(line) and is_made(line)


def _is_lines(text: str) -> bool:
    return all(_SETTING_LINE.match(line) for line in text.splitlines())


def _is_mapping(text: str) -> bool:
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    try:
        return all(isinstance(data, (dict, list)) for data in read_stream(text))
    except YamlError:
        return False


def _judge_docker(text: str) -> Judgement:
    """The judgement of a docker configuration: it holds a password, unless that is filled in."""
    try:
        settings = json.loads(text)
    except ValueError:
        # Nobody can log in with it.
        return Judgement.HIDDEN if is_literal(text) else Judgement.NONE
    servers = mapping(settings).get("auths", settings)
    return strongest(
        accused_if(surely_literal(value))
        for server in mapping(servers).values()
        for key, value in mapping(server).items()
        if key in ("auth", "password", "identitytoken", "registrytoken")
        and isinstance(value, str)
        and is_literal(value)
    )
