"""Results as text for a terminal or a log."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from renderer.findings import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renderer.layout.clusters import Cluster
    from renderer.tree.planning import Change

_COLORS = {"error": "31", "warning": "33", "add": "32", "remove": "31", "hunk": "36"}


class Style:
    """Colours, or none."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def paint(self, text: str, name: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self._color else text


def printable(text: str) -> str:
    """The text without what could command a terminal: controls and direction marks."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable(character) for character in text)


def _printable(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\u{ord(character):04x}"
    return character


def findings_text(findings: Iterable[tuple[Cluster, Finding]], style: Style) -> str:
    """Each finding once, with the clusters that share it where there are several."""
    shared: dict[Finding, list[Cluster]] = {}
    for cluster, finding in findings:
        shared.setdefault(finding, []).append(cluster)
    return "\n".join(_finding_text(one, clusters, style) for one, clusters in shared.items())


def _finding_text(finding: Finding, clusters: Sequence[Cluster], style: Style) -> str:
    if finding.location is None and len(clusters) == 1:
        finding = replace(finding, location=Location(clusters[0].source))
    word = str(finding.severity)
    text = printable(str(finding)).replace(f"{word}:", f"{style.paint(word, word)}:", 1)
    return text + shared_by(clusters)


def shared_by(clusters: Sequence[Cluster], *, most: int = 5) -> str:
    """A further line that names several clusters; nothing for a single one."""
    if len(clusters) < 2:
        return ""
    names = ", ".join(cluster.name for cluster in clusters[:most])
    more = f" and {len(clusters) - most} more" if len(clusters) > most else ""
    return f"\n  in the clusters {names}{more}"


def summary_line(name: str, manifests: int, counts: Sequence[tuple[str, int]], *, dry: bool) -> str:
    """One line for one cluster; the counts are of files, and zeros are left out."""
    shown = [f"{count} {_future(verb) if dry else verb}" for verb, count in counts if count]
    noun = "manifest" if manifests == 1 else "manifests"
    return f"{name}: {manifests} {noun}, {', '.join(shown) or 'no files'}"


def _future(verb: str) -> str:
    return {"added": "to add", "changed": "to change", "removed": "to remove"}.get(verb, verb)


def diff_text(output: str, change: Change, style: Style) -> str:
    """The unified diff of one file; the values of Secrets are not shown."""
    import difflib

    old, new = _lines(change.old), _lines(change.new)
    path = f"{output}/{change.path}"
    lines = difflib.unified_diff(
        old,
        new,
        "/dev/null" if change.old is None else f"a/{path}",
        "/dev/null" if change.new is None else f"b/{path}",
    )
    return "".join(_diff_line(line, style) for line in lines)


def _diff_line(line: str, style: Style) -> str:
    text = printable(line.rstrip("\n"))
    if line.startswith("+"):
        text = style.paint(text, "add")
    elif line.startswith("-"):
        text = style.paint(text, "remove")
    elif line.startswith("@@"):
        text = style.paint(text, "hunk")
    return text + "\n"


def _lines(content: bytes | None) -> list[str]:
    if content is None:
        return []
    lines = content.decode("utf-8", "replace").splitlines(keepends=True)
    return _redacted(lines) if "kind: Secret\n" in lines else lines


def _redacted(lines: list[str]) -> list[str]:
    """The lines of a Secret without its values: two values still differ visibly by digest."""
    import hashlib

    shown = []
    inside = False
    for line in lines:
        if not line.startswith((" ", "-")):
            inside = line.startswith(("data:", "stringData:"))
            shown.append(line.split(":")[0] + ": <hidden>\n" if inside and ": " in line else line)
        elif inside:
            mark = hashlib.sha256(line.encode()).hexdigest()[:8]
            key = line.split(":")[0] if line.startswith("  ") and line[2:3] != " " else "   "
            shown.append(f"{key}: <hidden {mark}>\n")
        else:
            shown.append(line)
    return shown


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join(lines) + "\n"
