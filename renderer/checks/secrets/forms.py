"""Secrets that are recognized by their own form, wherever they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.doubtful import is_random
from renderer.checks.secrets.judging import Judgement, accused_if
from renderer.checks.secrets.names import is_label
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.tokens import TOKENS
from renderer.checks.secrets.values import is_invented, is_literal, surely_literal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nobody's password is longer; without an end, a long line would be read once for each start in it.
_LONGEST = 300
_ANY = rf"[^\n|;]{{0,{_LONGEST}}}?"
_WORD = r"[\"']?([^\s\"'`;|&<>]+)"


class Known(NamedTuple):
    """What is recognized: the offset and end of the secret in the text, and what it is.

    A `credential` is a key or token, which nobody invents to explain something; a password may be
    an example.
    """

    offset: int
    end: int
    what: str
    is_credential: bool
    judgement: Judgement


_IN_URL = "a password in a URL"
_FOR_USER = "a token in a URL"
# How URLs are explained: by words for a user and a password, or for a host.
_EXPLAINED = re.compile(
    r"(?i)(?:[a-z\d+.-]*:)?//(?:(?:login|name|user|username):(?:pass|password|passwd|pw|pwd)@"
    r"|([a-z]+):\1@example"
    r"|[^\s@]{1,300}@(?:db|database|your)?[-_]?(?:address|host(?:name)?|server)[:/])"
)
_REST = re.compile(r"[\w+/=-]{1,300}")
# What is looked for first is a text: that is fast. Where a form has a group, that is the secret,
# and it must be a literal.
_PASSWORDS = (
    # The password stands between the colon and the last @ before the host. Of two letters is the
    # region of an account.
    ("//", _IN_URL, r"//(?<![\w/]//)[^\s:/@\"'`<>]*:([^\s/\"'`<>]{3,})@(?=[\w\[$%{.-])"),
    # The user alone is a token: https://TOKEN@host.
    ("//", _FOR_USER, r"//(?<![\w/]//)([\w.-]{20,300})@(?=[\w\[.-])"),
    ("=", _IN_URL, r"[?&;](?i:password|passwd|pwd|sslpassword)=([^\s&;#\"'`<>]+)"),
    ("@tcp(", "a password in an address", r"[\w-]:([^\s@:/\"'`]+)@tcp\("),
    ("jdbc:oracle:", _IN_URL, r"jdbc:oracle:\w{1,20}:[^/\s\"']{1,200}/([^@\s\"']+)@"),
    ("login ", "a password of .netrc", r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)"),
)
# SQL writes its words in any case. A sentence may say that something is identified by 'this'.
_STATEMENTS = (
    ("PASSWORD", r"\b(?i:password)(?:\s+|\s*\(\s*)'([^'\n]+)'"),
    (
        "IDENTIFIED",
        (
            r"(?i:(?<!\bis)(?<!\bare)(?<!\bbe)\s+identified\s+(?:with\s+\S+\s+)?by\s+)"
            r"(?i:password\s+)?[\"']([^\"'\n]+)[\"']"
        ),
    ),
)
# Lines of the settings of a server that have no sign between a name and its value. A line of prose
# may begin with `password`: what stands behind it there has no digit.
_LINES = (
    ("requirepass", r"(?m:^)[ \t]*requirepass[ \t]+{word}[ \t]*(?m:$)"),
    ("masterauth", r"(?m:^)[ \t]*masterauth[ \t]+{word}[ \t]*(?m:$)"),
    ("bindpw", r"(?m:^)[ \t]*bindpw[ \t]+{word}[ \t]*(?m:$)"),
    ("cachemgr_passwd", r"(?m:^)[ \t]*cachemgr_passwd[ \t]+{word}[ \t]"),
    ("auth-pass", r"\bsentinel[ \t]+auth-pass[ \t]+\S+[ \t]+{word}"),
    (
        "password",
        r"(?m:^)[ \t]*password[ \t]{{1,40}}(?=[^\n]{{0,300}}\d){word}[ \t]*;?[ \t]*(?m:$)",
    ),
    ("stats", r"(?m:^)[ \t]*stats[ \t]+auth[ \t]+[^\s:]+:{word}"),
    # Of ipsec.secrets, in quotes or in hexadecimal or base64 digits.
    (": PSK ", r"(?m:^)[^\n:#]{{0,200}}: PSK[ \t]+(?=[\"']|0[sx]){word}"),
    (": EAP ", r"(?m:^)[^\n:#]{{0,200}}: EAP[ \t]+(?=[\"']|0[sx]){word}"),
    (": XAUTH ", r"(?m:^)[^\n:#]{{0,200}}: XAUTH[ \t]+(?=[\"']|0[sx]){word}"),
    ("community", r"(?m:^)[ \t]*r[ow]community6?[ \t]+(?!public\b|private\b){word}"),
    ("createUser", r"\bcreateUser[ \t]+\S+[ \t]+(?:MD5|SHA\S*)[ \t]+{word}"),
    ("user", r"(?m:^)[ \t]*user[ \t]+\S+[ \t]+on[ \t]+(?:[^\n>]{{0,200}}[ \t])?>(\S+)"),
)
_IN_HEADER = "an HTTP credential"
_HEADER = (
    r"(?:Bearer|Basic|Token|token|ApiKey)\s+"
    r"(?![a-z_-]+(?:[\s\"'\\,;]|\Z))([^\s\"'\\,;]{3,})"  # a word is what to put there
)
_IN_HEADERS = (
    (
        "Basic ",
        _IN_HEADER,
        r"\bBasic\s+(?=\w*[a-z\d][A-Z])[A-Za-z0-9+/]{12,}={0,2}(?![\w+/=])",
    ),
    ("Bearer ", _IN_HEADER, r"\bBearer\s+[\w.~+/-]{20,}"),
)
_GAP = r"(?:\s|\\\n)+"  # between two words of a command, which may end a line
# The options of programs that take a password: what begins the command, and what goes before it.
_COMMANDS = (
    ("curl", r"\bcurl\b{any}\s(?:-u|--user)[ =]*[\"']?[\w.@%+-]+:([^\s\"'@$]+)(?![$])"),
    ("sshpass", r"\bsshpass\s+-p\s*{word}"),
    ("mysql", r"\b(?:mysql(?:admin|dump|check|import)?)\b{any}\s-p[\"']?([^\s\"'`;|&<>]+)"),
    ("mariadb", r"\b(?:mariadb(?:-admin|-dump|-check)?)\b{any}\s-p[\"']?([^\s\"'`;|&<>]+)"),
    ("mongo", r"\bmongo(?:sh|dump|restore|export|import)?\b{any}\s-p\s+{word}"),
    ("redis-cli", r"\bredis-cli\b{any}\s-a\s*{word}"),
    ("--requirepass", r"--requirepass[\s=]+{word}"),
    ("--masterauth", r"--masterauth[\s=]+{word}"),
    ("ldap", r"\bldap(?:search|add|modify|delete|whoami|passwd)\b{any}\s-w\s*{word}"),
    (
        "login",
        r"\b(?:az|crane|docker|helm|nerdctl|oras|podman|skopeo)\s+(?:registry\s+)?login\b{any}\s-p\s*{word}",
    ),
    ("smbclient", r"\bsmbclient\b{any}\s-U\s*[\"']?[^\s%]+%{word}"),
    ("ipmitool", r"\bipmitool\b{any}\s-P\s*{word}"),
    ("sqlcmd", r"\bsqlcmd\b{any}\s-P\s*{word}"),
    ("sqlplus", r"\bsqlplus\b{any}\s[\w.]+/([^\s\"'@/]+)@"),
    ("htpasswd", r"\bhtpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+{word}"),
    ("pass:", r"\s-pass(?:in|out)?\s+[\"']?pass:([^\s\"']+)"),
    (
        "chpasswd",
        r"\b(?:echo|printf)\s+(?:-\w+\s+)?[\"']?[\w.-]+:([^\s\"'|]+)[\"']?\s*\|\s*(?:sudo\s+)?chpasswd\b",
    ),
    ("chpasswd", r"\bchpasswd\b[^\n;|]{{0,40}}<<<\s*[\"']?[\w.-]+:([^\s\"']+)"),
    ("chpasswd", r"\bchpasswd\b[^\n;|]{{0,40}}<<-?\s*[\"']?\w+[\"']?\s*\n\s*[\w.-]+:(\S+)"),
    (
        "--stdin",
        r"\b(?:echo|printf)\s+(?:-\w+\s+)?{word}[\"']?\s*\|\s*(?:sudo\s+)?passwd\s[^\n|;]{{0,60}}--stdin",
    ),
    ("rabbitmqctl", r"\brabbitmqctl\b{any}\b(?:add_user|change_password)\s+\S+\s+{word}"),
    (
        "alias",
        rf"\bmc\s+(?:alias\s+set|config\s+host\s+add)(?:{_GAP}[^\s\\]\S*){{{{3}}}}{_GAP}{{word}}",
    ),
    (
        "ConvertTo-SecureString",
        r"\bConvertTo-SecureString\b(?=[^\n|;]{{0,300}}-AsPlainText){any}[\"']([^\"'\n]+)[\"']",
    ),
    ("lftp", r"\blftp\b{any}\s-u\s+[\"']?[^\s,\"']+,([^\s\"']+)"),
    ("openssl", r"\bopenssl\s+(?:enc|aes|des)\S*\b{any}\s-[kK]\s+{word}"),
    ("-pw ", r"\b(?:addprinc|ank|cpw|plink|pscp|psftp|putty)\b{any}\s-pw\s+{word}"),
    *(
        (
            verb,
            rf"\b{verb}\s+(?:-\S+\s+)*\S*(?i:password|passwd|secret|secret_access_key|token)\s+{{word}}",
        )
        for verb in ("config set", "configure set", "setenv", "setx")
    ),
    ("vault", r"\bvault\s+login\s+(?!-)(?!\w+=){word}"),
)
_FORMS = (
    *((start, what, form, False) for start, what, form in _PASSWORDS),
    *(
        (word, "a password in a statement", form, False)
        for upper, form in _STATEMENTS
        for word in (upper, upper.lower(), upper.capitalize())
    ),
    *(
        (start, what, form.format(any=_ANY, word=_WORD), False)
        for what, forms in (
            ("a password in settings", _LINES),
            ("a password in a command", _COMMANDS),
        )
        for start, form in forms
    ),
    (
        "uthorization",
        _IN_HEADER,
        rf"\b(?i:authorization)\\*[\"']?\s*[:=]\s*\\*[\"']?{_HEADER}",
        False,
    ),
    *((start, what, form, True) for start, what, form in (*TOKENS, *_IN_HEADERS)),
)


def known_secrets(text: str) -> Iterator[Known]:
    """Secrets that are recognized by their form, those of one form in the order of the text."""
    for start, what, form, is_credential in _FORMS:
        if start in text:
            # Compiled when first needed: all of them would take longer than most checks.
            for found in re.finditer(form, text):
                judgement = _judge(found, what)
                if judgement:
                    span = found.span(found.re.groups and 1)
                    yield Known(*span, what, is_credential, judgement)


def in_header(text: str) -> Iterator[Known]:
    """The credential in the value of a header called Authorization."""
    found = re.match(_HEADER, text)
    if found and (judgement := _judge(found, _IN_HEADER)):
        yield Known(*found.span(1), _IN_HEADER, is_credential=False, judgement=judgement)


def _judge(found: re.Match[str], what: str) -> Judgement:
    """The judgement of a match, which may be an example of its form."""
    if not found.re.groups:
        if is_invented(found[0]):
            return Judgement.NONE
        rest = _REST.match(found.string, found.end())  # of a webhook, which may be a mask
        is_masked = rest is not None and is_invented(rest[0])
        return accused_if(surely_literal(found[0]) and not is_masked and _is_made(found[0], what))
    if not is_literal(found[1]) or is_label(found[1]):
        return Judgement.NONE
    if what == _FOR_USER and not is_made(found[1]):
        return Judgement.NONE
    if what == _FOR_USER and not is_random(found[1]):
        return Judgement.HIDDEN  # an id, as in a DSN of Sentry, which browsers are given
    is_explained = what == _IN_URL and _EXPLAINED.match(found.string, found.start()) is not None
    return accused_if(surely_literal(found[1]) and not is_explained and _is_made(found[1], what))


def _is_made(secret: str, what: str) -> bool:
    """Whether what stands in a header is no word: `Bearer token`, `Basic authentication`."""
    return what != _IN_HEADER or is_made(secret.split()[-1])
