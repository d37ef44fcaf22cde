"""What a value is: a literal, or nothing, a path, or a reference to something else."""

from __future__ import annotations

import re


def word_set(text: str) -> frozenset[str]:
    """A set of words, written as they are read."""
    return frozenset(text.split())


# In lower case, and without what joins words.
_NOTHING = word_set(
    "anonymous any auto automatic bool disable disabled dummy empty enabled example false fixme"
    " generate generated hidden ignore ignored inherit insertme int lazy na nil no none"
    " notapplicable notneeded notrequired notset notused null off on optional placeholder random"
    " redacted removed replaceme required sample some stdin str string tbd todo true undefined"
    " unset unused yes"
)
_WITHOUT = re.compile(
    r"no(?:api)?(?:auth|key|pass|password|secret|token)(?:needed|required|set)?\Z"
    r"|.{0,60}no(?:api)?(?:auth|key|pass|password|secret|token)(?:needed|required)\Z|.{0,60}noauth\Z"
)
# What tells a reader to write something there.
_INSTRUCTION = re.compile(
    r"(?:add|enter|fill|insert|paste|please|put|replace|set|your).{0,60}(?:here|in|me|this)\Z"
    r"|this is\s.{1,80}\Z|(?:your|example|sample|dummy|fake|mock|placeholder)[-_ ].{1,60}\Z"
    r"|.{0,60}(?:[-_ ]goes[-_ ]|[-_])here\Z|\.{3}.*\.{3}\Z"
    r"|your(?:api)?(?:key|secret|token)\w{0,20}\Z"
    r"|.{0,60}(?:placeholder|replace[-_ ]?me)|(?:auto)?(?:replace|insert)[-_ ].{1,60}\Z",
    re.IGNORECASE,
)
_JOINS = re.compile(r"[\s/_.'~-]+")
_DEFAULT = re.compile(r"\$\{\w+(?::[-=]|=)[\"']?([^\"'}]*)[\"']?\}\Z")
_REFERENCE = re.compile(
    r"\$[\w({:$]|.*\$[({]|.*\{\{|.*%\(\w+\)s|.*<%|<.*>\Z|.*<[A-Za-z][\w .-]+>|%\w+%\Z"
    r"|.*%[A-Za-z_]\w\w+%|@+\w+@+\Z|#\{|__\w+__\Z|!\w|\{.*\}\Z|&\w+;\Z|.*%(?:\[\d+\])?[sqv]\b|\[\["
    r"|-----BEGIN(?!.*[A-Za-z0-9+/=]{16})"  # a key that is left out
    r"|.*\{\.[a-z]"  # JSONPath
    r"|\(.*\)\Z"  # an expression: ($token), (env('TOKEN'))
    r"|\^.*\$\Z"  # a pattern of the whole
    r"|.*\(\.[*+]|.*\\[sSwWdD]|\[\^"  # a pattern that finds some
    r"|ENC\[|AGE-ENC|(?:vault|env|file|arn|ref\+\w+|op|awssm|gcpsm|secretref):|projects/.*/secrets/",
    re.DOTALL,
)
_MASK = re.compile(
    r"[*?x.•_-]+\Z|(?:(\w)\1{3,}-){2,}(\w)\2{3,}\Z",  # also 11111111-2222-3333-4444-555555555555
    re.IGNORECASE,
)
# Somewhere in it is a mask, or the id that is no id.
_MASKED = re.compile(r"([x*#•?.])\1{4}|(\d)\2{11}|0{8}-(?:0{4}-){3}0{8}", re.IGNORECASE)
# What a key or token says only if it is invented to explain one.
_INVENTED = re.compile(
    r"(?<![a-z\d])(?:dummy|example|fake|insert|mock|placeholder|redacted|replace|sample|your)"
    r"(?![a-z\d])",
    re.IGNORECASE,
)
# What no key or token is: numbers, words, and a name in a domain (example.com/gpu), which is one of
# a resource, an image or a label.
_NO_KEYS = (
    re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?(?:,\s*[-+]?[\d.]+)*\Z"),
    re.compile(r"(?:[A-Za-z][a-z'-]*[,;:]? ){3,}[A-Za-z][a-z'-]*[.!?]?\Z"),
    re.compile(r"[a-z\d-]+(?:\.[a-z][a-z\d-]*)+/[A-Za-z\d._-]{1,40}\Z"),
)
_ONE_WORD = re.compile(r"[a-z]{1,12}\Z")
_WEAK = word_set(
    "abc admin changeit changeme default foobar letmein password qwerty root secret test token"
)
_SHORTEST = 3  # characters of a key or token
_PATH = re.compile(
    r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@-]+)+[/\\]?\Z"
    r"|[\w.-]+(?:/[\w.@-]+)*\.(?:asc|cer|conf|crt|env|gpg|ini|jks|js|json|key|p12|pem|pub|py|sh|txt"
    r"|ya?ml)\Z"
)
_PLAIN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")
# A string in a subscript or a call is a key: os.environ["API_KEY"], env.get('TOKEN'). Some settings
# write variables as os.environ/API_KEY or process.env.TOKEN.
_EXPRESSION = re.compile(
    r"[A-Za-z_][\w.]*(?:\[|\.\w+\{|\.get\(|\.getenv\(|getenv\()"
    r"|(?:os\.environ|process\.env|env)[./]\w+\Z"
)

# What only looks like a literal: what a reader is to put there, a default that repeats its name,
# what a shell fills in, a place in a store (ref:ns/name), a host, a user of a directory, what says
# that it is none, keys that AWS and the emulator of Azure publish, and what is encrypted for a key
# of age or PGP (also as base64).
_DOUBTFUL = re.compile(
    r"your[A-Z]\w*\Z|\$\{(\w+)(?::[-=]|=)[\"']?(?i:\1)[\"']?\}\Z|\\+\$[\w({]|`"
    r"|[a-z][a-z\d+-]*:[\w.-]*/[\w./#-]+\Z|\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d{1,5})?\Z"
    r"|[a-z]{1,4}=[^,=]+(?:,[a-z]{1,4}=[^,=]+)+\Z"
    r"|(?i:.*not-an?-real|.*\bredacted\b|.*[-_]x{3,}\Z|val(?:ue)?[-_]?\d*\Z)"
    r"|.*EXAMPLEKEY|.*Eby8vdM02xNOcqFlqUwJPLlmEtlCDX"
    r"|-----BEGIN (?:AGE ENCRYPTED|PGP MESSAGE)|.*LS0tLS1CRUdJTi(?:BBR0Ug|BQR1AgTUVTU0FHRS)",
    re.DOTALL,
)
# What stands for a key or token: web_token_value, tokenValue, BASE64_TOKEN.
_SAMPLE = re.compile(
    r"(?!.*(?:change|super))(?:[A-Za-z]+[-_.]){1,2}[Vv]al(?:ue)?[-_]?\d*\Z|[a-z]\w*Value\Z"
    r"|(?!.*CHANGE)[A-Z]+\d{0,2}(?:_[A-Z]+\d{0,2})+\Z"
)

_BASE64 = re.compile(r"[A-Za-z0-9+/]{14,}={0,2}\s*\Z")
_LONGEST_DECODED = 1 << 20  # characters


def is_literal(value: str) -> bool:
    """Whether a value is one that a program would use as it stands.

    Not so nothing, a word for nothing (`unused`, `REPLACE_ME`), a switch, a mask, a path, a URL, or
    a reference that something else fills in; the default of a reference counts. A weak password
    (`changeme`) is a literal: it works.
    """
    value = literal_of(value.strip())
    word = _JOINS.sub("", value).lower().removeprefix("sk")  # as keys of some services begin
    return not (
        not word
        or word in _NOTHING
        or _WITHOUT.match(word)
        or _REFERENCE.match(value)
        or _MASK.match(value)
        or _MASKED.search(value)
        or _PATH.match(value)
        or _PLAIN_URL.match(value)
        or _EXPRESSION.match(value)
        or _INSTRUCTION.match(value)
    )


def surely_literal(value: str) -> bool:
    """Whether a literal is no more likely a reference, an address or an example."""
    return _DOUBTFUL.match(value.strip()) is None


def is_sample(value: str) -> bool:
    """Whether a key or token stands for one that is filled in, or used, in an example."""
    return _SAMPLE.match(value.strip()) is not None


def is_invented(credential: str) -> bool:
    """Whether what has the form of a key or token is masked, or says that it is an example."""
    return any(form.search(credential) for form in (_MASKED, _INVENTED))


def may_be_key(name: str, value: str) -> bool:
    """Whether a value may be a key or token, which is no number, no sentence and no name."""
    if len(value) < _SHORTEST or any(form.match(value) for form in _NO_KEYS):
        return False
    # The key of a service that needs none: `local`, `ollama`.
    is_word = _ONE_WORD.match(value) and value not in _WEAK
    return not (
        is_word and name.lower().endswith(("key", "token")) and "secret" not in name.lower()
    )


def literal_of(value: str) -> str:
    """The default of a reference, or else the value itself."""
    default = _DEFAULT.match(value)
    return default[1] if default else value


def decoded(value: str) -> str:
    """The text that a value is in base64; empty where it is no base64 of a printable text."""
    from base64 import b64decode

    if len(value) > _LONGEST_DECODED or not _BASE64.match(value):
        return ""
    try:
        text = b64decode(value, validate=False).decode()
    except ValueError:
        return ""
    return text if text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable() else ""
