"""Selecting objects as kustomize's patch target does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.expressions import ExpressionError, check, matches
from renderer.kubernetes.manifests import (
    Manifest,
    annotations_of,
    effective_namespace,
    labels_of,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

EXPRESSIONS = ("group", "version", "kind", "name", "namespace")
_LONGEST = 4096  # characters of a selector of labels
_LONGEST_SHOWN = 100


class SelectorError(ValueError):
    """A selector that cannot be understood; the message says why, `hint` what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Select(NamedTuple):
    """A selection of objects.

    `group`, `version`, `kind`, `name` and `namespace` are regular expressions (those of Go) for
    the whole value; the empty string matches everything. `name` is compared with the name without
    the hash of the content. Label and annotation selectors have Kubernetes' own syntax.
    The rules are those of kustomize's patch target (api/types/selector.go).
    """

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    label_selector: str = ""
    annotation_selector: str = ""

    @classmethod
    def of(cls, wants: Iterable[tuple[str, str]]) -> Select:
        """The selection by the fields of a kustomization's target, as they are called there."""
        found = dict(wants)
        labels = found.pop("labelSelector", "")
        annotations = found.pop("annotationSelector", "")
        return cls(**found, label_selector=labels, annotation_selector=annotations)

    def problems(self) -> Iterator[tuple[str, SelectorError]]:
        """What cannot be understood, with the name of its field."""
        for field, text in zip(self._fields, self, strict=True):
            try:
                if field in EXPRESSIONS:
                    _check(text)
                else:
                    _requirements(text)
            except SelectorError as error:
                yield field, error

    def matches(self, manifest: Manifest) -> bool:
        ref = manifest.ref
        return (
            _matches(self.kind, ref.kind)
            and _matches(self.group, ref.group)
            and _matches(self.version, version(manifest.data))
            and _matches(self.name, manifest.stem)
            and _matches(self.namespace, effective_namespace(ref))
            and _meets(self.label_selector, labels_of(manifest.data))
            and _meets(self.annotation_selector, annotations_of(manifest.data))
        )

    def __str__(self) -> str:
        parts = [f"{name}: {getattr(self, name)}" for name in EXPRESSIONS if getattr(self, name)]
        if self.label_selector:
            parts.append(f"labelSelector: {self.label_selector}")
        if self.annotation_selector:
            parts.append(f"annotationSelector: {self.annotation_selector}")
        return "{" + ", ".join(parts) + "}"


def _check(expression: str) -> None:
    try:
        check(expression)
    except ExpressionError as error:
        message = f"{_shortened(expression)!r} is not a regular expression: {error}"
        hint = f"write {from_glob(expression)}" if "*" in expression else ""
        raise SelectorError(message, hint) from None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def from_glob(pattern: str) -> str:
    """The regular expression for what somebody means who writes a pattern as shells do."""
    return re.sub(r"(?<!\.)\*", ".*", pattern).replace("?", ".")


def glob_hint(select: Select, manifests: Iterable[Manifest]) -> str:
    """The hint where a selection matches nothing, but would if it were patterns as in shells."""
    globs = {name: getattr(select, name) for name in EXPRESSIONS if "*" in getattr(select, name)}
    meant = select._replace(**{name: from_glob(text) for name, text in globs.items()})
    try:
        is_meant = meant != select and any(map(meant.matches, manifests))
    except SelectorError:
        return ""
    if not is_meant:
        return ""
    if [*globs] == ["name"]:
        return f"names are regular expressions: write {meant.name}"
    written = ", ".join(f"{name}: {getattr(meant, name)}" for name in globs)
    return f"these are regular expressions: write {written}"


def _matches(expression: str, value: str) -> bool:
    try:
        return matches(expression, value)
    except ExpressionError as error:
        raise SelectorError(str(error)) from None


class _Requirement(NamedTuple):
    key: str
    operator: str  # "in", "notin", "exists", "absent", "gt" or "lt"
    values: tuple[str, ...] = ()

    def is_met(self, found: Mapping[str, Any]) -> bool:
        value = found.get(self.key)
        match self.operator:
            case "exists":
                return self.key in found
            case "absent":
                return self.key not in found
            case "in":
                return self.key in found and value in self.values
            case "notin":
                return self.key not in found or value not in self.values
        try:
            number, bound = int(str(value)), int(self.values[0])
        except ValueError:
            return False
        return number > bound if self.operator == "gt" else number < bound


_KEY = r"[A-Za-z0-9][-A-Za-z0-9_./]*"
_VALUE = r"[-A-Za-z0-9_.]*"
_FORMS = (
    (re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})\Z"), "equality"),
    (re.compile(rf"({_KEY})\s+(in|notin)\s*\(\s*(.*?)\s*\)\Z"), "set"),
    (re.compile(rf"({_KEY})\s*(>|<)\s*(\d+)\Z"), "order"),
    (re.compile(rf"(!?)\s*({_KEY})\Z"), "existence"),
)


@lru_cache(maxsize=4096)
def _requirements(selector: str) -> tuple[_Requirement, ...]:
    if not selector.strip():
        return ()
    if len(selector) > _LONGEST:
        raise SelectorError(f"this selector is longer than {_LONGEST:,} characters")
    # A comma inside parentheses separates values, not requirements.
    parts = re.split(r",(?![^()]*\))", selector)
    return tuple(_requirement(part.strip(), selector) for part in parts)


def _requirement(text: str, selector: str) -> _Requirement:
    for pattern, form in _FORMS:
        found = pattern.match(text)
        if not found:
            continue
        if form == "existence":
            return _Requirement(found[2], "absent" if found[1] else "exists")
        key, operator, rest = found.groups()
        if form == "equality":
            return _Requirement(key, "notin" if operator == "!=" else "in", (rest,))
        if form == "order":
            return _Requirement(key, "gt" if operator == ">" else "lt", (rest,))
        values = tuple(value.strip() for value in rest.split(","))
        return _Requirement(key, operator, values)
    message = f"{text!r} in the selector {selector!r} is not a Kubernetes selector"
    raise SelectorError(message, "write key=value, key in (a, b), key or !key, joined by commas")


def _meets(selector: str, found: Mapping[str, Any]) -> bool:
    return not selector or all(one.is_met(found) for one in _requirements(selector))
