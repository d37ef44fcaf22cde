"""The patches of a composition, and the objects that they may be for."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer.expressions import ExpressionError, check, matches
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kustomize.affixes import Affixes
from renderer.kustomize.nodes import text_of
from renderer.kustomize.refusal.objects import Object, generated, scalar_at, written
from renderer.kustomize.refusal.operations import Operation, operations_in
from renderer.kustomize.refusal.patches import Patch, patches_of
from renderer.kustomize.refusal.replacements import Replacement, replacements_of
from renderer.kustomize.refusal.texts import problems
from renderer.kustomize.selectors import EXPRESSIONS
from renderer.kustomize.silent.mistyped import empty_patches, mistyped
from renderer.kustomize.silent.plugins import (
    Plugin,
    patches_in,
    plugins_of,
    replacements_of_plugin,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.findings import Finding
    from renderer.kustomize.refusal.scene import Kustomization, Scene
    from renderer.kustomize.refusal.text import Text

# A target that also selects by labels may mean fewer objects than are found here.
SELECTS: Final = frozenset(EXPRESSIONS)
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


class ListedPatch(NamedTuple):
    """A patch, and what is in it: operations, or else objects to merge."""

    patch: Patch
    text: Text
    operations: tuple[Operation, ...]
    objects: tuple[Object, ...]


class Listed(NamedTuple):
    """The patches and replacements that one kustomization lists, those of transformers too.

    Patches without a text are left out. `mistakes` are errors for keys that stand twice and
    for fields of operations that are misspelt or missing, and warnings of empty patches;
    `replacing` the operations `replace`, and `merging` the objects of custom kinds that are to be
    merged.
    """

    patches: tuple[ListedPatch, ...]
    mistakes: tuple[Finding, ...]
    replacing: tuple[Operation, ...]
    merging: tuple[tuple[ListedPatch, Object], ...]
    replacements: tuple[Replacement, ...]
    plugins: tuple[Plugin, ...]


def listed(scene: Scene, here: Kustomization) -> Listed:
    """Read the patches and replacements of one kustomization."""
    plugins = tuple(plugins_of(scene, here))
    written_here = (
        *patches_of(scene, here),
        *(patch for plugin in plugins for patch in patches_in(scene, plugin)),
    )
    patches = tuple(_opened(patch, patch.text) for patch in written_here if patch.text)
    replacements = (
        *replacements_of(scene, here),
        *(one for plugin in plugins for one in replacements_of_plugin(scene, plugin)),
    )
    return Listed(
        patches=patches,
        mistakes=(
            *(one for patch in patches for one in _repeated(patch)),
            *(one for patch in patches for one in mistyped(patch.operations)),
            *empty_patches(patches),
        ),
        replacing=tuple(
            one for patch in patches for one in patch.operations if one.text("op") == "replace"
        ),
        merging=tuple((patch, one) for patch in patches for one in patch.objects if is_custom(one)),
        replacements=replacements,
        plugins=plugins,
    )


def _opened(patch: Patch, text: Text) -> ListedPatch:
    operations = tuple(one for one in operations_in(patch) if one.text("op"))
    objects = () if operations else tuple(written(text))
    return ListedPatch(patch=patch, text=text, operations=operations, objects=objects)


def _repeated(patch: ListedPatch) -> list[Finding]:
    counts = "last" if patch.operations else "first"
    hint = f"kustomize takes the {counts} of the two without a word: take the other out"
    found = [one for one in problems(patch.text) if one.rule == "duplicate-key"]
    return [one._replace(hint=hint) for one in found]


def group_of(one: Object) -> str:
    """The API group of an object."""
    group, slash, _ = scalar_at(one.node, "apiVersion").rpartition("/")
    return group if slash else ""


def is_custom(one: Object) -> bool:
    """Whether the kind of an object is none of Kubernetes' own."""
    return bool(one.kind) and group_of(one) not in BUILT_IN_GROUPS


class Whole:
    """All that is composed for one directory; `lists` are the patches by directory.

    `objects` are those of the files that were read for other directories.
    """

    def __init__(
        self, scene: Scene, lists: Mapping[str, Listed], objects: dict[str, tuple[Object, ...]]
    ) -> None:
        self.scene = scene
        self.lists = lists
        self._objects = objects

    @cached_property
    def patches(self) -> tuple[ListedPatch, ...]:
        return tuple(patch for one in self.lists.values() for patch in one.patches)

    @cached_property
    def replacements(self) -> tuple[Replacement, ...]:
        return tuple(one for listed in self.lists.values() for one in listed.replacements)

    @cached_property
    def affixes(self) -> Affixes:
        names = ("nameprefix", "namesuffix")
        fields = [here.fields for here in self.scene.kustomizations]
        found = ([text_of(one.get(name)) for name in names] for one in fields)
        return Affixes((prefix, suffix) for prefix, suffix in found)

    @property
    def composes_transformers(self) -> bool:
        """Whether transformers come from a kustomization of their own, which may change them."""
        kustomizations = self.scene.kustomizations
        entries = (
            one for here in kustomizations for one in self.scene.entries(here, "transformers")
        )
        return any(one.is_directory for one in entries)

    def uses(self, *fields: str) -> bool:
        """Whether a kustomization has one of these fields."""
        names = {name.casefold() for name in fields}
        return any(not names.isdisjoint(here.fields) for here in self.scene.kustomizations)

    def written(self, text: Text) -> tuple[Object, ...]:
        """The objects of a file of manifests."""
        if text.path not in self._objects:
            self._objects[text.path] = tuple(written(text))
        return self._objects[text.path]

    def objects(self, kind: str, name: str) -> list[Object]:
        """The objects of a kind and a name that a target gives; either may be empty.

        More than the target selects, if anything: what kustomize does to names is not followed.
        None at all for patterns that are not understood here, and where neither is given.
        """
        given = [one for one in (kind, name) if one]
        if not given or not all(map(_is_expression, given)):
            return []
        found = [one for here in self.scene.kustomizations for one in generated(here)]
        plain = [one.encode() for one in given if _PLAIN.fullmatch(one)]
        for text in self.scene.manifest_files:
            if all(one in text.source for one in plain):
                found += self.written(text)
        return [one for one in found if matches(kind, one.kind) and matches(name, one.name)]


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern of a target selects a text; never where kustomize would refuse it."""
    return _is_expression(pattern) and matches(pattern, text)


def _is_expression(text: str) -> bool:
    try:
        check(text)
    except ExpressionError:
        return False
    return True
