"""Names and values in texts: settings, shell commands and programs."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.secrets.apart import named_apart
from renderer.checks.secrets.judging import Judgement, judge_pair
from renderer.checks.secrets.names import is_password, may_name_secret
from renderer.checks.secrets.parsed import in_structure, may_be_apart
from renderer.checks.secrets.several import of_several
from renderer.checks.secrets.shapes import is_made
from renderer.checks.secrets.spaced import in_spaced
from renderer.checks.secrets.values import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator


class Language(Enum):
    """How a text writes values: settings plainly, programs in quotes; prose has none.

    A sentence explains: a password in it is an example.
    """

    SETTINGS = "settings"
    SHELL = "shell"
    PROGRAM = "program"
    PROSE = "prose"
    SENTENCE = "sentence"


_EXTENSIONS = {
    Language.SHELL: ("sh", "bash", "zsh", "ksh"),
    Language.PROGRAM: (
        *("c", "go", "groovy", "java", "js", "jsx", "kt", "lua", "mjs", "php", "pl", "ps1", "py"),
        *("rb", "rego", "rs", "scala", "star", "ts", "tsx"),
    ),
    Language.PROSE: ("css", "csv", "htm", "html", "md", "rst", "sql", "svg", "txt"),
}
_SETTINGS = word_set("cfg cnf conf config env hcl ini json properties tmpl toml xml yaml yml")
_WRITING = ("csv", "md", "rst", "txt")
_BY_EXTENSION = {name: language for language, names in _EXTENSIONS.items() for name in names}

_QUOTE = r"\\*[\"']?"
# The end of a name that may say secret, up to where its value begins.
_NAMED = re.compile(
    r"((?:pass(?:word|wd|wrd|phrase|code)?|psk|psw|pw(?:d|ord)?|secret|token|key|credential|masterauth"
    r"|bearer|hmac|mnemonic|erlang_?cookie)s?"
    r"(?:[-_.]?(?:\d{1,5}|base|clear(?:text)?|dev|plain(?:text)?|prod|production|raw|staging))?)"
    rf"{_QUOTE}\]?[ \t]*(?::?=(?![=~>])|=>|:-|:(?=[ \t\"'\\]))[ \t]*"
)
_OPTION = re.compile(r"(?<![\w-])--?([A-Za-z][\w.-]*)[ \t]+(?![-<>\\]|\d[<>])")
# Nobody's password is longer; without an end, a long line would be read once for each name in it.
_LONGEST = 300
_LONGEST_COMMENT = 4000  # characters before and after a secret
_QUOTED = re.compile(rf"(\\{{0,9}})([\"'])(.{{0,{_LONGEST}}}?)(?<!\\)\1\2")
_TRIPLE = re.compile(rf"(\"\"\"|''')\s{{0,80}}(.{{1,{_LONGEST}}}?)\s{{0,80}}\1", re.DOTALL)
# In the lines behind an equals sign: of properties, and of ini.
_CONTINUED = re.compile(
    rf"\\?[ \t]*\r?\n[ \t]+(?=([^\s=:#;<>\[{{][^\n=]{{3,{_LONGEST}}})(?:\n|\Z))"
)
# A value below its name: `password: |`.
_BLOCK = re.compile(
    rf"[|>][-+\d]{{0,2}}[ \t]*\r?\n([ \t]+)(?=([^\s{{\[<#][^\n]{{0,{_LONGEST}}})(?!\n\1))"
)
_NAME_CHARACTER = re.compile(r"[\w.-]")
_REST = re.compile(rf"[^\n]{{0,{_LONGEST}}}")
_SHELL_WORD = re.compile(rf"[^\s;&|)]{{0,{_LONGEST}}}")
_COMMENT = re.compile(r"\s[#;].*|\s//.*")
_COMMENTED = ("#", ";", "//", "*", "{{/*", "<!--")
# Of a registry in .npmrc, and what is mounted from a server, in fstab.
_NO_COMMENT = re.compile(r"//\S+/:_|//\S+[ \t]+/\S")
_EXPANDED = frozenset("$`(")
_NEXT = re.compile(r",\s*[\w.-]*\s*[:=].*|,\Z")
_OPENERS = frozenset("{[(")
_OBJECT_NAME = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)+\Z")
_SAYING = re.compile(r"(?:^|[;&|{(]|\bthen|\bdo|\belse)\s*(?:echo|printf)\b[^;&|]*\Z")
_FORMATTED = re.compile(r"[br]?f[br]?[\"'].*\{")  # f"{header}.{body}" of Python
_FIELD = re.compile(r"[a-z][a-z_]*\(.*\)[\w.\[\]]*\Z|[a-z]\w*(?:\.[a-z_]\w*){2,}\Z")  # of Terraform
_VARIABLE = re.compile(r"[A-Za-z]+(?:_[A-Za-z]+)+\Z")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")
_PROPERTY = re.compile(r"(?:token|secret|password|[a-z]+(?:[A-Z][a-z]+)+)\Z")
_SENTENCE = 3  # words without quotes


def language_of(key: str, text: str) -> Language:
    """The language of a text, by the name of its file or variable, or by its first line."""
    first = text[: text.find("\n")] if text.startswith("#!") else ""
    if first:
        return Language.SHELL if re.search(r"\b(?:ba|z|k|da)?sh\b", first) else Language.PROGRAM
    if key.lower().endswith(("_cmd", "_command")):
        return Language.SHELL
    if key == "nsswitch.conf":
        return Language.PROSE  # its `passwd` is a table of users
    return _BY_EXTENSION.get(_extension(key), Language.SETTINGS)


def has_extension(key: str) -> bool:
    """Whether a name is that of a file of settings or a program, as app.yaml or run.sh."""
    extension = _extension(key)
    is_known = extension in _SETTINGS or extension in _BY_EXTENSION
    return is_known and extension not in _WRITING


def _extension(key: str) -> str:
    return key.rpartition(".")[2].lower() if "." in key else ""


class WrittenValue(NamedTuple):
    """A value as it stands in a text: where, whether in quotes and after an equals sign."""

    offset: int
    text: str
    quoted: bool
    assigned: bool = False


def named_secrets(text: str, language: Language) -> Iterator[tuple[int, Judgement]]:
    """Where literal values are whose names say that they are secrets."""
    if language in (Language.PROSE, Language.SENTENCE):
        return
    lower = _lower(text)
    if language is Language.SETTINGS and may_be_apart(lower):
        yield from in_structure(text)
    if not may_name_secret(lower):
        return
    for name, value in _pairs(text, lower, language):
        judgement = judge_pair(name, value.text)
        if (
            judgement
            and _is_constant(value, language)
            and not (language is not Language.SETTINGS and _names_object(name, value.text))
            and not (language is Language.SHELL and _is_variable(text, name, value))
        ):
            is_of_psql = text.endswith(" :", 0, value.offset)  # PASSWORD :'web_password'
            yield value.offset, Judgement.HIDDEN if is_of_psql else judgement
    if language is Language.SETTINGS:
        yield from of_several(text, lower)
        yield from in_spaced(text, lower)


def _pairs(text: str, lower: str, language: Language) -> Iterator[tuple[str, WrittenValue]]:
    for found in _NAMED.finditer(lower):
        if language is Language.SHELL and ":" in found[0] and _is_said(text, found.start()):
            continue
        name = _name_before(text, found.start()) + text[found.start(1) : found.end(1)]
        start = found.end(1) - len(name)
        value = _value_at(text, found.end(), language, "=" in found[0])
        if not _is_none(text, start, found, value):
            yield name, value
    for one in named_apart(text, language is Language.PROGRAM):
        at = WrittenValue(one.offset, one.text, quoted=True)
        value = at if one.text else _value_at(text, one.offset, language)
        if one.is_sure or is_made(value.text):
            yield one.name, value
    if language is Language.SHELL:
        for found in _OPTION.finditer(text):
            yield found[1], _value_at(text, found.end(), language)


def _is_none(text: str, start: int, found: re.Match[str], value: WrittenValue) -> bool:
    """Whether what looks like a name and its value is something else."""
    before = text[max(start - 3, 0) : start]
    if found[0].endswith(" ") and before[-1:] and before[-1] in "?&":
        return True  # of a URL, and without a value
    if before.endswith("$$"):
        return True  # what AngularJS leaves in JSON: `"$$hashKey": "object:1"`
    if before.endswith("/") and _WORD.match(value.text):
        return True  # a label with a domain, that sorts
    after = value.offset + len(value.text)
    is_last = not value.quoted and found[0].rstrip(" \t").endswith(":")
    if is_last and text[after : after + 2] == ",\n" and _PROPERTY.match(value.text):
        return True  # of an object in JavaScript: `password: harborToken,`
    operator = found[0].rstrip(" \t")[-2:]
    if operator == "=>" and "getenv(" in value.text:
        return True  # of PHP, in quotes of quotes
    if operator == ":-" or (operator in (":=", "=>") and not value.quoted):
        return operator == "=>" or not before.endswith("${")
    quote = text[found.end(1) : found.end(1) + 1]
    if quote not in ("'", '"'):
        return False
    if before[-1:] in (" ", "\t"):
        return _opens_before(text, start, quote)  # a sentence in quotes: 'no token': 'kein Token'
    return before[:-1].rstrip(" ").endswith("?")  # one of two values: ok ? 'PASS' : 'FAIL'


def _opens_before(text: str, offset: int, quote: str) -> bool:
    """Whether the quote that ends behind a name begins on its line, but not right before it."""
    line = text[max(text.rfind("\n", 0, offset) + 1, offset - _LONGEST) : offset]
    return line.count(quote) % 2 == 1


def _is_said(text: str, offset: int) -> bool:
    """Whether a script prints the line for a user."""
    start = max(text.rfind("\n", 0, offset) + 1, offset - _LONGEST)
    return _SAYING.search(text[start:offset]) is not None


def is_comment(text: str, offset: int) -> bool:
    """Whether the line of an offset is a comment, in any of the usual languages."""
    start = text.rfind("\n", 0, offset) + 1
    line = text[start : offset + 2].lstrip()
    is_line = line.startswith(_COMMENTED) and not _NO_COMMENT.match(line)
    return is_line or _is_in_xml_comment(text, offset)


def _is_in_xml_comment(text: str, offset: int) -> bool:
    first, last = max(offset - _LONGEST_COMMENT, 0), offset + _LONGEST_COMMENT
    start = text.rfind("<!--", first, offset)
    return start >= 0 and text.find("-->", start, offset) < 0 <= text.find("-->", offset, last)


def _is_constant(value: WrittenValue, language: Language) -> bool:
    """Whether a value stands there as it is, and is not computed, described or begun."""
    if value.quoted:
        return True
    if language is Language.PROGRAM or _FORMATTED.match(value.text):
        return False
    if language is Language.SHELL:
        return _EXPANDED.isdisjoint(value.text) and value.text[0] not in "{["  # JSON
    is_begin = value.text[0] in "{[|>&*"
    is_sentence = not value.assigned and len(value.text.split()) >= _SENTENCE
    is_call = "(" in value.text and value.text.endswith((")", "):", ") {"))
    is_field = value.assigned and _FIELD.match(value.text) is not None
    return not (is_begin or is_sentence or is_call or is_field)


def _names_object(name: str, value: str) -> bool:
    """Whether a script's variable called secret holds the name of a Secret, as many do."""
    return name.lower().endswith("secret") and _OBJECT_NAME.match(value) is not None


def _is_variable(text: str, name: str, value: WrittenValue) -> bool:
    """Whether a script has a program in it that gives one variable to another: `a = some_token`."""
    is_apart = text[value.offset - 2 : value.offset] == "= "
    return is_apart and not is_password(name) and _VARIABLE.match(value.text) is not None


def _lower(text: str) -> str:
    """The text with ASCII letters in lower case: of the same length, whatever else is in it."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _name_before(text: str, end: int) -> str:
    start = end
    while start > end - _LONGEST and start and _NAME_CHARACTER.match(text, start - 1):
        start -= 1
    return text[start:end]


def _value_at(text: str, offset: int, language: Language, assigned: bool = False) -> WrittenValue:
    triple = _TRIPLE.match(text, offset)
    if triple:
        return WrittenValue(triple.start(2), triple[2], language is not Language.SHELL, assigned)
    quoted = _QUOTED.match(text, offset)
    if quoted:
        in_shell = language is Language.SHELL and quoted[2] == '"'
        # The shell expands what is in double quotes.
        is_whole = not in_shell or _EXPANDED.isdisjoint(quoted[3])
        return WrittenValue(offset, quoted[3], is_whole, assigned)
    block = _BLOCK.match(text, offset) if language is Language.SETTINGS else None
    if block:
        return WrittenValue(block.end(), block[2].strip(), True, assigned)
    below = _CONTINUED.match(text, offset) if assigned and language is Language.SETTINGS else None
    if below:
        return WrittenValue(below.end(), below[1].strip(), False, assigned)
    pattern = _SHELL_WORD if language is Language.SHELL else _REST
    found = pattern.match(text, offset)
    rest = _COMMENT.sub("", found[0]) if found else ""
    if not assigned and rest.startswith("#") and text[offset - 1].isspace():
        rest = ""  # in YAML that is a comment, and no value
    rest = rest.strip().rstrip(",")
    for quote in "\"'":
        if rest.count(quote) % 2:
            rest = rest[: rest.index(quote)]  # that of what the whole is in
    rest = _NEXT.sub("", rest)
    if _OPENERS.isdisjoint(rest):
        rest = rest.rstrip("}]):;")
    return WrittenValue(offset, rest, False, assigned)
