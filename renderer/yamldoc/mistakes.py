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
        return _error("conflict markers of git stand in this file", text, ours.start())
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
    hint = error.hint or hint
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


def _error(message: str, text: str, at: int) -> YamlError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return YamlError(message, line, column)
