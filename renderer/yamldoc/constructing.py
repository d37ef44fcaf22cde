"""From nodes to values: aliases copied, merge keys merged, scalars resolved, keys checked."""

from __future__ import annotations

import base64
import binascii
import re

from renderer.yamldoc.documents import Ambiguity, Document, Place, Position, YamlError
from renderer.yamldoc.events import MAX_DEPTH, MAX_NODES
from renderer.yamldoc.safety import too_deep, too_large
from renderer.yamldoc.scalars import (
    Json,
    NotJsonError,
    Scalar,
    is_rounded,
    kubectl_value,
    kustomize_value,
)

_TAG = "tag:yaml.org,2002:"
_UNTAGGED = (None, "!")
_TAG_OF_TOOLS = re.compile(r"!!?[A-Za-z]+(?:[/:.-][A-Za-z]+)*\Z|!<.*>\Z")
_KNOWN = {
    "mapping": ("map", "merge"),
    "sequence": ("seq",),
    "scalar": ("binary", "bool", "float", "int", "merge", "null", "str", "timestamp"),
}
# Characters that kustomize's own round trip through JSON refuses when they are not escaped.
_NOT_CARRIED = re.compile("[\x7f-\x9f\ufffe\uffff]")
# go-yaml finds the ':' of a JSON key only within 1,024 characters; up to 160 always fit.
_LONG_KEY, _LONGEST_KEY = 160, 1000


class Node:
    """A parse event's node; `children` of a mapping alternate keys and values."""

    __slots__ = (
        "children", "column", "flow", "is_open", "kind", "line", "plain", "tag", "target", "text"
    )  # fmt: skip
    children: list[Node]  # only of sequences and mappings

    def __init__(
        self,
        kind: str,  # scalar, sequence, mapping or alias
        line: int,
        column: int,
        tag: str | None = None,
        text: str = "",
        target: Node | None = None,
    ) -> None:
        self.kind, self.line, self.column = kind, line, column
        self.tag, self.text, self.target = tag, text, target
        self.plain = self.flow = self.is_open = False

    @property
    def is_empty(self) -> bool:
        """Whether this is the null of an empty document."""
        return self.kind == "scalar" and self.plain and not self.text and self.tag in _UNTAGGED

    @property
    def is_merge(self) -> bool:
        """Whether this key merges; a quoted << is an ordinary key."""
        if self.kind != "scalar" or self.text != "<<":
            return False
        return self.tag == _TAG + "merge" or (self.plain and self.tag in _UNTAGGED)


def is_untagged(scalar: Node) -> bool:
    """Whether what a scalar is depends on its text alone."""
    return scalar.plain and scalar.tag in _UNTAGGED


def unknown_tag(node: Node) -> str:
    """The tag of a node as it is written, if it is none of YAML's own for its kind."""
    tag = node.tag
    if tag in _UNTAGGED or tag is None or node.kind == "alias":
        return ""
    name = tag.removeprefix(_TAG)
    if name != tag:
        return "" if name in _KNOWN[node.kind] else f"!!{name}"
    return tag if tag.startswith("!") else f"!<{tag}>"


def said_tag(node: Node, tag: str) -> str:
    """What a message calls the tag of a node: a text that begins with ! may be a password."""
    is_word = node.kind != "scalar" or node.text != ""
    return f"the tag {tag}" if is_word and _TAG_OF_TOOLS.match(tag) else "this tag"


def construct(root: Node) -> Document:
    """The document of a root node."""
    builder = _Builder()
    place = Place(root.line, root.column, root.line, root.column)
    data = builder.value(root, place)
    where = Position(root.line, root.column)
    return Document(data, where, tuple(builder.ambiguities), place)


class _Builder:
    """Recursive, which is safe: no path through nodes and aliases is deeper than MAX_DEPTH."""

    __slots__ = ("_depth", "_flow", "_nodes", "_path", "ambiguities")

    def __init__(self) -> None:
        self.ambiguities: list[Ambiguity] = []
        self._path: list[str | int] = []
        self._nodes = 0  # values made so far, aliases expanded
        self._depth = 0  # containers and merges that are open
        self._flow = 0  # of these, how many are [] and {}

    def value(self, node: Node, place: Place) -> Json:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise too_large(node.line, node.column)
        content = node.target or node
        tag = unknown_tag(content)
        if tag:
            hint = "kustomize drops a tag: write what it stands for"
            message = f"{said_tag(content, tag)} means nothing here"
            raise YamlError(message, node.line, node.column, hint=hint)
        if content.kind == "scalar":
            return self._scalar(content, node)
        self._open(content, node)
        value: Json
        if content.kind == "sequence":
            value = self._sequence(content, place)
        else:
            value = self._mapping(content, place)
        self._close(content)
        return value

    def _open(self, content: Node, node: Node) -> None:
        self._depth += 1
        self._flow += content.flow
        if self._depth > MAX_DEPTH:
            raise too_deep(node.line, node.column)

    def _close(self, content: Node) -> None:
        self._depth -= 1
        self._flow -= content.flow

    def _scalar(self, content: Node, node: Node) -> Scalar:
        value = scalar_value(content)
        if is_untagged(content):
            text = content.text
            if is_rounded(text):
                raise YamlError(
                    "this integer does not fit into 64 bits: it would become a float",
                    node.line,
                    node.column,
                    hint="put it in quotes if it is text",
                    rule="wide-integer",
                )
            if self._flow and not text:
                raise YamlError(
                    "nothing stands here: to kustomize an empty string, to others null",
                    node.line,
                    node.column,
                    hint="write null or ''",
                )
            other = kubectl_value(text)
            if other is not value and (type(other) is not type(value) or other != value):
                where = Position(node.line, node.column)
                self.ambiguities.append(Ambiguity(tuple(self._path), where, text, value, other))
        return value

    def _sequence(self, content: Node, place: Place) -> list[Json]:
        items: list[Json] = []
        path, inside = self._path, place.inside
        path.append(0)
        for index, child in enumerate(content.children):
            path[-1] = index
            line, column = child.line, child.column
            inner = inside[index] = Place(line, column, line, column)
            items.append(self.value(child, inner))
        path.pop()
        return items

    def _mapping(self, content: Node, place: Place) -> dict[str, Json]:
        mapping: dict[str, Json] = {}
        merged: Node | None = None
        path, inside = self._path, place.inside
        children = iter(content.children)
        for key, child in zip(children, children, strict=True):
            if key.is_merge:
                if merged is not None:
                    raise YamlError("a second merge key '<<' in one mapping", key.line, key.column)
                merged = child
                continue
            name = self._key(key)
            if name in mapping:
                before = inside[name].key_line
                message = f"the key '{name}' stands here twice (first in line {before})"
                raise YamlError(message, key.line, key.column)
            path.append(name)
            inner = inside[name] = Place(child.line, child.column, key.line, key.column)
            mapping[name] = self.value(child, inner)
            path.pop()
        if merged is not None:
            self._merge(merged, mapping, place)
        return mapping

    def _key(self, key: Node) -> str:
        content = key.target or key
        if content.kind != "scalar":
            raise YamlError("a mapping key must be a string", key.line, key.column)
        value = scalar_value(content)
        if not isinstance(value, str) or (content.plain and value != content.text):
            message = f"the mapping key '{content.text}' is not a string"
            raise YamlError(message, key.line, key.column, hint="put it in quotes")
        if value == "<<":
            raise YamlError("kustomize drops a key '<<'", key.line, key.column)
        if len(value) > _LONG_KEY and sum(map(_json_length, value)) > _LONGEST_KEY:
            raise YamlError("kustomize cannot carry a key that long", key.line, key.column)
        self._path.append(value)
        self._scalar(content, key)
        self._path.pop()
        return value

    def _merge(self, merged: Node, into: dict[str, Json], place: Place) -> None:
        """Earlier sources win over later ones, and the mapping's own keys over all."""
        for source in merged.children if merged.kind == "sequence" else [merged]:
            content = source.target or source
            if content.kind != "mapping":
                message = "a merge key '<<' takes a mapping or a list of mappings"
                raise YamlError(message, source.line, source.column)
            there = Place(source.line, source.column, source.line, source.column)
            seen, depth = len(self.ambiguities), len(self._path)
            self._open(content, source)
            values = self._mapping(content, there)
            self._close(content)
            self.ambiguities[seen:] = [
                found for found in self.ambiguities[seen:] if found.path[depth] not in into
            ]
            for key in values.keys() - into.keys():
                into[key] = values[key]
                place.inside[key] = there.inside[key]


def _json_length(char: str) -> int:
    """At most so many characters has this one in Go's JSON."""
    return 1 if char.isalnum() or char in "-_./ :" else 6


def scalar_value(node: Node) -> Scalar:
    """The value of a scalar node, with its tag; raises YamlError."""
    try:
        value = _tagged_value(node)
    except NotJsonError:
        message = f"the number {node.text} does not exist in JSON"
        raise YamlError(message, node.line, node.column) from None
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        match = _NOT_CARRIED.search(value)
        if match:
            message = f"kustomize cannot carry the character U+{ord(match.group()):04X}"
            raise YamlError(message, node.line, node.column)
    return value


def _tagged_value(node: Node) -> Scalar:
    if node.tag in _UNTAGGED:
        return kustomize_value(node.text) if node.plain else node.text
    tag = node.tag or ""
    if not tag.startswith(_TAG) or tag == _TAG + "str":
        return node.text
    name = tag.removeprefix(_TAG)
    if name == "binary":
        return _binary(node)
    types = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
    if name in types:
        value = kustomize_value(node.text)
        if type(value) in types[name]:
            return value
        raise YamlError(f"this value is no !!{name}", node.line, node.column)
    raise YamlError(f"the tag !!{name} is not supported here", node.line, node.column)


def _binary(node: Node) -> str:
    try:
        compact = node.text.replace("\n", "").replace("\r", "")
        return base64.b64decode(compact, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        message = "this !!binary value is not the base64 of UTF-8 text"
        raise YamlError(message, node.line, node.column) from error
