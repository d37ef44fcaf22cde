"""What people did to a text that is no YAML: what libyaml says of it helps few.

These are read only where something has been refused already; none of them looks at a text that
can be read.
"""

from __future__ import annotations

import re

from renderer.yamldoc.documents import YamlError

TEMPLATE = "this file is a template that was not rendered: {{ is no YAML"

_OURS, _THEIRS = re.compile(r"^<{7}( |$)", re.MULTILINE), re.compile(r"^>{7}( |$)", re.MULTILINE)
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_WORD = re.compile(r"[^\s,\"']+")
_BY_KEY = re.compile(r"(?:/[^/]*)*/\[[\w.-]+=[^\]]*\](?:/.*)?")
_INDENTATION = re.compile(r"[ ]*\t")
_HINTS = {
    "mapping values are not allowed": "is the indentation right? A text with ': ' in it needs"
    " quotes",
    "did not find expected key": "is this line, or one above it, indented as its neighbours are?",
    "did not find expected '-' indicator": "is this line indented as the items of the list are?",
    "could not find expected ':'": "is a ':' missing, or the indentation of a text?",
    "cannot start any token": "quote a text that begins with @, ` or %",
    "did not find expected ',' or ']'": "is a [ not closed?",
    "did not find expected ',' or '}'": "is a { not closed?",
    "unexpected end of stream": "is a quote not closed?",
}


def understood(text: str, error: YamlError) -> YamlError:
    """The error that says what was done, where that can be told; else the same with a hint."""
    if error.rule != "bad-yaml":
        return error
    ours = _OURS.search(text)
    if ours and _THEIRS.search(text, ours.end()):
        message = "conflict markers of git stand in this file"
        return _error(message, text, ours.start(), "resolve the conflict, and take them out")
    control = _CONTROL.search(text)
    if control and not error.line:
        return _error(
            f"a control character (U+{ord(control[0]):04X}) stands here", text, control.start()
        )
    lines = text.splitlines()
    line = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
    tab = _INDENTATION.match(line)
    if tab and "token" in error.message:
        message = "a tab stands in the indentation: YAML knows blanks only"
        return YamlError(message, error.line, tab.end())
    action = _ACTION.search(text)
    if action and _is_readable_without(text):
        return _error(TEMPLATE, text, action.start())
    hint = next((hint for part, hint in _HINTS.items() if part in error.message), "")
    hint = error.hint or _unquoted(line, error) or hint
    return YamlError(error.message, error.line, error.column, hint=hint, rule=error.rule)


def is_action(text: str, line: int, column: int) -> bool:
    """Whether `{{` stands at a place of the text; both count from 1."""
    lines = text.splitlines()
    return 0 < line <= len(lines) and lines[line - 1].startswith("{{", column - 1)


def _is_readable_without(text: str) -> bool:
    """Whether what is no action of a template is YAML: then these are what is wrong."""
    from renderer.yamldoc.events import events

    alone = re.sub(r"(?m)^[ \t]*\{\{[^\n]*\}\}[ \t]*$", "", text)
    try:
        for _ in events(_ACTION.sub("x", alone)):
            pass
    except YamlError:
        return False
    return True


def _unquoted(line: str, error: YamlError) -> str:
    """The hint where text inside brackets holds brackets itself, and no quotes."""
    if "flow" not in error.message:
        return ""
    words = (match for match in _WORD.finditer(line) if match.end() >= error.column - 1)
    broken = next((match[0] for match in words), "")
    if not any(sign in broken for sign in "[]{}"):
        return ""
    # Nothing but a path is shown: what is broken may be a secret.
    is_path = _BY_KEY.fullmatch(broken) is not None
    return (
        f'write the path in quotes: "{broken}"' if is_path else "write text with brackets in quotes"
    )


def _error(message: str, text: str, at: int, hint: str = "") -> YamlError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return YamlError(message, line, column, hint=hint)
