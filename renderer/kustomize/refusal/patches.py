"""Patches that cannot be read, and those that fit nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.expressions import ExpressionError, check
from renderer.findings import Finding
from renderer.kustomize.nodes import fields_of, pairs_of, text_of
from renderer.kustomize.refusal.objects import Object, reached, scalar_at, value_of, written
from renderer.kustomize.refusal.texts import problems, roots_of
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    from renderer.findings import Location
    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Kustomization, Scene
    from renderer.kustomize.refusal.text import Text
    from renderer.yamldoc.constructing import Node as Written

_FIELDS = ("patches", "patchesJson6902", "patchesStrategicMerge")
_NEITHER = "this is neither an object to merge nor a list of operations"
_PATCHED = "an object to merge needs apiVersion, kind and metadata.name"
_ID = re.compile(r"(?P<gvk>.+?)/(?P<name>.+)\.(?P<namespace>\[noNs\]|[^.\s]+?)[;,]?$")


class Patch(NamedTuple):
    """One entry of a list of patches; without a text where it has none, or two."""

    field: str
    item: Node
    location: Location
    fields: dict[str, Node]
    text: Text | None

    @property
    def target(self) -> dict[str, str]:
        """What the target selects by, as it is written."""
        found = fields_of(self.fields.get("target"))
        return {name: text for name, node in found.items() if (text := text_of(node))}


class Identity(NamedTuple):
    """An object as the engine names it in messages: Kind.version.group/name.namespace."""

    kind: str
    name: str
    namespace: str

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}"


def identity_of(text: str) -> Identity | None:
    """Read an identity from a message; what is absent ([noNs]) is empty."""
    match = _ID.match(text)
    if not match:
        return None
    kind = match["gvk"].partition(".")[0]
    absent = ("[noKind]", "[noName]", "[noNs]")
    parts = (kind, match["name"], match["namespace"])
    return Identity(*("" if part in absent else part for part in parts))


def patches_of(scene: Scene, here: Kustomization) -> Iterator[Patch]:
    """The patches that a kustomization lists, in the order of its fields."""
    for field in _FIELDS:
        for item in here.items(field):
            fields = fields_of(item)
            path, inline = text_of(fields.get("path")), fields.get("patch")
            if field == "patchesStrategicMerge":
                is_file = "\n" not in text_of(item) and scene.file_text(here, text_of(item))
                path, inline = (text_of(item), None) if is_file else ("", item)
            text = scene.file_text(here, path) if path else here.text(inline)
            yield Patch(field, item, here.place(item), fields, text)


# Patches that cannot be read


def unreadable(case: Case, _: re.Match[str]) -> list[Finding]:
    """What is wrong with the texts of the patches."""
    found: list[Finding] = []
    for patch in patches_of(case.scene, case.here):
        found += _problems(patch)
    return found


def _problems(patch: Patch) -> list[Finding]:
    text = patch.text
    if text is None:
        return _without_text(patch)
    unclear = [one for one in problems(text, repeated=False) if one.rule == "bad-yaml"]
    if unclear:
        return unclear
    merges = patch.field == "patchesStrategicMerge"
    source = text.source.lstrip()
    if source.startswith(b"[") and not merges and not _is_json(source):
        at = text.source[: -len(source)].count(b"\n") + 1
        message = "a patch that begins with [ must be JSON, and this is not"
        hint = "begin each operation with '- ' instead, or put its keys and texts in quotes"
        return [Finding.error("bad-patch", message, text.place(at, 1), hint=hint)]
    roots = [root for root in roots_of(text) if not root.is_empty]
    found = [one for root in roots for one in _of_root(root, text, merges=merges)]
    if not roots and merges:
        found.append(Finding.error("bad-patch", "this patch is empty", patch.location))
    if len(roots) > 1 and patch.target and not found:
        message = "a target is for one object to merge, and here are several"
        found.append(
            Finding.error("bad-patch", message, text.place(roots[1].line, roots[1].column))
        )
    if roots and roots[0].kind == "sequence" and not patch.target and not found:
        hint = "target: {kind: ..., name: ...}"
        found.append(
            Finding.error("bad-patch", "operations need a target", patch.location, hint=hint)
        )
    return found


def _without_text(patch: Patch) -> list[Finding]:
    given = [name for name in ("path", "patch") if text_of(patch.fields.get(name))]
    if patch.field != "patchesStrategicMerge" and not given:
        return [Finding.error("bad-patch", "neither path nor patch is given", patch.location)]
    return []


def _is_json(source: bytes) -> bool:
    try:
        json.loads(source)
    except ValueError:
        return False
    return True


def _of_root(root: Written, text: Text, *, merges: bool) -> Iterator[Finding]:
    place = text.place(root.line, root.column)
    if root.kind == "sequence":
        if merges:
            yield Finding.error("bad-patch", "operations belong into patches, with a target", place)
            return
        for item in root.children:
            if (item.target or item).kind != "mapping":
                where = text.place(item.line, item.column)
                yield Finding.error(
                    "bad-patch", "this is no operation: op and path are missing", where
                )
    elif root.kind != "mapping":
        yield Finding.error("bad-patch", _NEITHER, place)
    elif value_of(root, "op") and value_of(root, "path"):
        yield Finding.error(
            "bad-patch", "an operation must be in a list", place, hint="put '- ' before it"
        )
    elif not scalar_at(root, "kind"):
        yield Finding.error("bad-patch", "kind is missing", place, hint=_PATCHED)
    elif not scalar_at(root, "metadata", "name"):
        yield Finding.error("bad-patch", "metadata.name is missing", place, hint=_PATCHED)


def two_texts(case: Case, _: re.Match[str]) -> list[Finding]:
    """A patch with both a path and a text."""
    return [
        Finding.error("bad-patch", "both path and patch are given", patch.location)
        for patch in patches_of(case.scene, case.here)
        if text_of(patch.fields.get("path")) and text_of(patch.fields.get("patch"))
    ]


def bad_target(case: Case, _: re.Match[str]) -> list[Finding]:
    """A target whose name is no regular expression, or whose selector cannot be read."""
    return [
        Finding.error("bad-selector", wrong, case.here.place(node))
        for patch in patches_of(case.scene, case.here)
        for wrong, node in wrong_selectors(patch.fields.get("target"))
    ]


def wrong_selectors(target: Node | None) -> Iterator[tuple[str, Node]]:
    """What is wrong with a selection, and where."""
    for key, node in pairs_of(target):
        name, text = key.value.lower(), text_of(node)
        if name.endswith("selector"):
            if not _is_selector(text):
                yield f"{key.value} is not a selector of labels", node
        elif name != "options":
            try:
                check(text)
            except ExpressionError as error:
                yield f"{key.value} is not a regular expression: {error}", node


def _is_selector(text: str) -> bool:
    requirement = r"\s*!?[\w./-]+\s*((==?|!=)\s*[\w.-]*|(not)?in\s*\([^()]*\))?\s*"
    return re.fullmatch(rf"{requirement}(,{requirement})*", text) is not None


# Objects to merge


def unmatched(case: Case, match: re.Match[str]) -> list[Finding]:
    """An object to merge for which there is none."""
    wanted = identity_of(match["id"])
    if wanted is None:
        return []
    known = reached(case.scene, case.here.directory)
    found = []
    for patch in patches_of(case.scene, case.here):
        for one in written(patch.text) if patch.text else ():
            if (one.kind, one.name) != (wanted.kind, wanted.name):
                continue
            message = f"there is no {wanted} to patch"
            node = value_of(one.node, "metadata", "name")
            place = patch.text.place(node.line, node.column) if patch.text and node else None
            hint = _like(wanted, known)
            found.append(
                Finding.error("unmatched-patch", message, place or one.location, hint=hint)
            )
    return found


def _like(wanted: Identity, known: list[Object]) -> str:
    """What the wanted object could have been meant to be."""
    same = [one for one in known if (one.kind, one.name) == (wanted.kind, wanted.name)]
    for one in same:
        if one.namespace != wanted.namespace:
            return f"there is {one} ({one.location})"
    if same:
        return f"does its apiVersion differ? {same[0]} stands at {same[0].location}"
    named = [one for one in known if one.name == wanted.name]
    kinds = closest(wanted.kind, [one.kind for one in named])
    if kinds:
        return kinds
    names = [one.name for one in known if one.kind == wanted.kind and one.name]
    return nearest(wanted.name, names) if names else f"there is no {wanted.kind} at all"


def mismatched(case: Case, match: re.Match[str]) -> list[Finding]:
    """A patch with another kind of value than the object that it is merged into."""
    known = reached(case.scene, case.here.directory)
    found = []
    for patch in patches_of(case.scene, case.here):
        if patch.text is None:
            continue
        keys = problems(patch.text, repeated=False)
        found += [one for one in keys if one.rule != "duplicate-key"]
        for one in written(patch.text):
            for base in known:
                if one.node and (base.kind, base.name) == (one.kind, one.name) and base.node:
                    found += _differences(one, base, match)
    return list(dict.fromkeys(found))


def _differences(patch: Object, base: Object, match: re.Match[str]) -> Iterator[Finding]:
    pairs = [(patch.node, base.node, "")]
    while pairs:
        ours, theirs, path = pairs.pop()
        ours, theirs = (ours and (ours.target or ours)), (theirs and (theirs.target or theirs))
        if not ours or not theirs or theirs.is_empty or not patch.text or not base.text:
            continue
        if ours.kind != theirs.kind:
            if ours.kind == _KINDS.get(match["got"]) or theirs.kind == _KINDS.get(match["got"]):
                there = base.text.place(theirs.line, theirs.column)
                message = f"{path} is {_A[ours.kind]} here, and {_A[theirs.kind]} in {base}"
                place = patch.text.place(ours.line, ours.column)
                yield Finding.error("wrong-type", f"{message} ({there})", place)
        elif ours.kind == "mapping":
            for key, value in zip(ours.children[::2], ours.children[1::2], strict=True):
                name = (key.target or key).text
                pairs.append((value, value_of(theirs, name), f"{path}.{name}".lstrip(".")))


_KINDS = {"MappingNode": "mapping", "SequenceNode": "sequence", "ScalarNode": "scalar"}
_A = {"mapping": "a mapping", "sequence": "a list", "scalar": "a single value"}


def unknown_strategy(case: Case, _: re.Match[str]) -> list[Finding]:
    """A `$patch` that is none of kustomize's."""
    found = []
    for patch in patches_of(case.scene, case.here):
        nodes = roots_of(patch.text) if patch.text else []
        while nodes:
            node = nodes.pop()
            nodes += node.children if node.kind in ("mapping", "sequence") else []
            wrong = value_of(node, "$patch")
            if wrong and patch.text and wrong.text not in ("delete", "replace", "merge"):
                hint = closest(wrong.text, ("delete", "replace", "merge"))
                place = patch.text.place(wrong.line, wrong.column)
                message = "$patch must be delete, replace or merge"
                found.append(Finding.error("bad-patch", message, place, hint=hint))
    return found
