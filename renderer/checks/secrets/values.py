"""What a value is: a secret by its own form, a literal, or a reference to something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Forms by which a secret is recognized. What is looked for first is a text: that is fast. Where
# a form has a group, that is the secret, and it must be a literal.
_FORMS = (
    # The password stands between the colon and the last @ before the host.
    ("://", "a password in a URL", r"://[^\s:/@\"'`<>]*:([^\s/\"'`<>]+)@(?=[\w\[$%{.-])"),
    ("=", "a password in a URL", r"[?&;](?i:password|passwd|pwd|sslpassword)=([^\s&;\"'`<>]+)"),
    ("@tcp(", "a password in an address", r"[\w-]:([^\s@:/\"'`]+)@tcp\("),
    ("jdbc:oracle:", "a password in a URL", r"jdbc:oracle:\w{1,20}:[^/\s\"']{1,200}/([^@\s\"']+)@"),
    (
        "curl",
        "a password in a command",
        r"\bcurl\b[^\n|;]{0,300}?\s(?:-u|--user)[ =]*[\"']?[\w.@%+-]+:([^\s\"'@$]+)(?![$])",
    ),
    ("sshpass", "a password in a command", r"\bsshpass\s+-p\s*[\"']?([^\s\"'$]+)"),
    (
        "mysql",
        "a password in a command",
        r"\bmysql(?:admin|dump)?\b[^\n|;]{0,300}?\s-p([^\s\"';|&$]+)",
    ),
    ("login ", "a password of .netrc", r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)"),
    (
        '"auths"',
        "a registry credential",
        r'"auths"\s*:\s*\{[^{}]*\{[^{}]*"auth"\s*:\s*"([^"]{8,})"',
    ),
    ("PASSWORD '", "a password in a statement", r"PASSWORD '([^'\n]+)'"),
    ("password '", "a password in a statement", r"password '([^'\n]+)'"),
    ("IDENTIFIED BY '", "a password in a statement", r"IDENTIFIED BY '([^'\n]+)'"),
    (
        "-----BEGIN ",
        "a private key",
        (
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])*"
            r"(?:[A-Za-z0-9+/=]{16}|Proc-Type:|Version:|Comment:)"
        ),
    ),
    (
        "LS0tLS1CRUdJTi",  # base64 of the dashes and BEGIN; then of PRIVATE, in any position
        "a private key",
        r"LS0tLS1CRUdJTi[\w+/]{0,20}(?:UFJJVkFUR|BSSVZBVE|QUklWQVRF)[\w+/]{16}",
    ),
    ("AGE-SECRET-KEY-1", "an age key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50}"),
    ("AKIA", "an AWS access key", r"\bAKIA(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b"),
    ("ASIA", "an AWS access key", r"\bASIA(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b"),
    ("gh", "a GitHub token", r"\bgh[oprsu]_[A-Za-z0-9]{36}"),
    ("github_pat_", "a GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{50}"),
    ("gl", "a GitLab token", r"\bgl(?:agent|cbt|dt|ffct|ft|imt|pat|ptt|rt|soat)-[\w-]{20}"),
    ("xox", "a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10}"),
    ("xapp-", "a Slack token", r"\bxapp-\d-[A-Za-z0-9-]{10}"),
    (
        "hooks.slack.com/",
        "a Slack webhook",
        r"\bhooks\.slack\.com/(?:services|triggers|workflows)/[A-Za-z0-9+/]{20}",
    ),
    ("AIza", "a Google API key", r"\bAIza[\w-]{35}"),
    ("GOCSPX-", "a Google client secret", r"\bGOCSPX-[\w-]{20}"),
    ("ya29.", "a Google access token", r"\bya29\.[\w-]{20}"),
    ("eyJ", "a JSON Web Token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}"),
    ("AccountKey=", "an Azure account key", r"\bAccountKey=[A-Za-z0-9+/]{40}"),
    ("SharedAccessKey=", "an Azure access key", r"\bSharedAccessKey=[A-Za-z0-9+/]{40}"),
    ("sk_live_", "a Stripe key", r"\bsk_live_[A-Za-z0-9]{16}"),
    ("npm_", "an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("sk-", "an API key", r"\bsk-(?:ant|proj|svcacct)-[\w-]{40}"),
    ("SG.", "a SendGrid key", r"\bSG\.[\w-]{22}\.[\w-]{43}"),
    ("glsa_", "a Grafana token", r"\bglsa_[A-Za-z0-9]{32}_"),
    ("pypi-", "a PyPI token", r"\bpypi-[\w-]{50}"),
    ("hvs.", "a Vault token", r"\bhvs\.[\w-]{24}"),
    ("Basic ", "an HTTP credential", r"\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}(?![\w+/=])"),
    ("Bearer ", "an HTTP credential", r"\bBearer\s+[\w.~+/-]{20,}"),
)

_NOTHING = frozenset("false n/a nil no none null off on true undefined yes ~".split())  # noqa: SIM905 # a list of words reads better
_DEFAULT = re.compile(r"\$\{\w+:-[\"']?([^\"'}]*)[\"']?\}\Z")
_REFERENCE = re.compile(
    r"\$[\w({:]|.*\$[({]|.*\{\{|.*%\(\w+\)s|.*<%|<.*>\Z|%\w+%\Z|@\w+@\Z|#\{|__\w+__\Z|!\w|\{.*\}\Z"
    r"|.*\(\.[*+]|.*\\[sSwWdD]|\[\^"  # a pattern that finds some
    r"|ENC\[|AGE-ENC|(?:vault|env|file|arn|ref\+\w+|op|awssm|gcpsm|secretref):|projects/.*/secrets/",
    re.DOTALL,
)
_MASK = re.compile(r"[*?x.•_-]+\Z", re.IGNORECASE)
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@-]+)+[/\\]?\Z")
_PLAIN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")


def is_literal(value: str) -> bool:
    """Whether a value is one that a program would use as it stands.

    Not so nothing, a switch, a mask, a path, a URL, or a reference that something else fills
    in; the default of a reference counts. A weak password (`changeme`) is a literal: it works.
    """
    value = value.strip()
    default = _DEFAULT.match(value)
    if default:
        value = default[1]
    return not (
        not value
        or value.lower() in _NOTHING
        or _REFERENCE.match(value)
        or _MASK.match(value)
        or _PATH.match(value)
        or _PLAIN_URL.match(value)
    )


def known_secrets(text: str) -> Iterator[tuple[int, str]]:
    """Secrets that are recognized by their form: the offset in the text, and what it is."""
    for start, what, form in _FORMS:
        if start in text:
            # Compiled when first needed: all of them would take longer than most checks.
            for found in re.finditer(form, text):
                if not found.re.groups or is_literal(found[1]):
                    yield found.start(), what
