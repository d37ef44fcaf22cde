"""Which source changes brought what differs: from what trees are made of on both sides."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.changes.causes import Cause, Sources, Written, causes_of_field, causes_of_object
from renderer.kubernetes.kinds import OUR_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

    from renderer.changes.causes import Writes
    from renderer.changes.grouping import ObjectGroup
    from renderer.changes.model import Changed, FieldChange, ObjectChange
    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.pipeline.affected import AffectedTree, Compared
    from renderer.pipeline.rendering import TreeFiles
    from renderer.repository.trees import Tree

    _Key = tuple[str, ObjectRef, bool, bool, str]
    _Sides = tuple[Mapping[str, TreeFiles], Mapping[str, TreeFiles]]


class GroupCauses(NamedTuple):
    """What brought a change in some clusters: each of the `known`, and one of the `possible`.

    `is_unsourced` tells that somewhere no source differs: a tree was not as its sources give it, or
    another version rendered it.
    """

    known: tuple[Cause, ...]
    possible: tuple[Cause, ...]
    is_unsourced: bool = False


class Causes:
    """The causes of what differs, by cluster, object and field.

    `sources` are what differs in those of each tree, or why it is on one side only; `trees` are all
    that have sources, by name: of others nothing is known. `old` and `new` are the rendered trees:
    without them it is not known what was written.
    """

    def __init__(
        self,
        sources: Mapping[str, Sources | Cause],
        trees: Set[str],
        old: Sequence[TreeFiles],
        new: Sequence[TreeFiles],
    ) -> None:
        self._sources = sources
        self._trees = trees
        self._old = {one.tree.name: one.writes for one in old}
        self._new = {one.tree.name: one.writes for one in new}
        self._found: dict[_Key, frozenset[Cause]] = {}

    def note(self, cluster: str, changes: Sequence[Changed]) -> None:
        """Looks for the causes of what differs in a cluster."""
        for one in changes:
            if not one.change.trees <= self._trees:
                continue
            if not one.change.fields:
                self._found[_key(cluster, one.change, "")] = self._causes(one, None)
            for field in one.change.fields:
                if not field.follows:
                    key = _key(cluster, one.change, field.field)
                    self._found[key] = self._causes(one, field)

    def _causes(self, one: Changed, field: FieldChange | None) -> frozenset[Cause]:
        trees = one.change.trees
        if len(trees) > 1:
            return frozenset(cause for tree in trees for cause in self._all(tree))
        (tree,) = trees
        sources = self._sources.get(tree)
        if not isinstance(sources, Sources):
            return self._all(tree)
        old = _written(self._old.get(tree), one.old)
        new = _written(self._new.get(tree), one.new)
        if field is None:
            return causes_of_object(sources, old, new)
        return causes_of_field(sources, field, old, new)

    def _all(self, tree: str) -> frozenset[Cause]:
        """Everything that differs in the sources of a tree."""
        sources = self._sources.get(tree)
        if isinstance(sources, Cause):
            return frozenset([sources])
        return frozenset(map(Cause, sources.changed if sources else ()))

    def of(self, group: ObjectGroup) -> GroupCauses:
        """What was found for a group; nothing for one that only follows from others."""
        names = [one.field.field for one in group.fields if not one.field.follows]
        if not group.fields:
            names = [""]
        keys = (_key(one, group.change, name) for one in group.clusters for name in names)
        found = {self._found[key] for key in keys if key in self._found}
        known = {cause for one in found if len(one) == 1 for cause in one}
        possible = {cause for one in found if len(one) > 1 for cause in one}
        return GroupCauses(tuple(sorted(known)), tuple(sorted(possible)), frozenset() in found)


def _key(cluster: str, change: ObjectChange, field: str) -> _Key:
    return cluster, change.ref, change.old is None, change.new is None, field


def _written(
    writes: Mapping[ObjectRef, Writes | None] | None, manifest: Manifest | None
) -> Written:
    if manifest is None or writes is None:
        return Written(manifest and manifest.data, None)
    return Written(manifest.data, writes.get(manifest.ref, ()))


def causes_between(
    compared: Compared | None,
    trees: Iterable[Tree],
    old: Sequence[TreeFiles] = (),
    new: Sequence[TreeFiles] = (),
) -> Causes:
    """What to know of the sources while both are there; nothing differs in them without.

    `trees` are those of the working tree.
    """
    if compared is None:
        return Causes({}, {one.name for one in trees}, old, new)
    sides = compared.old.space.trees, compared.new.space.trees
    names = {one.name for some in (trees, *sides) for one in some}
    before, after = ({one.tree.name: one for one in side} for side in (old, new))
    finder = _Finder(compared)
    sources = {one.name: finder.sources(one, (before, after)) for one in compared.trees}
    return Causes(sources, names, old, new)


class _Finder:
    """What differs in the sources of each tree; each file is compared once."""

    def __init__(self, compared: Compared) -> None:
        self._spaces = compared.old.space, compared.new.space
        self._same: dict[str, bool] = {}
        self._declaring: dict[str, bool] = {}

    def sources(self, one: AffectedTree, sides: _Sides) -> Sources | Cause:
        old, new = one.old, one.new
        if old is None or new is None:
            return self._alone(one)
        if not old.digest or not new.digest:
            return Cause(one.tree.source, what="it cannot be read on both sides")
        changed = {path for path in {*old.files, *new.files} if not self._is_same(path)}
        if old.tree.source != new.tree.source:  # the settings say which it is
            changed |= {space.settings.file for space in self._spaces} - {""}
            return Sources(changed=frozenset(changed), same_documents=False)
        declaring = {path for path in changed if self._only_declares(path)}
        return Sources(
            changed=frozenset(changed),
            apart=old.own | new.own | declaring,
            declared=_other_declarations(*(side.get(one.name) for side in sides)),
            same_documents=old.documents == new.documents,
        )

    def _alone(self, one: AffectedTree) -> Cause:
        """Why a tree is on one side only."""
        source = one.tree.source
        if all(os.path.isdir(os.path.join(space.repository, source)) for space in self._spaces):
            files = [space.settings.file for space in self._spaces if space.settings.file]
            return Cause(files[0] if files else source)
        return Cause(source, what="a new tree" if one.old is None else "it is gone")

    def _is_same(self, path: str) -> bool:
        if path not in self._same:
            old, new = (_content(os.path.join(space.repository, path)) for space in self._spaces)
            self._same[path] = old == new
        return self._same[path]

    def _only_declares(self, path: str) -> bool:
        """Whether a file holds documents of ours and nothing else, on each side that has it."""
        if path not in self._declaring:
            contents = [_content(os.path.join(one.repository, path)) for one in self._spaces]
            self._declaring[path] = all(one is None or _is_ours(one) for one in contents)
        return self._declaring[path]


def _is_ours(content: bytes) -> bool:
    if f"{OUR_GROUP}/".encode() not in content:
        return False
    from renderer.yamldoc.reading import YamlError, check_safe, read_documents

    try:
        check_safe(content)
        documents = [one.data for one in read_documents(content) if one.data is not None]
    except YamlError:
        return False
    return all(
        isinstance(one, dict) and str(one.get("apiVersion")).startswith(f"{OUR_GROUP}/")
        for one in documents
    )


def _other_declarations(old: TreeFiles | None, new: TreeFiles | None) -> dict[str, frozenset[str]]:
    """The files that declare a parameter, of those that are declared otherwise than before."""
    before, after = (one.declared if one else {} for one in (old, new))
    found: dict[str, frozenset[str]] = {}
    for name in before.keys() | after:
        was, now = before.get(name), after.get(name)
        if was is None or now is None or was.content != now.content:
            found[name] = frozenset(path for one in (was, now) if one for path in one.files)
    return found


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
