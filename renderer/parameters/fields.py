"""Reading the fields of our own documents strictly: every surprise is a finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding, Location
from renderer.patching.pointing import format_path
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.yamldoc.documents import Ambiguity, Document, Position

Path = tuple[str | int, ...]

_NAMES = {
    dict: "a mapping",
    list: "a list",
    str: "a string",
    bool: "true or false",
}
_QUOTE = "put it in quotes"
_NULLS = ("null", "Null", "NULL", "~", "!", "&", "*")  # what a null that is written begins with


@dataclass(slots=True)
class Fields:
    """One document, its file and the findings about it so far.

    `source` is the text of the file. Where the document is a string inside another one,
    `inside` is the place that its positions count from.
    """

    file: str
    document: Document
    source: bytes = b""
    inside: Location | None = None
    findings: list[Finding] = field(default_factory=list)

    def at(self, path: Sequence[str | int]) -> Location:
        """Where the value at a path stands."""
        return self._place(self.document.value_at(path))

    def at_key(self, path: Sequence[str | int]) -> Location:
        """Where the key of a value, or the item of a list, stands."""
        return self._place(self.document.key_at(path))

    def places(self, path: Path) -> dict[Path, Location]:
        """Where the value at a path stands and all that is inside it, by paths from there."""
        found: dict[Path, Location] = {}
        stack: list[tuple[Path, Any]] = [((), self.get(path))]
        while stack:
            inner, value = stack.pop()
            found[inner] = self.at((*path, *inner))
            if isinstance(value, dict):
                stack += [((*inner, key), one) for key, one in value.items()]
            elif isinstance(value, list):
                stack += [((*inner, index), one) for index, one in enumerate(value)]
        return found

    def is_blank(self, path: Path) -> bool:
        """Whether nothing is written where the value at a path, which is null, should stand."""
        position = self.document.value_at(path)
        lines = self.source.decode("utf-8", "replace").splitlines()
        rest = lines[position.line - 1][position.column - 1 :] if lines else "null"
        return not rest.lstrip().startswith(_NULLS)

    def _place(self, position: Position) -> Location:
        start = self.inside
        if start is None:
            return Location(self.file, position.line, position.column)
        lines = self.source.splitlines()
        head = lines[start.line - 1].decode(errors="replace")[start.column - 1 :]
        if not head.startswith("|") or start.line >= len(lines):
            return start  # only in a literal block are lines what they are in the file
        first = lines[start.line]
        indent = len(first) - len(first.lstrip(b" "))
        return Location(self.file, start.line + position.line, indent + position.column)

    def string_document(self, path: Path, document: Document) -> Fields:
        """The fields of a document that is written as a string in this one."""
        return Fields(file=self.file, document=document, source=self.source, inside=self.at(path))

    def error(self, rule: str, message: str, path: Path, hint: str = "") -> None:
        """Adds a finding about the key at a path."""
        self.findings.append(Finding.error(rule, message, self.at_key(path), hint=hint))

    def check_ambiguities(self) -> None:
        """Scalars that readers of YAML disagree on are findings."""
        for found in self.document.ambiguities:
            is_key = (
                found.position
                == self.document.key_at(found.path)
                != self.document.value_at(found.path)
            )
            message, hint = _ambiguous(found, is_key=is_key)
            location = self._place(found.position)
            self.findings.append(Finding.error("ambiguous-value", message, location, hint=hint))

    def mapping(self, path: Path, allowed: Sequence[str]) -> dict[str, Any]:
        """The mapping at a path, empty if it is not one; unknown fields are findings."""
        found: dict[str, Any] | None = self.typed(path, dict)
        if found is None:
            return {}
        for name in found:
            if name not in allowed:
                where = format_path(path) or "the document"
                self.error(
                    "unknown-field",
                    f"unknown field {name} in {where}",
                    (*path, name),
                    hint=nearest(name, allowed),
                )
        return found

    def item(self, path: Path, allowed: Sequence[str]) -> dict[str, Any] | None:
        """The mapping that an item of a list is; a finding and None where it is none."""
        if isinstance(self.get(path), dict):
            return self.mapping(path, allowed)
        self.error("wrong-type", f"{format_path(path)} must be a mapping", path)
        return None

    def entries(self, path: Path) -> list[Path]:
        """The paths of the items of the list at a path; none if there is no list."""
        return [(*path, index) for index in range(len(self.typed(path, list) or ()))]

    def text(self, path: Path, *, required: bool = False, hint: str = "") -> str:
        """The string at a path, empty if there is none; `hint` says what to write."""
        found = self.typed(path, str)
        if required and self.get(path) in (None, ""):
            parent = self.get(path[:-1])
            if parent is None or isinstance(parent, dict):  # else it has a finding of its own
                is_there = parent is not None and path[-1] in parent
                message = f"{format_path(path)} is {'empty' if is_there else 'missing'}"
                self.error("missing-field", message, path, hint)
        return found or ""

    def flag(self, path: Path) -> bool:
        return bool(self.typed(path, bool))

    def typed(self, path: Path, kind: type) -> Any:
        """The value at a path if it is of this kind; a finding and None if it is another."""
        value = self.get(path)
        if value is None or isinstance(value, kind):
            return value
        if any(found.path == path for found in self.document.ambiguities):
            return None  # which is a finding already, and of another type once it is in quotes
        where = format_path(path) or "the document"
        hint = _QUOTE if kind is str and not isinstance(value, dict) else ""
        self.error("wrong-type", f"{where} must be {_NAMES[kind]}", path, hint)
        return None

    def get(self, path: Path) -> Any:
        node: Any = self.document.data
        for step in path:
            if isinstance(node, dict) and isinstance(step, str):
                node = node.get(step)
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                node = node[step]
            else:
                return None
        return node


def _ambiguous(found: Ambiguity, *, is_key: bool) -> tuple[str, str]:
    """What readers make of a scalar, and what to write instead."""
    text = found.text
    if isinstance(found.kubectl, bool):
        meant = "true" if found.kubectl else "false"
        quoted = f'put it in quotes ("{text}")'
        hint = quoted if is_key else f"{quoted}, or write {meant}"
        return f"{text} is {meant} to kubectl, and a word to kustomize", hint
    if isinstance(found.kustomize, str):
        message = "this date gets a time (T00:00:00Z) in kustomize, but not in kubectl"
        return message, "put it in quotes"
    # Neither is a number shown: it may be a password.
    return "this number is another to kubectl than to kustomize", (
        "put it in quotes if it is text; else write it in digits, up to 9223372036854775807"
    )
