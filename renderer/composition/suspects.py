"""Entries of kustomizations that seem to select nothing, told by what came out.

kustomize says nothing of a target or an image that matches nothing. What came out is not what the
entry was tried on (objects are renamed, and removed): it clears the most, and proves nothing.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from renderer.kubernetes.kinds import BUILT_IN_KINDS
from renderer.kubernetes.manifests import effective_namespace, version
from renderer.kustomize.affixes import Affixes
from renderer.kustomize.parsed import CONFIGURATIONS
from renderer.kustomize.selectors import IMAGES, REPLACEMENTS, REPLACING
from renderer.patching.selecting import Select, SelectorError, glob_hint
from renderer.repository.records import Suspect, Suspects
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from renderer.composition.stack import Stack
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest
    from renderer.kustomize.closure import Closure, ClosureReader
    from renderer.kustomize.parsed import Parsed, Selector

_IMAGE = re.compile(r"\bimage: [\"']?([^\s\"']+)")
# The files of replacements that the configuration of a transformer names.
_OF_TRANSFORMER = f"{REPLACING}.{REPLACEMENTS}.path"
_MOST_SHOWN = 3
# What a target selects by besides kind and name, and what an object has there.
_PARTS: Mapping[str, Callable[[Manifest], str]] = {
    "group": lambda one: one.ref.group or '""',
    "version": lambda one: version(one.data),
    "namespace": lambda one: effective_namespace(one.ref),
}
_LITERAL = re.compile(r"\w+")


def find_suspects(
    reader: ClosureReader, closure: Closure, stack: Stack, defined: Collection[Kind] = ()
) -> Suspects:
    """Looks at every entry of the kustomizations that a stack was composed from.

    `defined` are the kinds that the repository defines.
    """
    kustomizations = [*reader.kustomizations(closure)]
    known = _Known(stack, Affixes(parsed.affixes for _, parsed in kustomizations), defined)
    files: dict[str, None] = {}
    entries = []
    for owner, parsed in kustomizations:
        for file, selector in _selectors(reader, owner, parsed):
            path = os.path.relpath(file, closure.root)
            files[path] = None
            if not known.has(selector) and not _is_written(
                reader, closure, kustomizations, selector
            ):
                entries.append(
                    Suspect(
                        owner=os.path.relpath(owner, closure.root),
                        file=path,
                        in_component=parsed.kind == "Component",
                        field=selector.field,
                        at=selector.at,
                        line=selector.line,
                        column=selector.column,
                        text=_text(selector),
                        hint=known.hint(selector),
                    )
                )
    return Suspects(tuple(files), tuple(entries))


def _is_written(
    reader: ClosureReader,
    closure: Closure,
    kustomizations: Iterable[tuple[str, Parsed]],
    selector: Selector,
) -> bool:
    """Whether any source but configurations themselves as much as mentions the kind of one."""
    if selector.field != CONFIGURATIONS:
        return False
    word = re.compile(rb"\b%s\b" % re.escape(dict(selector.wants)["kind"]).encode())
    themselves = {
        path
        for owner, parsed in kustomizations
        for path in _files_of(owner, parsed, CONFIGURATIONS)
    }
    others = (path for path in closure.files if path not in themselves)
    return any(word.search(reader.source(path)) for path in others)


def _selectors(reader: ClosureReader, owner: str, parsed: Parsed) -> Iterator[tuple[str, Selector]]:
    """The selectors of a kustomization with the files in which they stand."""
    yield from ((owner, selector) for selector in parsed.selectors)
    for path in _files_of(owner, parsed, "transformers"):
        transformers = reader.transformers(path)
        yield from ((path, selector) for selector in transformers.selectors)
        yield from _of_files(reader, owner, transformers, _OF_TRANSFORMER)
    for field in (f"{REPLACEMENTS}.path", CONFIGURATIONS, _OF_TRANSFORMER):
        yield from _of_files(reader, owner, parsed, field)


def _of_files(
    reader: ClosureReader, owner: str, parsed: Parsed, field: str
) -> Iterator[tuple[str, Selector]]:
    what = CONFIGURATIONS if field == CONFIGURATIONS else REPLACEMENTS
    for path in _files_of(owner, parsed, field):
        yield from ((path, selector) for selector in reader.selectors(what, path).selectors)


def _files_of(owner: str, parsed: Parsed, field: str) -> Iterator[str]:
    """The paths that a field of a kustomization names."""
    for reference in parsed.references:
        if reference.field == field:
            yield os.path.normpath(f"{os.path.dirname(owner)}/{reference.text}")


class _Known:
    """What came out, and the names that it may have had before."""

    def __init__(self, stack: Stack, affixes: Affixes, defined: Collection[Kind]) -> None:
        self._texts = stack.texts
        self._by_kind: dict[str, list[Manifest]] = {}
        self._all: list[Manifest] = []
        self._kinds = {kind for _, kind in (*BUILT_IN_KINDS, *defined)}
        self._images: set[str] | None = None
        for manifest in stack.manifests:
            for name in affixes.earlier(manifest.stem, manifest.ref.name):
                one = manifest._replace(stem=name)
                self._all.append(one)
                self._by_kind.setdefault(manifest.ref.kind, []).append(one)

    @property
    def images(self) -> set[str]:
        if self._images is None:
            self._images = {image for text in self._texts for image in _IMAGE.findall(text)}
        return self._images

    def has(self, selector: Selector) -> bool:
        """Whether something that came out looks as if the entry had matched it."""
        if selector.field == IMAGES:
            return _has_image(dict(selector.wants), self.images)
        if selector.field == CONFIGURATIONS:
            kind = dict(selector.wants)["kind"]
            return kind in self._kinds or kind in self._by_kind
        select = Select.of(selector.wants)
        candidates = self._all
        if _LITERAL.fullmatch(select.kind):
            candidates = self._by_kind.get(select.kind, [])
        try:
            return any(map(select.matches, candidates))
        except SelectorError:
            return True  # the engine understands it, and we do not: nothing is known

    def hint(self, selector: Selector) -> str:
        """What the entry could have been meant for."""
        if selector.field == IMAGES:
            return nearest(dict(selector.wants)["name"], map(_without_tag, self.images))
        if selector.field == CONFIGURATIONS:
            return closest(dict(selector.wants)["kind"], self._kinds | self._by_kind.keys())
        select = Select.of(selector.wants)
        glob = glob_hint(select, self._all)
        if glob:
            return glob
        same = [one for one in self._all if Select(kind=select.kind).matches(one)]
        if select.kind and not same:
            kinds = closest(select.kind, self._by_kind)
            return kinds or f"there is no {select.kind}"
        named = [one for one in same if Select(name=select.name).matches(one)]
        if not named:
            return nearest(select.name, {one.stem for one in same})
        for part, value_in in _PARTS.items():
            wanted, there = getattr(select, part), {value_in(one) for one in named}
            if wanted and not any(map(Select(**{part: wanted}).matches, named)):
                shown = sorted(there)[:_MOST_SHOWN]
                return f"the {part} of what has this kind and name is {' or '.join(shown)}"
        return ""


def _text(selector: Selector) -> str:
    wants = dict(selector.wants)
    if selector.field in (IMAGES, CONFIGURATIONS):
        return wants["name" if selector.field == IMAGES else "kind"]
    return str(Select.of(selector.wants))


def _has_image(wants: dict[str, str], images: Iterable[str]) -> bool:
    """Whether an image stands there as the entry gives it, or with its name before."""
    name, new = wants["name"], wants.get("newName", "")
    tail = wants.get("digest", "") and f"@{wants['digest']}"
    tail = (f":{wants['newTag']}" if wants.get("newTag") else "") + tail
    result = (new or name) + tail
    return any(
        image == result
        or (_without_tag(image) == (new or name) and not tail)
        or _without_tag(image) == name
        for image in images
    )


def _without_tag(image: str) -> str:
    """An image without tag and digest; the port of a registry stands before a slash."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name
