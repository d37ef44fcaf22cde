"""Generators of whatever YAML may carry; all take a seeded source of randomness."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from renderer.yamldoc.keys import sorted_keys

if TYPE_CHECKING:
    from random import Random

_RAW = re.compile("[\x20\x21\x23-\x5b\x5d-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
# kustomize refuses or changes these on their way through its JSON.
_NOT_CARRIED = re.compile("[\x7f-\x9f\ufffe\uffff]")


def quoted(text: str) -> str:
    """A double-quoted scalar that every reader takes: no raw control or astral characters."""
    return '"' + "".join(c if _RAW.match(c) else f"\\U{ord(c):08x}" for c in text) + '"'


def flow(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"? {quoted(k)} : {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


_WORDS = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "Y", "N", "Yes", "NO", "ON",
    "Off", "True", "FALSE", "Null", "NULL", "<<", "=", "1", "0", "-1", "+1", "012", "0777", "019",
    "0o17", "0O17", "0x1F", "0X1f", "0b11", "1_000", "1e3", "1E+3", ".5", "5.", "1.5e3", "1:30",
    "21:30:00", "2019-08-14", "2019-13-45", "2001-12-14t21:59:43.10-05:00", "0b-11", "0o-7",
    "-0b11", "1e400", "9007199254740993", "-0", "-0.0", "1e20", "1e21", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "---", "...", "-a",
    "?a", ":a", "a:b", "--", ".1_0", "._1", "1__0", "1_", "_1", "0x", "0b", "0o", "+.5", "-.5e-3",
    "123456789012345678901", "0.00001", "1e-7",
]  # fmt: skip
_NUMBERS = ("0123456789+-._:eExXobBT Z_af", "01_+-.eE", "yesnoYESNOtrufalTRUFAL~.infaNAN")
_LETTERS = [
    *"abzABZ019 _-+.:#,[]{}&*!|>'\"%@`?~=<\\/$()^;",
    *"\t\n\r\0\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\xa0\xad\xff\u0100\u2028\u2029\u200b\ufeff",
    *"\ud7ff\ue000\ufffd\U0001f600\U00010000\U0010ffff",
    *(" ", " ", "\n", "\n", "a", "b", "  ", ": ", " #", "\n\n", "\n ", " \n"),
]


def _some(random: Random, letters: Any, low: int, high: int) -> str:
    return "".join(random.choice(letters) for _ in range(random.randint(low, high)))


def plain_scalar(random: Random) -> str:
    """A scalar that stands plain in a block sequence; many look like numbers or dates."""
    while True:
        text = _scalar_like(random).strip(" ")
        indicator = re.match(r"[-?:](?: |\Z)", text) or re.search(r":(?: |\Z)| #", text)
        if text and not indicator and not text.startswith(("---", "...")):
            return text


def _scalar_like(random: Random) -> str:
    kind = random.random()
    if kind < 0.1:
        return random.choice(_WORDS)
    if kind < 0.5:
        return _some(random, random.choice(_NUMBERS), 1, 9)
    if kind < 0.6:
        prefix = random.choice(["", "0b", "0o", "0x", "0", "0B", "0O", "0X", "0b-", "0o+"])
        return random.choice(["", "+", "-"]) + prefix + _some(random, "01_789af", 1, 9)
    if kind < 0.7:
        edge = 10 ** random.randint(1, 25)
        return str(random.randint(-edge, edge))
    if kind < 0.85:
        return repr(random.random() * 10.0 ** random.randint(-320, 308))
    return _date_like(random)


def _date_like(random: Random) -> str:
    def two(high: int) -> str:
        return f"{random.randint(0, high):0{random.choice([1, 2])}d}"

    text = f"{random.randint(0, 3000):04d}-{two(13)}-{two(32)}"
    if random.random() < 0.7:
        text += f"{random.choice(['T', 't', ' ', '  '])}{two(24)}:{two(60)}:{two(60)}"
    if random.random() < 0.4:
        text += random.choice(".,") + _some(random, "0123456789", 0, 12)
    zones = ["Z", "z", "+00:00", "-05:00", "+5:00", "+0530", "+23:59", "-12:60", "+99:99", " -5"]
    return text + random.choice(zones) if random.random() < 0.6 else text


def text(random: Random) -> str:
    """A string that kustomize can carry; every style, fold and escape is among them."""
    return _NOT_CARRIED.sub("x", _any_text(random))


def _any_text(random: Random) -> str:
    kind = random.random()
    if kind < 0.15:
        return random.choice(_WORDS)
    if kind < 0.3:
        return _some(random, _LETTERS, 0, 4)
    if kind < 0.45:
        return _scalar_like(random)
    if kind < 0.6:
        words = (_some(random, "abcdefgh'\":#-", 0, 12) for _ in range(random.randint(5, 40)))
        return " ".join(words)
    if kind < 0.7:
        return _some(random, _LETTERS, 60, 300)
    if kind < 0.8:
        return "\n".join(_some(random, "ab  :#-", 0, 8) for _ in range(random.randint(1, 5)))
    if kind < 0.9:
        spans = [(0, 0xFF), (0, 0xD7FF), (0xE000, 0x10FFFF)]
        return "".join(
            chr(random.randint(*random.choice(spans))) for _ in range(random.randint(1, 6))
        )
    return _some(random, _LETTERS, 5, 12)


def _key(random: Random) -> str:
    """A key: no characters younger than Unicode 3.2, whose order depends on Python's age.

    kustomize cannot carry keys of about 1,000 bytes and more.
    """
    old = unicodedata.ucd_3_2_0.category
    name = "".join(c if old(c) != "Cn" else "u" for c in text(random))[:150]
    return "m" if name == "<<" else name


def value(random: Random, depth: int = 0) -> Any:
    kind = random.random()
    if depth > 3 or kind < 0.6:
        return text(random)
    if kind < 0.7:
        edge = 10 ** random.randint(1, 25)
        numbers = [0, -1, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 2**64, 1.5, -0.0, 1e20, 1e21]
        odd = [1.5e-5, 1e-7, 123456.5, 1234567.5, random.random() * 10.0 ** random.randint(-30, 30)]
        return random.choice([None, True, False, random.randint(-edge, edge), *numbers, *odd])
    if kind < 0.85:
        return [value(random, depth + 1) for _ in range(random.randint(0, 4))]
    while True:
        keys = {_key(random) for _ in range(random.randint(0, 4))}
        mapping = {key: value(random, depth + 1) for key in keys}
        if not is_circular(mapping):
            return mapping


def is_circular(mapping: dict[str, Any]) -> bool:
    """Whether go-yaml's order of these keys runs in a circle: then its output is random."""
    keys = sorted_keys(mapping)
    return any(sorted_keys([b, a]) != [a, b] for i, a in enumerate(keys) for b in keys[i + 1 :])


_NODES = r"""a|b|1|~|""|''|"x y"|'it''s'|no|1.5|null|<<|&a x|&b 2|!!str 5|!!int "7"|!foo z
!!binary aGk=|[]|{}|[a, b]|{a: 1, b: [c]}|&a [1]|&b {q: 1}|&a {q: {r: 1}}
"a\tb"|"a\u0041"|x #c|x#c|[a: b]|[a,]
{? a : b, "c":d}|! x|! "5"|! 5|!!float 3|!!null ""|!!map {a: 1}|!<tag:yaml.org,2002:str> 5|-a
2001-01-01|http://x|a::b|::|a b c|"\U0001F600"|*a|*b|!!str|+.5|0x_1|012|!!bool "true"|{"a":b}"""
_BLOCKS = [
    *('"a\n   b"', "'a\n\n  b'", "|\n  t\n   u\n", ">\n  t\n  u\n\n  v\n", "|-\n  t\n", "a\n  b"),
    *("|+\n  t\n\n", "|2\n   t\n", "[a,\n  b]", "{a: b,\n c: d}", '"\\\n  x"', '"x\\ \n  y"'),
    *("|\n", "|\n\n  # t\n", "'\n  a'", '"a\n\n\n  b "', "|\n  a\n\n\n  b", "# c\n  x"),
]


def document(random: Random) -> str:
    """A mapping in block style with anchors, merge keys, comments and every kind of scalar.

    Not all of these can be read; `read_documents` says which.
    """
    text = _block(random, 0, 0, mapping=True)
    if random.random() < 0.5:
        keys = random.choice(["<<: *a", "<<: [*b, *a]", "<<: {p: 0, m: 1}", "<<: *b\n  p: 7"])
        text = f"a0: &a {{p: 1, s: x}}\nb0: &b\n  p: 2\n  q: [3]\nz0:\n  {keys}\n{text}"
    text = text.replace("\n", random.choice(["\n", "\n", "\n", "\n", "\r\n"]))
    return random.choice(["", "", "---\n", "# c\n", "--- # c\n", "%YAML 1.1\n---\n"]) + text


def _block(random: Random, indent: int, depth: int, *, mapping: bool) -> str:
    keys = ["a", "b", "k", "c", '"q"', "'s'", "a b", "y", "-k", "no", "? z\n", "&c w", "!!str v"]
    lines = []
    pad = " " * indent
    for key in random.sample(keys, random.randint(1, 4)):
        head = pad + (key.replace("\n", f"\n{pad}") + ": " if mapping else "- ")
        if random.random() < 0.1:
            lines.append(random.choice(["", "# c", "  # c", pad + "# x"]))
        if depth < 3 and random.random() < 0.35:
            lines.append(head.rstrip() + random.choice(["", "", " &a", " # c"]))
            more = random.choice([1, 2, 2, 2, 4])
            lines.append(_block(random, indent + more, depth + 1, mapping=random.random() < 0.6))
        else:
            nodes = _BLOCKS if random.random() < 0.3 else re.split(r"[|\n]", _NODES)
            lines.append(head + random.choice(nodes).replace("\n", "\n" + pad))
    return "\n".join(lines) + "\n"
