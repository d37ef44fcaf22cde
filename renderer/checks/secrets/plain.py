"""Secrets that are not encrypted: what of their data is secret, and what only stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.checks.secrets.names import (
    is_label,
    is_password,
    is_public,
    names_place,
    says_secret,
    words_of,
)
from renderer.checks.secrets.pairs import Language, has_extension
from renderer.checks.secrets.texts import secrets_in
from renderer.checks.secrets.values import decoded, is_literal, literal_of
from renderer.findings import Finding
from renderer.kubernetes.manifests import annotations_of
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

_ENCRYPTED = "ENC["
# What SOPS leaves in a file of each format, and Flux looks for in the data of a Secret
# (kustomize-controller, internal/decryptor).
_SOPS = ('"mac": "ENC[', "mac: ENC[", "sops_mac=ENC[", "[sops]")
_DECRYPT = "kustomize.toolkit.fluxcd.io/decrypt"
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
_RECIPIENT = re.compile(r"age1[a-z0-9]{58}\Z")
_HARMLESS = (_QUANTITY, _HOST, _SENTENCE, _ALGORITHM, _EMAILS, _CONSTANT, _RECIPIENT)
_COMMENTS = re.compile(r"(?:\s*(?:#(?!!)|//)[^\n]*(?:\n|\Z))+\Z")
_WORDS = re.compile(r"[a-z]+\d*(?:[-_ ][a-z]+)*\Z")  # which no file of a key or certificate is
_OF_SOPS = "sops_"  # what it adds to a file of variables: recipients, dates
_DOCUMENTS = (".md", ".html")
_OF_TLS = ("tls.crt", "tls.key")
_DOCKER = (".dockerconfigjson", ".dockercfg")


def plain_secret(manifest: Manifest) -> list[Finding]:
    """What is wrong with a Secret: that it has a value that is secret, and is not encrypted.

    Nothing, what Flux or another program fills in, paths, and what only tells who or where are
    none.
    """
    data = manifest.data
    is_whole = isinstance(data.get("sops"), dict)
    finding: Finding | None = None
    for field in ("stringData", "data"):
        for name, value in mapping(data.get(field)).items():
            if not value or (is_whole and str(value).startswith(_ENCRYPTED)):
                continue
            text = _text(field, value)
            if text is None or _is_secret(name, text):
                return [_plain(manifest)]
            finding = finding or _undecryptable(manifest, field, name, text)
    return [finding] if finding else []


def _plain(manifest: Manifest) -> Finding:
    return Finding.error(
        "plain-secret",
        "this Secret would be committed in plain text (base64 hides nothing)",
        object=manifest.label,
        hint="create it in the cluster and refer to it, use an ExternalSecret, or encrypt it"
        " with SOPS",
    )


def is_secret_value(field: str, name: str, value: str) -> bool:
    """Whether a value of `data` or `stringData` of a Secret is secret, and in plain text."""
    text = _text(field, value) if value else ""
    return text is None or _is_secret(name, text)


def _undecryptable(manifest: Manifest, field: str, name: str, text: str) -> Finding | None:
    """Why Flux would hand on what SOPS encrypted as it is: it knows only some places of it."""
    if text.startswith(_ENCRYPTED):
        why = (
            "a value of this Secret is encrypted by SOPS, but what Flux needs to decrypt it (sops)"
            " is not in the Secret"
        )
        hint = "encrypt the Secret as a whole, or read the encrypted file with files: and not envs:"
    elif not _is_sops_file(text):
        return None
    elif field == "stringData":
        why = "a file of this Secret is encrypted by SOPS, but Flux decrypts files in data alone"
        hint = "let a secretGenerator read the file, or encrypt the Secret as a whole"
    elif str(annotations_of(manifest.data).get(_DECRYPT)).lower() == "disabled":
        why = f"a file of this Secret is encrypted by SOPS, but {_DECRYPT} tells Flux to leave it"
        hint = "remove the annotation"
    else:
        return None
    return Finding.error(
        "plain-secret",
        why,
        object=manifest.label,
        field=format_path((field, name)),
        hint=hint,
    )


def _is_sops_file(text: str) -> bool:
    """Whether a text is a file that SOPS encrypted."""
    return any(mark in text for mark in _SOPS) and _ENCRYPTED in text


def _text(field: str, value: Any) -> str | None:
    """What a value is as text, None where it is none; in data it is base64, if it is that."""
    from base64 import b64decode

    # [YOUR_KEY] without quotes, which is to be filled in, is a list.
    text = str(value[0] if isinstance(value, list) and len(value) == 1 else value)
    is_plain = not is_literal(text) or is_label(text) or text.startswith(_ENCRYPTED)
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


def _is_secret(name: str, text: str) -> bool:
    """Whether a value of a Secret is one; in doubt it is."""
    text = text.strip()
    if text.startswith(_ENCRYPTED):
        return False
    if name in _DOCKER:
        return _is_docker_login(text)
    if secrets_in(name, text, Language.PROSE) or _HASH.match(text):
        return True
    is_public_file = _CERTIFICATES.match(text) or _CERTIFICATES.match(decoded(text))
    if is_public_file or _KEY_WITHOUT_BODY.match(text) or _COMMENTS.match(text):
        return False
    is_words = name in _OF_TLS and _WORDS.match(text)
    if is_words or name.startswith(_OF_SOPS) or name.endswith(_DOCUMENTS):
        return False
    if text.startswith("{{") and not is_literal(text):
        return False
    if "\n" in text or text.startswith(("{", "[")):
        return _is_secret_text(name, text)
    if _URL.match(text):
        return _is_secret_url(text)
    return is_literal(text) and _is_secret_line(name, literal_of(text))


def _is_secret_line(name: str, text: str) -> bool:
    # A sentence that names a secret explains one, but a passphrase may be a sentence.
    is_name = is_label(text) and not (" " in text and is_password(name))
    if says_secret(name):
        return not is_name and not names_place(name, text)
    is_short = is_public(name) and _is_short(text)
    is_short = is_short or _repeats(name, text)
    if has_extension(name) and _SETTING.match(text):
        return bool(secrets_in(name, text))
    if _ASSIGNMENT.match(text):
        return bool(secrets_in(name, text, Language.SETTINGS))
    return not (is_short or is_name or any(form.match(text) for form in _HARMLESS))


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


def _is_secret_text(name: str, text: str) -> bool:
    """Whether a file of several lines, or of JSON, is secret: settings are by what is in them."""
    if name in ("known_hosts", "ssh_known_hosts"):
        return False
    says_language = has_extension(name) or text.startswith("#!")
    is_settings = says_language or _is_mapping(text) or _is_lines(text)
    return not is_settings or bool(
        secrets_in(name, text, None if says_language else Language.SETTINGS)
    )


def _is_lines(text: str) -> bool:
    return all(_SETTING_LINE.match(line) for line in text.splitlines())


def _is_mapping(text: str) -> bool:
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    try:
        return all(isinstance(data, (dict, list)) for data in read_stream(text))
    except YamlError:
        return False


def _is_docker_login(text: str) -> bool:
    """Whether a docker configuration holds a password; `{}` and what is filled in do not."""
    try:
        settings = json.loads(text)
    except ValueError:
        return is_literal(text)
    servers = mapping(settings).get("auths", settings)
    return any(
        isinstance(value, str) and is_literal(value)
        for server in mapping(servers).values()
        for key, value in mapping(server).items()
        if key in ("auth", "password", "identitytoken", "registrytoken")
    )
