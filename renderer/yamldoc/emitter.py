"""The text of one scalar, exactly as go-yaml v2's emitter prints it.

This is the general path, written after `emitterc.go` of go.yaml.in/yaml/v2: it knows every
style, escape, fold and hint. `writing` uses it for whatever is not an everyday scalar.
"""

from __future__ import annotations

import math
import re

from renderer.yamldoc.scalars import INT_MIN, UINT_MAX, json_number, needs_quotes

BEST_WIDTH = 80  # a space beyond this column becomes a line break
MAX_SIMPLE_KEY = 128  # bytes; a longer key is written with '? '

_GO_EXPONENT = 6  # from here on Go's shortest 'g' format writes an exponent

_BREAKS = "\r\n\x85\u2028\u2029"
_BREAK = re.compile(f"[{_BREAKS}]")
_LINE_START = re.compile(f"[{_BREAKS}](?=[^{_BREAKS}])")
_BLANK_BREAK = re.compile(f" [{_BREAKS}]")
_BREAK_BLANK = re.compile(f"[{_BREAKS}] ")
# What the emitter does not call printable; a tab is among it, so are astral characters. Named by
# what it is, for `re` takes 3 ms to go through the rest of Unicode.
_SPECIAL = re.compile("[\0-\t\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe-\U0010ffff]")
_ESCAPED = re.compile(f'{_SPECIAL.pattern}|[{_BREAKS}"\\\\]')
_FIRST_INDICATOR = re.compile("---|\\.\\.\\.|[#,\\[\\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\\Z)")
_INNER_INDICATOR = re.compile(f":(?:[ \t]|\\Z)|[ \t\0{_BREAKS}]#")
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def is_multiline(text: str) -> bool:
    """Whether the emitter sees a line break in the text; such a key is never simple."""
    return _BREAK.search(text) is not None


def style(text: str) -> str:
    """How a string is written as a value: plain, ', " or |."""
    special = _SPECIAL.search(text) is not None
    space_break = _BLANK_BREAK.search(text) is not None
    if "\n" in text:
        if special or space_break or text[-1] == " ":
            return '"'
        return "|"
    if needs_quotes(text):
        return '"'
    if special or space_break or _BREAK_BLANK.search(text):
        return '"'
    if text[0] == " " or text[-1] == " " or is_multiline(text):
        return "'"
    if _FIRST_INDICATOR.match(text) or _INNER_INDICATOR.search(text):
        return "'"
    return "plain"


def emit(text: str, indent: int, column: int, *, key: bool = False) -> str:
    """The text of a string scalar.

    `indent` is the indentation of continuation lines, `column` where the scalar begins, and
    `key` says that it must stay on one line.
    """
    how = style(text)
    if key and (how == "|" or is_multiline(text)):
        how = '"'
    if how == "plain":
        return text if key else _fold_plain(text, indent, column)
    if how == "'":
        return _single(text, indent, column, allow_breaks=not key)
    if how == "|":
        return _literal(text, indent)
    return _double(text, indent, column, allow_breaks=not key)


def emit_lines(text: str, indent: int, column: int) -> str:
    """The text of a string scalar as `emit` gives it, but never folded where it has lines.

    What go-yaml would quote and fold is quoted line by line, so that each line of the string is
    a line of the text, and none ends with a space that an editor would take away. All readers of
    YAML 1.1 and 1.2 drop the escaped line break and the indentation behind it (YAML 1.2.2, 7.3.1).
    """
    if "\n" not in text or style(text) != '"':
        return emit(text, indent, column)
    pad = " " * indent
    lines = text.split("\n")
    if not lines[-1]:
        lines = [*lines[:-2], lines[-2] + "\n"]
    shown = [_escaped_line(line) for line in lines]
    return f'"\\\n{pad}' + f"\\n\\\n{pad}".join(shown) + '"'


def _escaped_line(line: str) -> str:
    """A line of a double-quoted string; a space that begins it would be indentation."""
    shown = _ESCAPED.sub(lambda found: _escape(found.group()), line)
    return f"\\{shown}" if shown.startswith(" ") else shown


def _fold_plain(text: str, indent: int, column: int) -> str:
    if column + len(text) <= BEST_WIDTH or " " not in text:
        return text
    out = []
    spaces = False
    for index, char in enumerate(text):
        if char == " ":
            if not spaces and column > BEST_WIDTH and text[index + 1] != " ":
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(char)
                column += 1
            spaces = True
        else:
            out.append(char)
            column += 1
            spaces = False
    return "".join(out)


def _single(text: str, indent: int, column: int, *, allow_breaks: bool) -> str:
    out = ["'"]
    column += 1
    spaces = breaks = False
    last = len(text) - 1
    for index, char in enumerate(text):
        if char == " ":
            fold = allow_breaks and not spaces and column > BEST_WIDTH and 0 < index < last
            if fold and text[index + 1] != " ":
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(char)
                column += 1
            spaces = True
        elif char in _BREAKS:
            out.append(char)
            column = 0
            breaks = True
        else:
            if breaks:
                out.append(" " * indent)
                column = indent
            out.append("''" if char == "'" else char)
            column += 2 if char == "'" else 1
            spaces = breaks = False
    out.append("'")
    return "".join(out)


def _double(text: str, indent: int, column: int, *, allow_breaks: bool) -> str:
    # go-yaml tests the first bytes of the whole string where it means the current character:
    # behind a leading byte order mark everything is escaped.
    everything = text.startswith("\ufeff")
    out = ['"']
    column += 1
    spaces = False
    last = len(text) - 1
    for index, char in enumerate(text):
        if everything or _ESCAPED.match(char):
            piece = _escape(char)
            out.append(piece)
            column += len(piece)
            spaces = False
        elif char == " ":
            if allow_breaks and not spaces and column > BEST_WIDTH and 0 < index < last:
                out.append("\n" + " " * indent)
                column = indent
                if text[index + 1] == " ":
                    out.append("\\")
                    column += 1
            else:
                out.append(char)
                column += 1
            spaces = True
        else:
            out.append(char)
            column += 1
            spaces = False
    out.append('"')
    return "".join(out)


def _escape(char: str) -> str:
    short = _ESCAPES.get(char)
    if short is not None:
        return "\\" + short
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    if code <= 0xFFFF:
        return f"\\u{code:04X}"
    return f"\\U{code:08X}"


def _literal(text: str, indent: int) -> str:
    """A final line break stays: behind it the emitter begins no new line."""
    hint = "2" if text[0] == " " or text[0] in _BREAKS else ""
    if text[-1] not in _BREAKS:
        hint += "-"
    elif len(text) == 1 or text[-2] in _BREAKS:
        hint += "+"
    pad = " " * indent
    first = "" if text[0] in _BREAKS else pad
    return f"|{hint}\n{first}{_LINE_START.sub(lambda found: found.group() + pad, text)}"


def number(value: float) -> str:
    """The text of an int or float, as it leaves kustomize's JSON and go-yaml's writer.

    Raises ValueError for what is infinite or not a number.
    """
    if isinstance(value, float):
        value = json_number(value)
    if isinstance(value, int):
        if INT_MIN <= value <= UINT_MAX:
            return str(value)
        value = float(value) if abs(value) < 10**308 else math.inf
    if not math.isfinite(value):
        raise ValueError("JSON knows no infinite number, nor one that is none")
    return _go_float(value)


def _go_float(value: float) -> str:
    """strconv.FormatFloat(value, 'g', -1, 64): Python's digits in Go's layout."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    figures = (whole + fraction).lstrip("0")
    power = len(figures) - len(fraction) - 1 + int(exponent or 0)
    figures = figures.rstrip("0")
    sign = "-" if value < 0 else ""
    if power < -4 or power >= _GO_EXPONENT:
        rest = "." + figures[1:] if len(figures) > 1 else ""
        return f"{sign}{figures[0]}{rest}e{power:+03d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{figures}"
    return f"{sign}{figures[: power + 1].ljust(power + 1, '0')}.{figures[power + 1 :]}"
