"""Read our own documents: values as kustomize reads them, with positions."""

from __future__ import annotations

import re
from typing import Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from renderer.yamldoc.constructing import Node, construct
from renderer.yamldoc.documents import Document, Place, Position, YamlError
from renderer.yamldoc.events import MAX_DEPTH, decode, events
from renderer.yamldoc.safety import circular, too_deep

# kustomize prints and reads everything once more in between; such folded text comes out
# different, and so may a block scalar with a comment behind its indicator.
_GARBLED = re.compile("(?:^|\n)[ \t]|\n\n\\Z|^\n\\Z|[\r\x85\u2028\u2029]")
_COMMENTED = re.compile(r"(?:[&!]\S*\s+)*[|>][-+0-9]*[ \t]+#")
_ESCAPED_SLASH = re.compile(r"(?:[^\\]|\\[^/])*+\\/", re.DOTALL)
# kyaml cuts a stream at these lines before it parses, whatever they stand in.
_SEPARATOR = re.compile(r"\n---.*\n")


def read_documents(source: bytes) -> list[Document]:
    """Every document of a file; an empty one has no data. Raises YamlError.

    Only what kustomize reads is accepted, and of that only what nobody can misunderstand:
    duplicate keys, keys that are no strings and numbers that JSON lacks are errors.
    """
    text = decode(source).removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_marks(text)
    return [_read_chunk(chunk, line) for chunk, line in _chunks(text)]


def read_roots(source: bytes) -> list[Node]:
    """The root node of each document that kustomize reads; raises YamlError.

    For saying what is wrong with it: nothing is resolved or merged, and keys may stand twice.
    """
    text = decode(source).removeprefix("\ufeff").replace("\r\n", "\n")
    chunks = _chunks(text)
    return [root for chunk, line in chunks for root in _compose(chunk, line, lenient=True)[:1]]


def _refuse_marks(text: str) -> None:
    """A byte order mark inside a text is skipped by some readers and content to others."""
    at = text.find("\ufeff")
    if at >= 0:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise YamlError("a byte order mark (U+FEFF) stands inside the file", line, column)


def _chunks(text: str) -> list[tuple[str, int]]:
    """The documents' texts with their first lines, cut where kustomize cuts."""
    chunks = []
    start, line = 0, 1
    for match in _SEPARATOR.finditer(text):
        end_line = line + text.count("\n", start, match.start() + 1)
        rest = match.group()[4:].strip()
        if rest and not rest.startswith("#"):
            raise YamlError(
                "kustomize refuses this line: only a comment may follow '---'", end_line, 1
            )
        chunks.append((text[start : match.start() + 1], line))
        start, line = match.end(), end_line + 1
    chunks.append((text[start:], line))
    return chunks


def _read_chunk(text: str, first_line: int) -> Document:
    roots = _compose(text, first_line)
    if not roots:
        here = Position(first_line, 1)
        return Document(None, here, (), Place(first_line, 1, first_line, 1))
    for extra in roots[1:]:
        if not extra.is_empty:
            raise YamlError(
                "kustomize ignores this document: separate it by a line '---'",
                extra.line,
                extra.column,
            )
    return construct(roots[0])


def _compose(text: str, first_line: int, *, lenient: bool = False) -> list[Node]:
    """The document roots of one chunk; iterative, so that depth is only a number."""
    roots: list[Node] = []
    stack: list[Node] = []
    anchors: dict[str, Node] = {}
    for event in events(text, first_line):
        kind = type(event)
        if kind is SequenceEndEvent or kind is MappingEndEvent:
            stack.pop().is_open = False
            continue
        if kind is ScalarEvent:
            node = _scalar(event, first_line, text, lenient=lenient)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            node = _collection(event, first_line)
        elif kind is AliasEvent:
            node = _alias(event, first_line, anchors)
        else:
            anchors = {}
            continue
        if event.anchor is not None and node.target is None:
            anchors[event.anchor] = node
        if stack:
            stack[-1].children.append(node)
        else:
            roots.append(node)
        if node.is_open:
            stack.append(node)
            if len(stack) > MAX_DEPTH:
                raise too_deep(node.line, node.column)
    return roots


def _collection(event: Any, first_line: int) -> Node:
    mark = event.start_mark
    kind = "mapping" if type(event) is MappingStartEvent else "sequence"
    node = Node(kind, mark.line + first_line, mark.column + 1, event.tag)
    node.flow = bool(event.flow_style)
    node.is_open = True
    node.children = []
    return node


def _alias(event: Any, first_line: int, anchors: dict[str, Node]) -> Node:
    line, column = event.start_mark.line + first_line, event.start_mark.column + 1
    target = anchors.get(event.anchor)
    if target is None:
        # Its name is not said: a password may begin with *, too.
        hint = "put a text that begins with * in quotes"
        raise YamlError("this alias has no anchor before it", line, column, hint=hint)
    if target.is_open:
        raise circular(event.anchor, line, column)
    return Node("alias", line, column, target=target)


def _scalar(event: Any, first_line: int, text: str, *, lenient: bool) -> Node:
    mark, style = event.start_mark, event.style
    node = Node("scalar", mark.line + first_line, mark.column + 1, event.tag, event.value)
    if style is None or style == "":
        node.plain = True
    elif style == '"':
        if _ESCAPED_SLASH.match(text, mark.index, event.end_mark.index):
            # libyaml knows this escape, as JSON does; go-yaml does not.
            message = "not valid YAML for kustomize: the escape '\\/'"
            raise YamlError(message, node.line, node.column)
    elif style != "'" and not lenient:
        _refuse_garbled(event, text, node)
    return node


def _refuse_garbled(event: Any, text: str, node: Node) -> None:
    """Block scalars that kustomize's own printing in between changes."""
    if event.style == ">" and _GARBLED.search(event.value):
        raise YamlError(
            "kustomize garbles this folded text: it has lines that begin with a blank, or "
            "blank lines at its end",
            node.line,
            node.column,
            hint="write it with '|' instead of '>'",
        )
    if _COMMENTED.match(text, event.start_mark.index):
        raise YamlError(
            f"kustomize may take the comment behind '{event.style}' into the text",
            node.line,
            node.column,
            hint="put the comment on a line of its own above",
        )
