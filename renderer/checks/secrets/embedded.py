"""Values of Secrets that stand in something else: in a text, in another object, in a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.checks.secrets.held import judge_held
from renderer.checks.secrets.texts import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.patching.pointing import Path

_WHAT = "a value of a Secret"
_FIELDS = ("stringData", "data")
_KIND = re.compile(r"""(?:- )?["']?kind["']?:[ \t]*["']?Secret["']?[ \t]*(?:#.*)?\Z""")
_FIELD = re.compile(r"""["']?(stringData|data)["']?:[ \t]*(?:#.*)?\Z""")
_ENTRY = re.compile(r"""["']?([\w.-]+)["']?:(?:[ \t]+(.*))?\Z""")
_BLOCK = re.compile(r"[|>][-+\d]{0,2}[ \t]*(?:#.*)?\Z")
_QUOTED = re.compile(r"""(["'])(.*)\1[ \t]*(?:#.*)?\Z""")
_COMMENT = re.compile(r"(?:\A|[ \t])#.*")
_FAKE = ("SecretStore", "ClusterSecretStore")  # of the External Secrets Operator


def in_secret(node: Mapping[str, Any], field: str) -> Iterator[tuple[Path, Found]]:
    """The secret values below a field of a Secret that stands in another object, as in values of
    a chart; none where the mapping is no Secret."""
    if field in _FIELDS and node.get("kind") == "Secret" and node.get("apiVersion") == "v1":
        yield from _values(field, node[field])


def in_template(data: Mapping[str, Any]) -> Iterator[tuple[Path, Found]]:
    """The secret values that a SealedSecret adds to its Secret, or that a SecretStore makes up."""
    spec = mapping(data.get("spec"))
    if data.get("kind") == "SealedSecret":
        template = mapping(spec.get("template"))
        for field in _FIELDS:
            # A template is text even where the field is called `data`.
            for path, found in _values("stringData", template.get(field)):
                yield ("spec", "template", field, *path), found
    elif data.get("kind") in _FAKE:
        held = mapping(mapping(spec.get("provider")).get("fake")).get("data")
        for index, one in enumerate(held if isinstance(held, list) else []):
            # The key of a whole Secret says little of its value.
            for path, found in _values("stringData", {"": mapping(one).get("value")}):
                yield ("spec", "provider", "fake", "data", index, "value", *path[1:]), found


def _values(field: str, data: Any) -> Iterator[tuple[Path, Found]]:
    for name, value in mapping(data).items():
        judgement = judge_held(field, name, value) if isinstance(value, str) else None
        if judgement:
            yield (name,), Found(0, 0, _WHAT, judgement)


def in_manifests(text: str) -> Iterator[Found]:
    """The secret values of Secrets that are written in a text, in YAML of a field to a line.

    The text need not be YAML: it may be a script or a template with manifests in it.
    """
    if "Secret" not in text or "kind" not in text or "ata" not in text:
        return
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if _KIND.match(line.lstrip()):
            column = line.index("kind") - (line.lstrip("- \t")[:1] in ("'", '"'))
            yield from _in_lines(lines, _around(lines, index, column), column)


def _around(lines: Sequence[str], index: int, column: int) -> range:
    """The lines of the mapping that has a key in a line, at a column."""
    first, end = index, index + 1
    while first and not _ends(lines[first - 1], column) and lines[first].lstrip()[:2] != "- ":
        first -= 1
    while end < len(lines) and not _ends(lines[end], column):
        end += 1
    return range(first, end)


def _ends(line: str, column: int) -> bool:
    return line.strip() != "" and (line.startswith("---") or _indent(line) < column)


def _in_lines(lines: Sequence[str], where: range, column: int) -> Iterator[Found]:
    field, inner = "", 0
    for index in where:
        line = lines[index]
        indent = _indent(line)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if indent <= column:
            found = _FIELD.match(line.strip())
            field, inner = (found[1], 0) if found else ("", 0)
            continue
        inner = inner or indent
        entry = _ENTRY.match(line.strip()) if field and indent == inner else None
        if entry:
            last, value = _value(lines, index, where.stop, entry[2] or "", indent)
            judgement = judge_held(field, entry[1], value)
            if judgement:
                yield Found(index + 1, last + 1, _WHAT, judgement)


def _value(lines: Sequence[str], index: int, stop: int, text: str, indent: int) -> tuple[int, str]:
    """The last line of a value, and what it is."""
    last = index
    while last + 1 < stop and (not lines[last + 1].strip() or _indent(lines[last + 1]) > indent):
        last += 1
    if _BLOCK.match(text):
        return last, "\n".join(line.strip() for line in lines[index + 1 : last + 1])
    if text[:1] in ("'", '"'):
        text = " ".join([text, *(line.strip() for line in lines[index + 1 : last + 1])])
        quoted = _QUOTED.match(text)
        return last, quoted[2] if quoted else text[1:]
    if text.startswith("*"):
        return last, ""  # an alias
    return last, _COMMENT.sub("", text).strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
